internal import Bundle
package import Evidence
package import Journal
package import Redaction

/// Where a collector puts what it finds. Made, used and finished on the collector's own thread.
package final class CollectorOutput {
  /// Timeline events that one collector may report.
  package static let eventLimit = 5000

  package let window: TimeWindow
  /// What vanishes first was pinned at the signal (RFC 3227): the journal's files.
  package let freeze: JournalFreeze?
  package let redactor: Redactor
  private let spool: SpoolFolder
  private let collector: any Collector
  private let budget: Budget
  private var sinks: [ArtifactSink] = []
  private var gaps: [Gap] = []
  private var events: [TimelineEvent] = []
  private var droppedEvents = 0

  init(
    collector: any Collector, window: TimeWindow, freeze: JournalFreeze?, redactor: Redactor,
    spool: SpoolFolder, stop: StopFlag
  ) {
    self.collector = collector
    self.window = window
    self.freeze = freeze
    self.redactor = redactor
    self.spool = spool
    budget = Budget(collector.limits, stop: stop, space: spool.space)
  }

  /// Begins an artifact, one of the expected or one more.
  package func open(_ artifact: ExpectedArtifact) throws -> ArtifactSink {
    try budget.checkTime()
    let sink = ArtifactSink(
      artifact, writer: try spool.makeWriter(path: artifact.path), redactor: redactor, budget: budget)
    sinks.append(sink)
    return sink
  }

  /// Names a hole. Its `artifact` says which of the artifacts is not whole.
  package func report(_ gap: Gap) {
    gaps.append(gap)
  }

  package func add(_ event: TimelineEvent) {
    guard events.count < Self.eventLimit else {
      droppedEvents += 1
      return
    }
    events.append(event)
  }

  /// For loops that write nothing for long.
  ///
  /// - Throws: `CollectionStop` when the collector is to end.
  package func checkTime() throws(CollectionStop) {
    try budget.checkTime()
  }

  /// Seconds until the collector has to be done.
  package var remainingSeconds: Double { budget.remainingSeconds }

  /// Bytes of the whole collector that are left.
  package var remainingBytes: Int { collector.limits.bytes - budget.bytes }

  /// Ends all artifacts and sums up. `error` is what the collector threw, if it did.
  func finish(_ error: (any Error)?) -> CollectorOutcome {
    var outcome = CollectorOutcome(collector: collector.name, limits: collector.limits)
    outcome.bytes = budget.bytes
    outcome.events = events
    outcome.failure = error.flatMap(captureFailure)
    if droppedEvents > 0 {
      gaps.append(
        Gap(
          artifact: "timeline.jsonl", cause: .budget,
          detail:
            "\(collector.name) saw \(droppedEvents) more events than the \(Self.eventLimit) it may report"))
    }
    outcome.gaps = looseGaps
    do {
      outcome.artifacts = try finishSinks(error) + missing(error)
    } catch {
      outcome.failure = error
    }
    return outcome
  }

  private func finishSinks(_ error: (any Error)?) throws -> [CollectedArtifact] {
    try sinks.enumerated().map { index, sink in
      var own = gaps.filter { $0.artifact == sink.artifact.path }
      if let error, index == sinks.count - 1 {
        own.append(gap(for: error, artifact: sink.artifact.path))
      }
      return try sink.finish(gaps: own)
    }
  }

  /// The expected artifacts that were never begun.
  private func missing(_ error: (any Error)?) -> [CollectedArtifact] {
    let opened = Set(sinks.map(\.artifact.path))
    return collector.artifacts.filter { !opened.contains($0.path) }.map { artifact in
      var own = gaps.filter { $0.artifact == artifact.path }
      if let error {
        own.append(gap(for: error, artifact: artifact.path))
      } else if own.isEmpty {
        own.append(
          Gap(
            artifact: artifact.path, cause: .sourceError,
            detail: "the \(collector.name) collector ended without it: please report this as a bug"))
      }
      return CollectedArtifact(missing: artifact, gaps: own)
    }
  }

  /// Gaps that belong to no artifact of this collector.
  private var looseGaps: [Gap] {
    let own = Set(sinks.map(\.artifact.path)).union(collector.artifacts.map(\.path))
    return gaps.filter { !own.contains($0.artifact) }
  }

  private func gap(for error: any Error, artifact: String) -> Gap {
    switch error as? CollectionStop {
    case .timeout(let seconds):
      Gap(
        artifact: artifact, from: window.from, to: window.to, cause: .timeout,
        detail: "the \(collector.name) collector had \(seconds) s and was not done; what it had is kept")
    case .budget(let bytes):
      Gap(
        artifact: artifact, from: window.from, to: window.to, cause: .budget,
        detail: "the \(collector.name) collector may write \(bytes) bytes and had more; what fits is kept")
    case .diskFloor(let bytes):
      Gap(
        artifact: artifact, from: window.from, to: window.to, cause: .diskFull,
        detail: "the \(collector.name) collector was stopped to leave \(bytes) bytes of the disk free; "
          + "what it had is kept")
    case .cancelled, nil:
      Gap(
        artifact: artifact, from: window.from, to: window.to, cause: .sourceError,
        detail: "the \(collector.name) collector failed: \(error)")
    }
  }
}

extension CollectedArtifact {
  init(missing artifact: ExpectedArtifact, gaps: [Gap]) {
    record = ArtifactRecord(
      path: artifact.path, kind: artifact.kind, mediaType: artifact.mediaType, state: .missing, gaps: gaps)
    spooled = nil
    redactions = RedactionCounts()
  }
}

/// Whether an error is the capture's (it cannot go on) rather than the source's (a gap).
private func captureFailure(_ error: any Error) -> (any Error)? {
  if error is BundleError { return error }
  if error as? CollectionStop == .cancelled { return CancellationError() }
  return nil
}
