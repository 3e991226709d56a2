internal import Evidence

extension SignalSource {
  /// PagerDuty's webhooks, version 3 (https://developer.pagerduty.com/docs/webhooks-overview,
  /// https://developer.pagerduty.com/docs/verifying-webhook-signatures). Two signatures while a secret is rotated.
  ///
  /// The event's own id tells retries: it is signed, `X-Webhook-Id` is not.
  static let pagerDuty = SignalSource(
    name: "pagerduty", product: "PagerDuty (webhooks v3)",
    scheme: .hmac(HMACScheme(header: "X-PagerDuty-Signature", prefix: "v1=")), bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let event = root["event"]
    let type = try event["event_type"].required()
    guard let phase = phases[type] else { return .ignored(type) }
    let data = event["data"]
    var draft = SignalDraft(key: try data["id"].required(), phase: phase)
    draft.incidentID = draft.key
    draft.title = data["title"].text
    draft.deliveryID = event["id"].text
    draft.severity = data["priority"]["summary"].text ?? data["urgency"].text
    draft.service = data["service"]["summary"].text
    draft.times.detected = data["created_at"].time
    draft.times.occurred = event["occurred_at"].time
    draft.labels = incidentLabels(data)
    draft.links = [IncidentLink("PagerDuty", data["html_url"].text)]
    return draft
  }
}

private func incidentLabels(_ data: JSONPlace) -> [String: String] {
  [
    "urgency": data["urgency"].text, "priority": data["priority"]["summary"].text,
    "escalation_policy": data["escalation_policy"]["summary"].text,
    "incident_key": data["incident_key"].text, "incident_type": data["incident_type"]["name"].text,
    "team": data["teams"].items.first?["summary"].text,
  ].compactMapValues(\.self)
}

/// Notes, responders, workflows, status updates and changes of services are none of an incident's state.
private let phases: [String: SignalPhase] = [
  "incident.triggered": .opened, "incident.reopened": .opened,
  "incident.acknowledged": .acknowledged,
  "incident.unacknowledged": .updated, "incident.escalated": .updated, "incident.delegated": .updated,
  "incident.reassigned": .updated, "incident.priority_updated": .updated,
  "incident.service_updated": .updated,
  "incident.incident_type.changed": .updated,
  "incident.resolved": .resolved,
]
