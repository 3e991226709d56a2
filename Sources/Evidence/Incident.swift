/// Where an incident stands. The order of the cases is the order of the lifecycle.
package enum IncidentState: String, Codable, Sendable, CaseIterable {
  case open, acknowledged, mitigated, resolved, closed

  /// Whether a further signal with the same key belongs to this incident, rather than opening a new one.
  package var isOpen: Bool { self == .open || self == .acknowledged || self == .mitigated }
}

/// One incident in normal form: what `incident.json` holds and the API answers.
package struct Incident: Hashable, Codable, Sendable, Identifiable {
  /// Safe as a file name component: `[A-Za-z0-9._-]`, at most 64 bytes, no `--`.
  package var id: String
  /// The source's own key; see `Signal.incidentKey`.
  package var key: String
  package var source: String
  package var title: String
  package var severity: String?
  package var state: IncidentState
  /// When the agent received the first signal.
  package var openedAt: Timestamp
  /// When the fault began, where a signal said so.
  package var startedAt: Timestamp?
  package var acknowledgedAt: Timestamp?
  package var mitigatedAt: Timestamp?
  package var resolvedAt: Timestamp?
  package var updatedAt: Timestamp
  package var labels: [String: String]
  package var links: [IncidentLink]

  package init(
    id: String, key: String, source: String, title: String, severity: String? = nil,
    state: IncidentState = .open, openedAt: Timestamp, startedAt: Timestamp? = nil,
    acknowledgedAt: Timestamp? = nil, mitigatedAt: Timestamp? = nil, resolvedAt: Timestamp? = nil,
    updatedAt: Timestamp, labels: [String: String] = [:], links: [IncidentLink] = []
  ) {
    self.id = id
    self.key = key
    self.source = source
    self.title = title
    self.severity = severity
    self.state = state
    self.openedAt = openedAt
    self.startedAt = startedAt
    self.acknowledgedAt = acknowledgedAt
    self.mitigatedAt = mitigatedAt
    self.resolvedAt = resolvedAt
    self.updatedAt = updatedAt
    self.labels = labels
    self.links = links
  }

  enum CodingKeys: String, CodingKey {
    case id, key, source, title, severity, state, labels, links
    case openedAt = "opened_at"
    case startedAt = "started_at"
    case acknowledgedAt = "acknowledged_at"
    case mitigatedAt = "mitigated_at"
    case resolvedAt = "resolved_at"
    case updatedAt = "updated_at"
  }
}

/// Why a capture was made; part of the bundle's name.
package enum CapturePhase: String, Codable, Sendable, CaseIterable {
  case opened, updated, resolved, manual, drill
}

/// What kind of an event an incident is: not everything worth evidence hurt somebody.
package enum IncidentKind: String, Codable, Sendable, CaseIterable {
  case incident
  /// It nearly went wrong.
  case nearMiss = "near-miss"
  /// A service level objective was missed, or its error budget is burning.
  case sloBreach = "slo-breach"

  /// The label of an incident that holds its kind, where that is not `incident`.
  package static let label = "exhibit.kind"
}
