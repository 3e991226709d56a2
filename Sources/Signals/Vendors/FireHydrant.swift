internal import Evidence

extension SignalSource {
  /// FireHydrant's webhooks (https://docs.firehydrant.com/docs/webhooks): `fh-signature` is the HMAC of the body.
  static let fireHydrant = SignalSource(
    name: "firehydrant", product: "FireHydrant",
    scheme: .hmac(HMACScheme(header: "fh-signature")), bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let event = root["event"]
    let operation = try event["operation"].required().uppercased()
    let resource = event["resource_type"].text ?? "incident"
    guard resource == "incident", operation == "CREATED" || operation == "UPDATED" else {
      return .ignored("\(resource) \(operation)")
    }
    let incident = root["data"]["incident"]
    let milestone = incident["current_milestone"].text?.lowercased() ?? ""
    var draft = SignalDraft(
      key: try incident["id"].required(),
      phase: operation == "CREATED" ? .opened : phases[milestone] ?? .updated)
    draft.title = incident["name"].text
    draft.severity = incident["severity"]["slug"].text ?? incident["severity"].text
    draft.service = incident["services"].items.first?["name"].text
    draft.times = lifecycle(of: incident)
    draft.labels = [
      "milestone": milestone.trimmed, "number": incident["number"].text,
      "priority": incident["priority"]["slug"].text ?? incident["priority"].text,
    ].compactMapValues(\.self)
    draft.links = [IncidentLink("FireHydrant", incident["incident_url"].text)]
    return draft
  }
}

private func lifecycle(of incident: JSONPlace) -> SignalTimes {
  var times = SignalTimes(
    started: incident["started_at"].time, detected: incident["created_at"].time,
    occurred: incident["updated_at"].time)
  for milestone in incident["milestones"].items {
    let time = milestone["occurred_at"].time
    switch milestone["type"].text?.lowercased() {
    case "started": times.started = time ?? times.started
    case "detected": times.detected = time ?? times.detected
    case "acknowledged": times.acknowledged = time
    case "mitigated": times.mitigated = time
    case "resolved": times.resolved = time
    default: continue
    }
  }
  return times
}

private let phases: [String: SignalPhase] = [
  "acknowledged": .acknowledged, "mitigated": .mitigated, "resolved": .resolved,
  "closed": .closed, "postmortem_started": .closed, "postmortem_completed": .closed,
  "retrospective_started": .closed, "retrospective_completed": .closed,
]
