package import Evidence

/// A file that a capture should hold.
package struct ExpectedArtifact: Hashable, Sendable {
  /// Relative to `data/`.
  package var path: String
  package var kind: ArtifactKind
  package var mediaType: String

  package init(path: String, kind: ArtifactKind, mediaType: String) {
    self.path = path
    self.kind = kind
    self.mediaType = mediaType
  }
}

/// What one collector may use.
package struct CollectorLimits: Hashable, Sendable {
  /// Wall-clock seconds from the start of the collection.
  package var seconds: Double
  /// Bytes of all its artifacts together, before compression.
  package var bytes: Int

  package init(seconds: Double, bytes: Int) {
    self.seconds = seconds
    self.bytes = bytes
  }
}

/// One source of evidence.
///
/// A collector says what it expects to give, streams records into its output, and reports what it could not
/// get. Threads, time, bytes, redaction and failures are the runner's business. To add one: a file in
/// `Collectors/` and a line in the agent's `CollectorSet`.
package protocol Collector: Sendable {
  /// One word, for logs and metrics: `journal`.
  var name: String { get }
  var limits: CollectorLimits { get }
  var artifacts: [ExpectedArtifact] { get }

  /// Collects the evidence of `output.window`, synchronously, on a thread of its own. What it throws becomes a
  /// gap in the artifacts that it had not finished; what these hold by then is kept.
  func collect(into output: CollectorOutput) throws
}

/// Why a collector was made to stop.
package enum CollectionStop: Error, Equatable {
  case timeout(seconds: Double)
  case budget(bytes: Int)
  /// The disk has no more than this free, beside what the bundle needs.
  case diskFloor(bytes: Int)
  /// The agent is stopping: the capture will be made anew.
  case cancelled
}

/// What a collector gave, in the words of `evidence.json`.
package struct CollectorOutcome: Sendable {
  package var collector: String
  package var limits: CollectorLimits
  package var artifacts: [CollectedArtifact] = []
  package var events: [TimelineEvent] = []
  /// Gaps of things that are no artifact of this collector.
  package var gaps: [Gap] = []
  /// Bytes that it gave, before redaction and compression.
  package var bytes = 0
  /// A failure of the capture as a whole (the disk is full), not of this source.
  package var failure: (any Error)?
}
