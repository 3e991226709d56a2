internal import Evidence

extension SignalSource {
  /// Statuspage's webhook subscription (https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/).
  /// It neither signs nor sends headers of one's own: the secret can only be in the URL.
  static let statuspage = SignalSource(
    name: "statuspage", product: "Atlassian Statuspage", scheme: .query("token"), bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let incident = root["incident"]
    guard incident.exists else {
      guard root["component_update"].exists || root["page"].exists else { throw incident.fault("is missing") }
      return .ignored("component_update")
    }
    let status = try incident["status"].required()
    guard let phase = phases[status] else { return .ignored(status) }
    var draft = SignalDraft(key: try incident["id"].required(), phase: phase)
    draft.title = incident["name"].text
    draft.deliveryID = incident["incident_updates"].items.first?["id"].text.map { "\($0)/\(status)" }
    draft.severity = incident["impact"].text
    let components = incident["components"].items.compactMap { $0["name"].text }
    draft.service = components.count == 1 ? components.first : nil
    draft.times = SignalTimes(
      started: incident["started_at"].time, detected: incident["created_at"].time,
      mitigated: incident["monitoring_at"].time, resolved: incident["resolved_at"].time,
      occurred: incident["updated_at"].time)
    draft.labels = [
      "status": status, "page": root["page"]["id"].text,
      "components": components.joined(separator: ",").trimmed,
    ].compactMapValues(\.self)
    draft.links = [IncidentLink("Statuspage", incident["shortlink"].text)]
    return draft
  }
}

/// Scheduled maintenance (`scheduled`, `in_progress`, `verifying`, `completed`) is no incident.
private let phases: [String: SignalPhase] = [
  "investigating": .opened, "identified": .opened,
  // A fix is in place and is being watched.
  "monitoring": .mitigated,
  "resolved": .resolved, "postmortem": .closed,
]
