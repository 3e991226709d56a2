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
  /// When the vendor came to know of it, where a signal said so.
  package var detectedAt: Timestamp?
  package var acknowledgedAt: Timestamp?
  package var mitigatedAt: Timestamp?
  /// Of an incident that was closed without being resolved, when it was closed.
  package var resolvedAt: Timestamp?
  package var closedAt: Timestamp?
  package var updatedAt: Timestamp
  package var labels: [String: String]
  package var links: [IncidentLink]
  /// The lifecycle, point by point, with where each time is from. The times above are taken from here.
  package var moments: [IncidentMoment]

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
    let times: [(IncidentPoint, Timestamp?)] = [
      (.started, startedAt), (.opened, openedAt), (.acknowledged, acknowledgedAt), (.mitigated, mitigatedAt),
      (.resolved, resolvedAt),
    ]
    moments = times.compactMap { point, at in
      at.map {
        IncidentMoment(
          point: point, at: $0, basis: point == .opened ? .received : .vendor, source: source, signal: nil)
      }
    }
  }

  enum CodingKeys: String, CodingKey {
    case id, key, source, title, severity, state, labels, links, moments
    case openedAt = "opened_at"
    case startedAt = "started_at"
    case detectedAt = "detected_at"
    case acknowledgedAt = "acknowledged_at"
    case mitigatedAt = "mitigated_at"
    case resolvedAt = "resolved_at"
    case closedAt = "closed_at"
    case updatedAt = "updated_at"
  }
}

extension Incident {
  /// Bundles and agents of before have no moments: they are taken from the times.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func time(_ key: CodingKeys) throws -> Timestamp? {
      try container.decodeIfPresent(Timestamp.self, forKey: key)
    }
    self.init(
      id: try container.decode(String.self, forKey: .id),
      key: try container.decode(String.self, forKey: .key),
      source: try container.decode(String.self, forKey: .source),
      title: try container.decode(String.self, forKey: .title),
      severity: try container.decodeIfPresent(String.self, forKey: .severity),
      state: try container.decode(IncidentState.self, forKey: .state),
      openedAt: try container.decode(Timestamp.self, forKey: .openedAt), startedAt: try time(.startedAt),
      acknowledgedAt: try time(.acknowledgedAt), mitigatedAt: try time(.mitigatedAt),
      resolvedAt: try time(.resolvedAt),
      updatedAt: try container.decode(Timestamp.self, forKey: .updatedAt),
      labels: try container.decode([String: String].self, forKey: .labels),
      links: try container.decode([IncidentLink].self, forKey: .links))
    detectedAt = try time(.detectedAt)
    closedAt = try time(.closedAt)
    let known = try container.decodeIfPresent([IncidentMoment].self, forKey: .moments) ?? []
    if !known.isEmpty { moments = known }
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
