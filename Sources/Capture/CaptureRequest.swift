package import Bundle
package import Evidence
package import Journal
package import Logging
package import Redaction

/// What to capture: the incident, why, and which stretch of time.
package struct CaptureRequest: Sendable {
  package var incident: Incident
  /// ULID; also the bundle's id.
  package var id: String
  package var phase: CapturePhase
  /// 1, 2, … within the incident.
  package var sequence: Int
  /// The bundle of this incident before this one.
  package var parent: String?
  package var signals: [ReceivedSignal]
  package var requestedAt: Timestamp
  package var window: TimeWindow
  /// The journal as it was at the signal; `nil` reads it as it is.
  package var freeze: JournalFreeze?
  /// What is known to be amiss before anything is collected.
  package var gaps: [Gap]

  package init(
    incident: Incident, id: String, phase: CapturePhase, sequence: Int, parent: String?,
    signals: [ReceivedSignal], requestedAt: Timestamp, window: TimeWindow, freeze: JournalFreeze? = nil,
    gaps: [Gap] = []
  ) {
    self.incident = incident
    self.id = id
    self.phase = phase
    self.sequence = sequence
    self.parent = parent
    self.signals = signals
    self.requestedAt = requestedAt
    self.window = window
    self.freeze = freeze
    self.gaps = gaps
  }

  /// The name of the bundle that this capture makes on `host`.
  package func bundleName(host: String) throws(BundleError) -> BundleName {
    try BundleName(
      incident: incident.id, host: BundleName.component(host, limit: 64), sequence: sequence, phase: phase)
  }
}

/// With what to capture.
package struct CaptureEnvironment: Sendable {
  package var collectors: [any Collector]
  package var redactor: Redactor
  package var sealingKey: SealingKey
  package var host: HostFacts
  /// Folder of the finished bundles.
  package var bundleFolder: String
  /// Folder for unfinished artifacts, on the same file system.
  package var workFolder: String
  package var compression: Compression
  package var stuck: StuckCollectors
  package var clock: @Sendable () -> Timestamp
  package var logger: Logger
  /// Texts of found secrets that one capture looks for everywhere, each form of each secret for itself.
  package var secretLimit = KnownSecrets.limit
  /// Where collectors stop; `nil` where the disk may be filled.
  package var diskFloor: DiskFloor?

  package init(
    collectors: [any Collector], redactor: Redactor, sealingKey: SealingKey, host: HostFacts,
    bundleFolder: String, workFolder: String, compression: Compression, stuck: StuckCollectors,
    clock: @escaping @Sendable () -> Timestamp, logger: Logger
  ) {
    self.collectors = collectors
    self.redactor = redactor
    self.sealingKey = sealingKey
    self.host = host
    self.bundleFolder = bundleFolder
    self.workFolder = workFolder
    self.compression = compression
    self.stuck = stuck
    self.clock = clock
    self.logger = logger
  }
}
