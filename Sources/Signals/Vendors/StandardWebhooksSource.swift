internal import Evidence

extension SignalSource {
  /// Any sender that follows Standard Webhooks (https://www.standardwebhooks.com): `type`, `timestamp`, and `data` with the
  /// incident. The last word of the type says what happened: `incident.created`, `alert.resolved`.
  static let standardWebhooks = SignalSource(
    name: "standardwebhooks", product: "Standard Webhooks", scheme: .standardWebhooks, bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let type = try root["type"].required()
    guard let word = type.split(separator: ".").last, let phase = SignalPhase(word: String(word)) else {
      return .ignored(type)
    }
    let data = root["data"]
    let id = data["incident_id"].exists ? data["incident_id"] : data["id"]
    var draft = SignalDraft(key: try id.required(), phase: phase)
    draft.title = data["title"].text ?? data["name"].text ?? data["summary"].text
    draft.severity = data["severity"].text
    draft.service = data["service"].text
    draft.times = SignalTimes(
      started: data["started_at"].time, detected: data["created_at"].time, resolved: data["resolved_at"].time,
      occurred: root["timestamp"].time)
    draft.labels = data["labels"].labels
    draft.links = [IncidentLink("Incident", data["url"].text)]
    return draft
  }
}
