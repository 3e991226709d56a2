internal import Evidence

/// A sealed bundle, as the agent lists it.
struct BundleSummary: Codable, Equatable {
  /// ULID.
  var id: String
  /// File name, `….tar.gz` or `….tar.zst`.
  var name: String
  var bytes: Int
  /// Lower-case hex, of the whole file.
  var sha256: String
  var incidentID: String
  var createdAt: Timestamp
  /// 0…1, as `Completeness.ratio`.
  var completeness: Double
  var gaps: Int
  var redactions: Int

  enum CodingKeys: String, CodingKey {
    case id, name, bytes, sha256, completeness, gaps, redactions
    case incidentID = "incident_id"
    case createdAt = "created_at"
  }
}

/// One capture of an incident.
struct CaptureReport: Codable, Equatable {
  var id: String
  var phase: CapturePhase
  /// 1 for the first capture of the incident.
  var sequence: Int
  var state: State
  var requestedAt: Timestamp
  var finishedAt: Timestamp?
  var attempts: Int
  var error: String?
  /// What the capture is doing now, in the agent's words.
  var progress: String?
  /// Steps that are done, of how many.
  var stepsDone: Int?
  var stepsTotal: Int?
  var bundle: BundleSummary?
  /// When retention deleted the bundle.
  var bundleExpiredAt: Timestamp?

  enum State: String, Codable {
    case queued, running, done, failed

    var isFinal: Bool { self == .done || self == .failed }
  }

  enum CodingKeys: String, CodingKey {
    case id, phase, sequence, state, attempts, error, progress, bundle
    case requestedAt = "requested_at"
    case finishedAt = "finished_at"
    case stepsDone = "steps_done"
    case stepsTotal = "steps_total"
    case bundleExpiredAt = "bundle_expired_at"
  }
}

/// Body of `PUT /v1/incidents/{id}/hold`.
struct HoldRequest: Encodable {
  var reason: String
  var kind: HoldReport.Kind
}

/// That retention leaves an incident's bundles alone.
struct HoldReport: Codable, Equatable {
  enum Kind: String, Codable, CaseIterable {
    case incident, legal
  }

  var incidentID: String
  var kind: Kind
  var reason: String
  var placedAt: Timestamp
  var placedBy: String

  enum CodingKeys: String, CodingKey {
    case kind, reason
    case incidentID = "incident_id"
    case placedAt = "placed_at"
    case placedBy = "placed_by"
  }
}

/// An incident with its captures: the incident's own members and `captures` in one JSON object.
struct IncidentReport: Codable, Equatable {
  var incident: Incident
  var captures: [CaptureReport]
  /// `nil` where retention may delete its bundles.
  var hold: HoldReport?

  init(incident: Incident, captures: [CaptureReport], hold: HoldReport? = nil) {
    self.incident = incident
    self.captures = captures
    self.hold = hold
  }

  init(from decoder: any Decoder) throws {
    incident = try Incident(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    captures = try container.decode([CaptureReport].self, forKey: .captures)
    hold = try container.decodeIfPresent(HoldReport.self, forKey: .hold)
  }

  func encode(to encoder: any Encoder) throws {
    try IncidentDocument(incident).encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(captures, forKey: .captures)
    try container.encodeIfPresent(hold, forKey: .hold)
  }

  enum CodingKeys: String, CodingKey {
    case captures, hold
  }

  /// The bundle of the latest capture that has one.
  var newestBundle: BundleSummary? {
    captures.filter { $0.bundle != nil }.max { $0.sequence < $1.sequence }?.bundle
  }

  /// The latest capture that is not over.
  var unfinishedCapture: CaptureReport? {
    captures.filter { !$0.state.isFinal }.max { $0.sequence < $1.sequence }
  }
}

/// A page of `GET /v1/incidents`.
struct IncidentPage: Decodable {
  var incidents: [IncidentReport]
  /// Cursor of the next page.
  var next: String?
}

/// Body of `POST /v1/incidents/{id}/captures`.
struct CaptureRequest: Encodable {
  var title: String?
  var severity: String?
}

/// Answer of `POST /v1/incidents/{id}/captures`.
struct CaptureAccepted: Codable, Equatable {
  var incidentID: String
  var captureID: String

  enum CodingKeys: String, CodingKey {
    case incidentID = "incident_id"
    case captureID = "capture_id"
  }
}

/// Body of `POST /v1/deploys/generic`.
struct DeployRequest: Encodable, Equatable {
  var id: String?
  var service: String
  var version: String
  var previousVersion: String?
  var environment: String?
  var commit: String?
  var url: String?
  var actor: String?
  var outcome: String?
  var kind: String?
  var message: String?
  var startedAt: Timestamp?
  var time: Timestamp?

  enum CodingKeys: String, CodingKey {
    case id, service, version, environment, commit, url, actor, outcome, kind, message
    case startedAt = "started_at"
    case time = "finished_at"
    case previousVersion = "previous_version"
  }
}

/// Answer of `POST /v1/deploys/generic`.
struct DeployAccepted: Codable, Equatable {
  var deployID: String
  /// Whether the agent had the record already.
  var duplicate: Bool

  enum CodingKeys: String, CodingKey {
    case duplicate
    case deployID = "deploy_id"
  }
}

/// An error answer, RFC 9457.
struct Problem: Decodable {
  var title: String?
  var detail: String?
  /// The member of the request that is wrong.
  var field: String?
}
