package import Evidence
internal import GRDB

/// Where a capture is in its queue.
package enum CaptureState: String, Codable, Sendable, CaseIterable {
  case queued, running, done, failed

  /// Whether nothing follows by itself.
  package var isFinal: Bool { self == .done || self == .failed }
}

/// One capture, asked for or made; its id is also its bundle's.
package struct CaptureRow: Hashable, Codable, Sendable, Identifiable {
  /// ULID.
  package var id: String
  package var incidentID: String
  package var phase: CapturePhase
  /// 1, 2, … within the incident.
  package var sequence: Int
  package var state: CaptureState
  /// When the signal that asked for it was received: the window ends here.
  package var requestedAt: Timestamp
  /// Not to be tried before this time: retries back off.
  package var notBefore: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?
  /// All that were begun.
  package var attempts: Int
  /// Those of them that failed, waits for a full disk left out.
  package var failures = 0
  /// Those of them during which the agent died.
  package var interruptions = 0
  /// What went wrong the last time, in words for an operator.
  package var error: String?
  package var bundleName: String?
  package var bundleBytes: Int?
  package var bundleSHA256: String?
  /// When retention deleted the bundle.
  package var bundleExpiredAt: Timestamp?
  /// 0…1, from the bundle's `evidence.json`.
  package var completeness: Double?
  package var gaps: Int?
  package var redactions: Int?
  /// What the bundle covers: from, inclusive; to, exclusive.
  package var windowFrom: Timestamp?
  package var windowTo: Timestamp?
  /// When the host was booted, by what its clock said when the capture was asked for.
  package var bootedAt: Timestamp?

  enum CodingKeys: String, CodingKey {
    case id, phase, sequence, state, attempts, failures, interruptions, error, completeness, gaps, redactions
    case incidentID = "incident_id"
    case requestedAt = "requested_at"
    case notBefore = "not_before"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case bundleName = "bundle_name"
    case bundleBytes = "bundle_bytes"
    case bundleSHA256 = "bundle_sha256"
    case bundleExpiredAt = "bundle_expired_at"
    case windowFrom = "window_from"
    case windowTo = "window_to"
    case bootedAt = "booted_at"
  }
}

/// What a finished capture left behind.
package struct CaptureResult: Hashable, Sendable {
  package var bundleName: String
  package var bytes: Int
  package var sha256: String
  package var completeness: Double
  package var gaps: Int
  package var redactions: Int
  /// What the bundle covers.
  package var window: TimeWindow?

  package init(
    bundleName: String, bytes: Int, sha256: String, completeness: Double, gaps: Int, redactions: Int,
    window: TimeWindow? = nil
  ) {
    self.bundleName = bundleName
    self.bytes = bytes
    self.sha256 = sha256
    self.completeness = completeness
    self.gaps = gaps
    self.redactions = redactions
    self.window = window
  }
}

extension CaptureRow: FetchableRecord, PersistableRecord {
  package static let databaseTableName = "capture"
}

extension Incident: FetchableRecord, PersistableRecord {
  package static let databaseTableName = "incident"
}
