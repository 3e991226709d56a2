/// What a signal says about its incident. Vendors' words map to these in `Signals`.
package enum SignalPhase: String, Codable, Sendable, CaseIterable {
  case opened, acknowledged, updated, mitigated, resolved, closed
  /// Authentic, understood, and of no consequence (a test ping, a comment): answered with 2xx, not stored.
  case ignored

  /// Whether such a signal opens an incident that the agent does not know: after a loss, or a late start, news of it
  /// does, too; an end does not.
  package var opensIncident: Bool {
    switch self {
    case .opened, .acknowledged, .updated: true
    case .mitigated, .resolved, .closed, .ignored: false
    }
  }
}

/// A hyperlink that belongs to an incident: the runbook, the vendor's page, the generator of an alert.
package struct IncidentLink: Hashable, Codable, Sendable {
  package var label: String
  package var url: String

  package init(label: String, url: String) {
    self.label = label
    self.url = url
  }
}

/// When an incident reached each point of its life, as far as a message says so.
package struct SignalTimes: Hashable, Codable, Sendable {
  /// When the fault began: an alert's `startsAt`, the start of the impact.
  package var started: Timestamp?
  /// When the vendor came to know of it.
  package var detected: Timestamp?
  package var acknowledged: Timestamp?
  package var mitigated: Timestamp?
  package var resolved: Timestamp?
  /// When that which this message tells happened.
  package var occurred: Timestamp?

  package init(
    started: Timestamp? = nil, detected: Timestamp? = nil, acknowledged: Timestamp? = nil,
    mitigated: Timestamp? = nil, resolved: Timestamp? = nil, occurred: Timestamp? = nil
  ) {
    self.started = started
    self.detected = detected
    self.acknowledged = acknowledged
    self.mitigated = mitigated
    self.resolved = resolved
    self.occurred = occurred
  }
}

/// One incident-open (or -update, or -resolve) message in normal form, whatever vendor sent it.
///
/// Every text in it was redacted before it was decoded: see `Redaction`.
package struct Signal: Hashable, Codable, Sendable {
  /// The source that decoded it, as in `POST /v1/signals/{source}`: `alertmanager`, `generic`, `cli`.
  package var source: String
  /// What the source calls the incident: the same key is the same incident, for as long as it is open.
  package var incidentKey: String
  /// The vendor's own short incident number where it has one (`INC-1`), else `nil`.
  package var incidentID: String?
  /// The vendor's id of this delivery; a second delivery with the same id is a retry.
  package var deliveryID: String?
  package var phase: SignalPhase
  package var title: String
  /// The vendor's word for it (`critical`, `P1`, `SEV-2`), else `nil`.
  package var severity: String?
  /// What is affected, in the vendor's words; also the label `service`.
  package var service: String?
  /// When the agent received it.
  package var receivedAt: Timestamp
  package var times: SignalTimes
  package var labels: [String: String]
  package var links: [IncidentLink]

  package init(
    source: String, incidentKey: String, incidentID: String? = nil, deliveryID: String? = nil,
    phase: SignalPhase, title: String, severity: String? = nil, service: String? = nil, receivedAt: Timestamp,
    times: SignalTimes = SignalTimes(), labels: [String: String] = [:], links: [IncidentLink] = []
  ) {
    self.source = source
    self.incidentKey = incidentKey
    self.incidentID = incidentID
    self.deliveryID = deliveryID
    self.phase = phase
    self.title = title
    self.severity = severity
    self.service = service
    self.receivedAt = receivedAt
    self.times = times
    self.labels = labels
    self.links = links
  }

  enum CodingKeys: String, CodingKey {
    case source, phase, title, severity, service, times, labels, links
    case incidentKey = "incident_key"
    case incidentID = "incident_id"
    case deliveryID = "delivery_id"
    case receivedAt = "received_at"
  }
}
