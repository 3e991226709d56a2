internal import Capture
internal import Evidence
internal import Storage

/// `Incident` with its captures, as the API answers it.
struct IncidentAnswer: Encodable {
  var incident: Incident
  var captures: [CaptureAnswer]
  /// `nil` where retention may delete its bundles.
  var hold: Hold?

  enum CodingKeys: String, CodingKey {
    case captures, hold
  }

  func encode(to encoder: any Encoder) throws {
    try IncidentDocument(incident).encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(captures, forKey: .captures)
    try container.encodeIfPresent(hold, forKey: .hold)
  }
}

struct CaptureAnswer: Encodable {
  var id: String
  var incidentID: String
  var phase: CapturePhase
  var sequence: Int
  var state: CaptureState
  var requestedAt: Timestamp
  var finishedAt: Timestamp?
  var attempts: Int
  var error: String?
  /// What it is doing, in a few words.
  var progress: String?
  /// How many of its steps are done, of how many.
  var stepsDone: Int?
  var stepsTotal: Int?
  var bundle: BundleAnswer?
  /// When retention deleted the bundle.
  var bundleExpiredAt: Timestamp?

  init(_ row: CaptureRow, progress: CaptureProgress) {
    let step = progress[row.id]
    id = row.id
    incidentID = row.incidentID
    phase = row.phase
    sequence = row.sequence
    state = row.state
    requestedAt = row.requestedAt
    finishedAt = row.finishedAt
    attempts = row.attempts
    error = progress.failure(of: row.id) ?? row.error
    self.progress = step?.words
    stepsDone = step?.done
    stepsTotal = step?.total
    bundle = BundleAnswer(row)
    bundleExpiredAt = row.bundleExpiredAt
  }

  enum CodingKeys: String, CodingKey {
    case id, phase, sequence, state, attempts, error, progress, bundle
    case incidentID = "incident_id"
    case requestedAt = "requested_at"
    case finishedAt = "finished_at"
    case stepsDone = "steps_done"
    case stepsTotal = "steps_total"
    case bundleExpiredAt = "bundle_expired_at"
  }
}

struct CaptureList: Encodable {
  var captures: [CaptureAnswer]
  var next: String?
}

struct BundleAnswer: Encodable {
  var id: String
  var name: String
  var bytes: Int
  var sha256: String
  var incidentID: String
  var createdAt: Timestamp
  var completeness: Double
  var gaps: Int
  var redactions: Int

  /// `nil` for a capture that has no bundle: not done, or deleted by retention.
  init?(_ row: CaptureRow) {
    guard row.state == .done, let name = row.bundleName, let sha256 = row.bundleSHA256 else { return nil }
    id = row.id
    self.name = name
    bytes = row.bundleBytes ?? 0
    self.sha256 = sha256
    incidentID = row.incidentID
    createdAt = row.finishedAt ?? row.requestedAt
    completeness = row.completeness ?? 0
    gaps = row.gaps ?? 0
    redactions = row.redactions ?? 0
  }

  enum CodingKeys: String, CodingKey {
    case id, name, bytes, sha256, completeness, gaps, redactions
    case incidentID = "incident_id"
    case createdAt = "created_at"
  }
}

struct IncidentList: Encodable {
  var incidents: [IncidentAnswer]
  var next: String?
}

struct BundleList: Encodable {
  var bundles: [BundleAnswer]
  var next: String?
}

struct AcceptanceAnswer: Encodable {
  var incidentID: String?
  var phase: SignalPhase
  var captureID: String?
  var duplicate: Bool

  init(_ acceptance: Acceptance) {
    incidentID = acceptance.incidentID
    phase = acceptance.phase
    captureID = acceptance.captureID
    duplicate = acceptance.duplicate
  }

  enum CodingKeys: String, CodingKey {
    case phase, duplicate
    case incidentID = "incident_id"
    case captureID = "capture_id"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(incidentID, forKey: .incidentID)
    try container.encode(phase, forKey: .phase)
    try container.encode(captureID, forKey: .captureID)
    try container.encode(duplicate, forKey: .duplicate)
  }
}

struct DeployAnswer: Encodable {
  /// Of the first record; `nil` where the message told of no deploy.
  var deployID: String?
  /// Whether nothing of it was new.
  var duplicate: Bool
  var recorded: Int

  init(_ recorded: [(deployID: String, duplicate: Bool)]) {
    deployID = recorded.first?.deployID
    duplicate = !recorded.isEmpty && recorded.allSatisfy(\.duplicate)
    self.recorded = recorded.count { !$0.duplicate }
  }

  enum CodingKeys: String, CodingKey {
    case duplicate, recorded
    case deployID = "deploy_id"
  }
}

/// The body of `POST /v1/incidents/{id}/captures`; all of it may be left out.
struct CaptureBody: RequestBody {
  static let example = "{\"title\": \"…\", \"severity\": \"…\"}"
  var title: String?
  var severity: String?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case title, severity
  }
  typealias Member = CodingKeys
}
