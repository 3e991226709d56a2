package import Bundle
package import Evidence
internal import Logging
internal import Redaction

/// What a capture is at.
package struct CaptureStep: Hashable, Sendable {
  /// In a few words, for people.
  package var words: String
  /// Steps that are done: one a collector, and the sealing.
  package var done: Int
  package var total: Int

  package init(_ words: String, done: Int, of total: Int) {
    self.words = words
    self.done = done
    self.total = total
  }
}

/// Makes one bundle: collects, assembles, seals.
package struct CaptureRunner: Sendable {
  private let environment: CaptureEnvironment

  package init(_ environment: CaptureEnvironment) {
    self.environment = environment
  }

  /// What a capture made.
  package struct Result: Sendable {
    package var manifest: EvidenceManifest
    package var bundle: SealedBundle
  }

  /// Captures. The bundle appears under its name complete, or not at all; what was spooled on the way is removed
  /// in any case.
  ///
  /// - Parameters:
  ///   - request: what to capture.
  ///   - progress: told what goes on; called from any thread.
  /// - Returns: the sealed bundle, and its `evidence.json`.
  /// - Throws: `BundleError` when the disk refuses, `CancellationError` when the agent stops. A source that
  ///   fails throws nothing: it is a gap.
  package func run(
    _ request: CaptureRequest, progress: @escaping @Sendable (CaptureStep) -> Void
  ) async throws -> Result {
    let spool = SpoolFolder(
      path: environment.workFolder + "/" + request.id, compression: environment.compression,
      space: environment.diskFloor.flatMap(SpaceGuard.init))
    let started = environment.clock()
    try spool.prepare()
    defer { remove(spool) }
    let found = FoundSecrets(
      after: environment.redactor.found, keeping: identifiers(of: request), limit: environment.secretLimit)
    var environment = environment
    environment.redactor = environment.redactor.collecting(into: found)
    let collectors = environment.collectors
    let steps = collectors.count + 1
    progress(
      CaptureStep("collecting \(collectors.map(\.name).joined(separator: ", "))", done: 0, of: steps))
    let runner = CollectorRunner(
      window: request.window, freeze: request.freeze, redactor: environment.redactor, spool: spool,
      stuck: environment.stuck,
      logger: environment.logger)
    let outcomes = try await runner.run(collectors, progress: progress)
    if let failure = outcomes.lazy.compactMap(\.failure).first { throw failure }
    progress(CaptureStep("sealing", done: collectors.count, of: steps))
    let assembly = EvidenceAssembly(
      request: request, environment: environment, spool: spool, outcomes: outcomes, started: started,
      sweep: FinalSweep(found: found, spool: spool))
    return try await DedicatedThread.run("exh-seal") { try assembly.seal() }
  }

  /// What the evidence holds together by: a program that logs `secret=` and one of them must not take it out everywhere.
  private func identifiers(of request: CaptureRequest) -> [String] {
    let host = environment.host
    return [request.incident.id, request.id, host.hostname, ExhibitVersion.current]
      + [request.parent, host.machineID, host.bootID].compactMap(\.self)
  }

  private func remove(_ spool: SpoolFolder) {
    do {
      try spool.remove()
    } catch {
      environment.logger.warning(
        "Could not remove a work folder; it is removed at the next start",
        metadata: ["path": "\(spool.path)", "error": "\(error)"])
    }
  }
}
