internal import Bundle
internal import Capture
internal import Evidence
internal import Foundation
internal import Journal
internal import Logging
internal import ServiceLifecycle
internal import Storage

/// Works off the durable queue, one capture at a time: an alert storm must not become a load storm.
struct CaptureWorker: Service {
  let database: StateDatabase
  let bundles: BundleFolder
  let environment: CaptureEnvironment
  let settings: CurrentSettings
  let retention: Retention
  let freezes: JournalFreezes
  let progress: CaptureProgress
  let metrics: AgentMetrics
  let logger: Logger
  let audit: Audit?
  private let wakes: AsyncStream<Void>
  private let wakeContinuation: AsyncStream<Void>.Continuation

  init(
    database: StateDatabase, bundles: BundleFolder, environment: CaptureEnvironment,
    settings: CurrentSettings,
    retention: Retention, freezes: JournalFreezes, progress: CaptureProgress, metrics: AgentMetrics,
    logger: Logger, audit: Audit? = nil
  ) {
    self.database = database
    self.bundles = bundles
    self.environment = environment
    self.settings = settings
    self.retention = retention
    self.freezes = freezes
    self.progress = progress
    self.metrics = metrics
    self.logger = logger
    self.audit = audit
    (wakes, wakeContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that there may be something to do.
  func wake() {
    wakeContinuation.yield()
  }

  func run() async throws {
    wake()
    await withDiscardingTaskGroup { group in
      for await _ in wakes.cancelOnGracefulShutdown() {
        let delay = await workOff()
        guard let delay else { continue }
        group.addTask {
          // Cancelled when the agent stops.
          do { try await Task.sleep(for: .seconds(delay)) } catch { return }
          wake()
        }
      }
      group.cancelAll()
    }
  }

  /// Makes all captures that are due.
  ///
  /// - Returns: seconds until the next one is; `nil` when none waits.
  private func workOff() async -> Double? {
    do {
      while !Task.isShuttingDownGracefully, !Task.isCancelled,
        let row = try await database.claimCapture(at: .now(), policy: policy)
      {
        await work(on: row)
      }
      // No longer than any delay: one that is further ahead was planned before the clock was set back.
      return try await database.nextDue().map {
        min(max(0.05, $0.seconds(since: .now())), policy.longestDelay)
      }
    } catch is CancellationError {
      return nil
    } catch {
      logger.error("Could not look for captures to make; trying again", metadata: ["error": "\(error)"])
      return 10
    }
  }

  private var policy: RetryPolicy { RetryPolicy(failures: settings.value.configuration.capture.attempts) }

  private func work(on row: CaptureRow) async {
    let started = ContinuousClock.now
    do {
      var row = row
      let result = try await capture(&row)
      await freezes.release(row.id)
      try await database.finish(row.id, with: result, at: .now())
      progress.set(nil, for: row.id)
      let seconds = (ContinuousClock.now - started) / .seconds(1)
      metrics.count("exhibit_captures_total", ["outcome": "sealed"])
      metrics.count("exhibit_capture_duration_seconds_sum", by: seconds)
      metrics.count("exhibit_capture_duration_seconds_count")
      audit?.record(
        "capture.sealed", by: "agent", from: "local", subject: row.id,
        detail: "incident \(row.incidentID), sha256 \(result.sha256)")
      logger.notice(
        "Captured evidence",
        metadata: [
          MessageID.key: "\(MessageID.captured)", "incident.id": "\(row.incidentID)",
          "bundle.id": "\(row.id)", "bundle.name": "\(result.bundleName)",
          "bundle.bytes": "\(result.bytes)", "bundle.completeness": "\(result.completeness)",
          "bundle.gaps": "\(result.gaps)", "bundle.redactions": "\(result.redactions)",
          "capture.seconds": "\((seconds * 100).rounded() / 100)",
        ])
    } catch {
      await failed(row, error)
    }
  }

  private func capture(_ row: inout CaptureRow) async throws -> CaptureResult {
    guard let incident = try await database.incident(row.incidentID) else {
      throw StorageError.database("the incident of capture \(row.id) is not there")
    }
    let current = settings.value
    var environment = environment
    environment.diskFloor = try await retention.makeRoom()
    let rule = current.configuration.rule(of: incident)
    environment.collectors = current.collectors(under: rule)
    environment.redactor = current.redactor
    environment.compression = current.configuration.bundles.compression
    environment.host = try await DedicatedThread.run("exh-host") { HostFacts.current() }
    var request = try await request(row, incident, current.configuration.plan(rule).window / .seconds(1))
    if let adopted = try await settleName(&request, host: environment.host.hostname) { return adopted }
    row.sequence = request.sequence
    let id = row.id
    let made = try await CaptureRunner(environment).run(request) { [progress] in progress.set($0, for: id) }
    count(made.manifest)
    return CaptureResult(
      made.manifest, name: made.bundle.file, bytes: made.bundle.bytes, sha256: made.bundle.sha256)
  }

  private func request(_ row: CaptureRow, _ incident: Incident, _ seconds: Double) async throws
    -> CaptureRequest
  {
    let captures = try await database.captures(of: incident.id)
    let window = CaptureWindow(of: row, openedAt: incident.openedAt, others: captures, seconds: seconds)
    let freeze = await freezes.freeze(for: row, from: window.from)
    let earlier = captures.last { $0.sequence < row.sequence && $0.state == .done }
    return CaptureRequest(
      incident: incident, id: row.id, phase: row.phase, sequence: row.sequence, parent: earlier?.id,
      signals: try await database.signals(of: incident.id), requestedAt: row.requestedAt,
      window: window.window(of: row, frozenAt: freeze?.takenAt, now: .now(), seconds: seconds),
      freeze: freeze,
      gaps: window.gaps)
  }

  /// A bundle of this name may be there already: the agent died after the rename and before it was noted, then
  /// it is the one; or the state database is younger than the bundles, then this capture gets the next number.
  private func settleName(_ request: inout CaptureRequest, host: String) async throws -> CaptureResult? {
    while true {
      let names = try request.bundleName(host: host).files
      guard let name = names.first(where: { bundles.size(of: $0) != nil }) else { return nil }
      let path = bundles.file(named: name)
      let (manifest, sha256, bytes) = try await DedicatedThread.run("exh-adopt") {
        let manifest = try BundleReader(path: path).manifest()
        return (manifest, try BundleReader.sha256(ofFile: path), try BundleReader.size(ofFile: path))
      }
      if manifest.bundle == request.id {
        return CaptureResult(manifest, name: name, bytes: bytes, sha256: sha256)
      }
      request.sequence = try await database.renumber(request.id)
    }
  }

  private func count(_ manifest: EvidenceManifest) {
    for budget in manifest.budgets {
      metrics.count(
        "exhibit_collector_bytes_total", ["collector": budget.collector], by: Double(budget.bytesUsed))
    }
    for gap in manifest.gaps { metrics.count("exhibit_gaps_total", ["cause": gap.cause.rawValue]) }
    for rule in manifest.redaction.byRule {
      metrics.count("exhibit_redactions_total", ["rule": rule.rule], by: Double(rule.count))
    }
  }

  private func failed(_ row: CaptureRow, _ error: any Error) async {
    progress.set(nil, for: row.id)
    if error is CancellationError { return await release(row) }
    let isFull = (error as? BundleError)?.isDiskFull == true || error as? StorageError == .diskFull
    let policy = policy
    let retries = isFull || row.failures + 1 < policy.failures
    let delay = policy.delay(after: isFull ? row.attempts : row.failures + 1)
    metrics.count("exhibit_captures_total", ["outcome": retries ? "retried" : "failed"])
    var metadata: Logger.Metadata = [
      "incident.id": "\(row.incidentID)", "bundle.id": "\(row.id)", "capture.attempts": "\(row.attempts)",
      "cause": isFull ? "disk-full" : "error", "error": "\(error)",
      "capture.retry_seconds": "\(retries ? Int(delay) : 0)",
    ]
    if !retries { metadata[MessageID.key] = "\(MessageID.captureFailed)" }
    logger.error(
      retries ? "A capture failed and will be tried again" : "A capture failed for good", metadata: metadata)
    if !retries {
      audit?.record(
        "capture.failed", by: "agent", from: "local", subject: row.id, detail: "incident \(row.incidentID)")
    }
    if retries { await freezes.keep(row.id) } else { await freezes.release(row.id) }
    let text = MeteredRedactor(settings.value.redactor, metrics).redact("\(error)")
    await record(
      row, error: "\(isFull ? "disk-full: " : "")\(text)", retryAfter: retries ? delay : nil, counts: !isFull)
  }

  /// Records how an attempt ended. Where the disk is full the database is, too: tried until there is room.
  private func record(_ row: CaptureRow, error: String, retryAfter delay: Double?, counts: Bool) async {
    progress.setFailure(error, for: row.id)
    defer { progress.setFailure(nil, for: row.id) }
    while !Task.isCancelled {
      do {
        let now = Timestamp.now()
        return try await database.fail(
          row.id, error: error, at: now, retryAt: delay.map { now.adding(seconds: $0) }, counts: counts)
      } catch {
        logger.error(
          "Could not record how a capture ended; trying again",
          metadata: ["bundle.id": "\(row.id)", "error": "\(error)"])
      }
      // Cancelled when the agent stops: the row stays `running`, and the next start makes the capture anew.
      do { try await Task.sleep(for: .seconds(policy.firstDelay)) } catch { return }
    }
  }

  /// This task is cancelled, and GRDB's asynchronous writes would be too.
  private func release(_ row: CaptureRow) async {
    do {
      try await DedicatedThread.run("exh-release") { try database.release(row.id) }
    } catch {
      logger.warning(
        "Could not put an interrupted capture back; the next start does",
        metadata: ["bundle.id": "\(row.id)", "error": "\(error)"])
    }
  }
}

extension CaptureResult {
  init(_ manifest: EvidenceManifest, name: String, bytes: Int, sha256: String) {
    self.init(
      bundleName: name, bytes: bytes, sha256: sha256, completeness: manifest.completeness.ratio,
      gaps: manifest.gaps.count, redactions: manifest.redaction.total, window: manifest.window)
  }
}
