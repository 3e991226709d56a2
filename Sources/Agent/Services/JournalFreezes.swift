internal import Capture
internal import Evidence
internal import Journal
internal import Logging
internal import ServiceLifecycle
internal import Storage

/// Freezes the journal for each accepted capture, at once, however long the capture waits for its turn, and lets go
/// of the files when it is made.
///
/// Two threads do it. The first pins the files that there are, in milliseconds; the second has journald sync, which
/// takes as long as a busy journald lets it, and looks again. Captures that come meanwhile are pinned at once and share
/// the next sync, so that an alert storm makes journald sync twice and not a thousand times.
actor JournalFreezes: Service {
  /// Socket of `exhibit-freeze.socket`.
  static let helperSocket = "/run/exhibit-freeze.sock"
  /// How often freezes that are too old are looked for, and links that could not be removed are tried again.
  private static let tidyInterval = Duration.seconds(30)

  private struct Held {
    var freeze: JournalFreeze
    var freezer: JournalFreezer
    var started: ContinuousClock.Instant
    /// While a capture reads it, it does not grow too old.
    var isInUse = false
  }

  private struct Pending {
    var id: String
    /// The beginning of the longest window before its signal.
    var longest: Timestamp
    /// Where its evidence begins; `nil` where that is still to be looked up.
    var from: Timestamp?
  }

  private let database: StateDatabase
  private let folder: String
  private let settings: CurrentSettings
  private let metrics: AgentMetrics
  private let logger: Logger
  private var held: [String: Held] = [:]
  /// Of accepted captures; taken by `pinAll`.
  private var pending: [Pending] = []
  /// Pinned, and to be synced; taken by `syncAll`.
  private var pinned: [Held] = []
  /// In one of the two steps.
  private var taking: Set<String> = []
  private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]
  /// Freezes whose links could not be removed.
  private var stubborn: [String: JournalFreezer] = [:]
  private var isStopped = false
  private nonisolated let wakes = Wakes()
  private nonisolated let syncWakes = Wakes()

  private struct Wakes {
    let stream: AsyncStream<Void>
    let continuation: AsyncStream<Void>.Continuation

    init() {
      (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }
  }

  init(
    database: StateDatabase, folder: String, settings: CurrentSettings, metrics: AgentMetrics, logger: Logger
  ) {
    self.database = database
    self.folder = folder
    self.settings = settings
    self.metrics = metrics
    self.logger = logger
  }

  func run() async throws {
    await recover()
    await withDiscardingTaskGroup { group in
      group.addTask { await self.tidyPeriodically() }
      group.addTask {
        for await _ in self.syncWakes.stream { await self.syncAll() }
      }
      for await _ in wakes.stream.cancelOnGracefulShutdown() { await pinAll() }
      group.cancelAll()
    }
    isStopped = true
    for id in waiting.keys { answer(id) }
  }

  /// Asks for a freeze, and does not wait for it.
  ///
  /// - Parameters:
  ///   - id: the capture's.
  ///   - requestedAt: when its signal came: the journal is kept for the longest window before it.
  ///   - start: where its evidence begins, which may be earlier; `nil` has it looked up, for which nobody waits.
  func request(_ id: String, at requestedAt: Timestamp, from start: Timestamp? = nil) {
    guard isEnabled, held[id] == nil, !taking.contains(id), !pending.contains(where: { $0.id == id }) else {
      return
    }
    let longest = requestedAt.adding(seconds: -(settings.value.configuration.longestWindow / .seconds(1)))
    pending.append(Pending(id: id, longest: longest, from: start))
    wakes.continuation.yield()
  }

  /// The freeze of a capture that begins: the one that its signal asked for, else one that is taken now.
  ///
  /// - Returns: `nil` where the journal is not to be frozen, or the agent stops.
  func freeze(for row: CaptureRow, from start: Timestamp? = nil) async -> JournalFreeze? {
    if held[row.id] == nil, isEnabled, !isStopped {
      request(row.id, at: row.requestedAt, from: start)
      await withCheckedContinuation { waiting[row.id, default: []].append($0) }
    }
    held[row.id]?.isInUse = true
    return held[row.id]?.freeze
  }

  /// Keeps the freeze of a capture that is tried again later.
  func keep(_ id: String) {
    held[id]?.isInUse = false
  }

  /// Lets go of the files of a capture that is made, or failed for good.
  func release(_ id: String) async {
    guard let entry = held.removeValue(forKey: id) else { return }
    metrics.set("exhibit_journal_freezes_held", to: Double(held.count))
    await release(id, entry.freezer)
  }

  private var isEnabled: Bool {
    let journal = settings.value.configuration.journal
    return journal.enabled && journal.freeze.enabled
  }

  private func makeFreezer() -> JournalFreezer {
    let directory = settings.value.configuration.journal.directory
    return JournalFreezer(
      directory: directory.isEmpty ? nil : directory, helper: Self.helperSocket, state: folder,
      clock: { .now() })
  }

  private func pinAll() async {
    while !pending.isEmpty {
      let asked = pending
      pending = []
      // Asked for before the freeze of an earlier run was found.
      for entry in asked where held[entry.id] != nil { answer(entry.id) }
      let batch = asked.filter { held[$0.id] == nil }
      if !batch.isEmpty { await pin(batch) }
    }
  }

  private func pin(_ batch: [Pending]) async {
    taking.formUnion(batch.map(\.id))
    let configuration = settings.value.configuration
    let freezer = makeFreezer()
    let limits = JournalFreezer.Limits(configuration)
    var requests: [JournalFreezer.Request] = []
    for entry in batch {
      requests.append(JournalFreezer.Request(captureID: entry.id, from: await beginning(of: entry)))
    }
    do {
      let started = ContinuousClock.now
      let freezes = try await DedicatedThread.run("exh-freeze") { [requests] in
        freezer.pin(requests, limits: limits)
      }
      pinned += freezes.map { Held(freeze: $0, freezer: freezer, started: started) }
      syncWakes.continuation.yield()
    } catch {
      drop(batch.map(\.id), error)
    }
  }

  /// A capture that goes on from the one before may need more of the journal than its window.
  private func beginning(of entry: Pending) async -> Timestamp {
    do {
      if let from = entry.from { return min(from, entry.longest) }
      guard let row = try await database.capture(entry.id) else { return entry.longest }
      return min(try await database.evidenceStart(of: row, settings.value) ?? entry.longest, entry.longest)
    } catch {
      // The signal is accepted: the capture reads what journald still has, and names what is not there.
      logger.warning(
        "Could not tell how far back the journal is needed; keeping the longest window",
        metadata: ["bundle.id": "\(entry.id)", "error": "\(error)"])
      return entry.longest
    }
  }

  private func syncAll() async {
    while let freezer = pinned.first?.freezer {
      // A reload may have named another folder meanwhile.
      let batch = pinned.filter { $0.freezer.directory == freezer.directory }
      pinned.removeAll { $0.freezer.directory == freezer.directory }
      let limits = JournalFreezer.Limits(settings.value.configuration)
      do {
        let freezes = try await DedicatedThread.run("exh-sync") {
          freezer.complete(batch.map(\.freeze), limits: limits)
        }
        for (entry, freeze) in zip(batch, freezes) {
          var entry = entry
          entry.freeze = freeze
          held[freeze.captureID] = entry
          taking.remove(freeze.captureID)
          report(freeze, seconds: (ContinuousClock.now - entry.started) / .seconds(1))
          answer(freeze.captureID)
        }
      } catch {
        drop(batch.map(\.freeze.captureID), error)
      }
    }
  }

  /// The captures go on without a freeze.
  private func drop(_ ids: [String], _ error: any Error) {
    logger.error("Could not freeze the journal", metadata: ["error": "\(error)"])
    taking.subtract(ids)
    ids.forEach(answer)
  }

  private func answer(_ id: String) {
    for continuation in waiting.removeValue(forKey: id) ?? [] { continuation.resume() }
  }

  private func report(_ freeze: JournalFreeze, seconds: Double) {
    metrics.count("exhibit_journal_freeze_seconds_sum", by: seconds)
    metrics.count("exhibit_journal_freeze_seconds_count")
    metrics.set("exhibit_journal_freezes_held", to: Double(held.count))
    metrics.count("exhibit_journal_freezes_total", ["sync": freeze.sync.rawValue])
    for method in FreezeMethod.allCases where freeze.count(method) > 0 {
      metrics.count(
        "exhibit_journal_freeze_files_total", ["method": method.rawValue], by: Double(freeze.count(method)))
    }
    let notes = freeze.summary.notes
    logger.log(
      level: notes.isEmpty ? .debug : .warning, "Froze the journal",
      metadata: [
        "bundle.id": "\(freeze.captureID)", "freeze.sync": "\(freeze.sync.rawValue)",
        "freeze.linked": "\(freeze.count(.link))", "freeze.copied": "\(freeze.count(.copy))",
        "freeze.unpinned": "\(freeze.count(.none))", "freeze.bytes": "\(freeze.pinnedBytes)",
        "freeze.seconds": "\((seconds * 1000).rounded() / 1000)",
        "freeze.notes": "\(notes.joined(separator: "; "))",
      ])
  }

  private func release(_ id: String, _ freezer: JournalFreezer) async {
    do {
      let released = try await DedicatedThread.run("exh-release") { try freezer.release(id) }
      stubborn[id] = nil
      metrics.count("exhibit_journal_released_bytes_total", by: Double(released.heldBytes))
      logger.log(
        level: released.heldBytes > 0 ? .info : .debug, "Let go of the frozen journal",
        metadata: [
          "bundle.id": "\(id)", "freeze.files": "\(released.files)",
          "freeze.held_bytes": "\(released.heldBytes)",
        ])
    } catch {
      stubborn[id] = freezer
      logger.warning(
        "Could not let go of the frozen journal; trying again",
        metadata: ["bundle.id": "\(id)", "error": "\(error)"])
    }
  }

  /// What an earlier run of the agent left: freezes of captures that are still to be made are taken up again, all
  /// others go. A capture that has none gets one now, and not when its turn comes.
  private func recover() async {
    do {
      let waiting = try await database.unfinishedCaptures()
      let freezer = makeFreezer()
      let wanted = isEnabled ? Set(waiting.map(\.id)) : []
      let (found, leftovers) = try await DedicatedThread.run("exh-freeze") {
        let leftovers = freezer.leftovers()
        return (leftovers.filter(wanted.contains).compactMap(freezer.recover), leftovers)
      }
      for freeze in found { held[freeze.captureID] = Held(freeze: freeze, freezer: freezer, started: .now) }
      for id in leftovers where held[id] == nil { await release(id, freezer) }
      metrics.set("exhibit_journal_freezes_held", to: Double(held.count))
      for row in waiting {
        request(row.id, at: row.requestedAt, from: try await database.evidenceStart(of: row, settings.value))
      }
    } catch {
      logger.error("Could not look for freezes of an earlier run", metadata: ["error": "\(error)"])
    }
  }

  private func tidyPeriodically() async {
    while !Task.isCancelled {
      // Cancelled when the agent stops.
      do { try await Task.sleep(for: Self.tidyInterval) } catch { return }
      for (id, freezer) in stubborn { await release(id, freezer) }
      let hold = settings.value.configuration.journal.freeze.hold / .seconds(1)
      let now = Timestamp.now()
      for (id, entry) in held where !entry.isInUse && now.seconds(since: entry.freeze.takenAt) > hold {
        logger.warning(
          "A capture waited too long for its frozen journal to be kept", metadata: ["bundle.id": "\(id)"])
        await release(id)
      }
    }
  }
}

extension JournalFreezer.Limits {
  init(_ configuration: AgentConfiguration) {
    let freeze = configuration.journal.freeze
    self.init(
      syncTimeout: freeze.syncTimeout, pinnedBytes: freeze.maxPinned, copiedBytes: freeze.maxCopy,
      diskFloor: configuration.bundles.diskFloor)
  }
}
