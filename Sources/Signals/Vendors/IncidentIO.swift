internal import Evidence

extension SignalSource {
  /// incident.io's webhooks, version 2 (https://api-docs.incident.io/tag/Webhooks): the payload is under a key that is
  /// the event's type, a status update has the incident nested in it, and a private incident has only its id.
  static let incidentIO = SignalSource(
    name: "incidentio", product: "incident.io", scheme: .standardWebhooks, bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let type = try root["event_type"].required()
    let payload = root[type]
    let incident = payload["incident"].exists ? payload["incident"] : payload
    guard let phase = news(type, incident, payload) else { return .ignored(type) }
    var draft = SignalDraft(key: try incident["id"].required(), phase: phase)
    draft.incidentID = incident["reference"].text
    draft.title = incident["name"].text
    draft.severity = incident["severity"]["name"].text
    draft.times = lifecycle(of: incident)
    draft.times.occurred = incident["updated_at"].time
    draft.labels = [
      "status": status(incident, payload)["name"].text, "type": incident["incident_type"]["name"].text,
      "mode": incident["mode"].text, "visibility": incident["visibility"].text,
    ].compactMapValues(\.self)
    draft.links = [IncidentLink("incident.io", incident["permalink"].text)]
    return draft
  }
}

private func status(_ incident: JSONPlace, _ payload: JSONPlace) -> JSONPlace {
  payload["new_status"].exists ? payload["new_status"] : incident["incident_status"]
}

/// `nil` for what is no news of an incident: follow-ups, actions, alerts, members.
private func news(_ type: String, _ incident: JSONPlace, _ payload: JSONPlace) -> SignalPhase? {
  switch type.split(separator: ".", maxSplits: 1).last {
  case "incident_created_v2": .opened
  case "incident_updated_v2", "incident_status_updated_v2":
    // Names of statuses are the customer's, categories are not.
    switch status(incident, payload)["category"].text {
    // What was wrong is right again, and the debrief begins.
    case "learning": .resolved
    case "closed", "declined", "merged", "canceled": .closed
    default: .updated
    }
  default: nil
  }
}

/// The timestamps that every account begins with; an account may rename them, and then they are not found.
private func lifecycle(of incident: JSONPlace) -> SignalTimes {
  var times = SignalTimes(detected: incident["created_at"].time)
  for entry in incident["incident_timestamp_values"].items {
    let time = entry["value"]["value"].time
    switch entry["incident_timestamp"]["name"].text?.lowercased() {
    case "impact started", "impact started at": times.started = time
    case "reported", "reported at": times.detected = time ?? times.detected
    case "accepted", "accepted at": times.acknowledged = time
    case "fixed", "fixed at": times.mitigated = time
    case "resolved", "resolved at": times.resolved = time
    default: continue
    }
  }
  return times
}
