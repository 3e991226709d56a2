internal import Evidence

extension SignalSource {
  /// Rootly's webhooks (https://docs.rootly.com/configuration/webhooks): `X-Rootly-Signature: t=…,v1=…`, the HMAC of time and
  /// body with nothing between them.
  static let rootly = SignalSource(
    name: "rootly", product: "Rootly",
    scheme: .hmac(
      HMACScheme(header: "X-Rootly-Signature", prefix: "v1=", time: .init(.element("t"), separator: ""))),
    bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let event = root["event"]
    let type = try event["type"].required()
    guard let phase = phases[type] else { return .ignored(type) }
    let data = root["data"]
    var draft = SignalDraft(key: try data["id"].required(), phase: phase)
    draft.title = data["title"].text
    draft.deliveryID = event["id"].text.map { "\($0)/\(type)" }
    draft.severity = slugOrName(data["severity"])
    draft.service = data["services"].items.first.flatMap(slugOrName)
    draft.times = SignalTimes(
      started: data["started_at"].time, detected: data["detected_at"].time ?? data["created_at"].time,
      acknowledged: data["acknowledged_at"].time, mitigated: data["mitigated_at"].time,
      resolved: data["resolved_at"].time, occurred: event["issued_at"].time)
    draft.labels = [
      "status": data["status"].text, "number": data["sequential_id"].text, "kind": data["kind"].text,
      "environment": data["environments"].items.first.flatMap(slugOrName),
    ].compactMapValues(\.self)
    draft.links = [IncidentLink("Rootly", data["url"].text ?? data["short_url"].text)]
    return draft
  }
}

/// A text, or an object with a `slug` or a `name`.
private func slugOrName(_ place: JSONPlace) -> String? {
  place.text ?? place["slug"].text ?? place["name"].text
}

/// Scheduled maintenance, post-mortems, alerts and pulses are no incidents.
private let phases: [String: SignalPhase] = [
  "incident.created": .opened, "incident.in_triage": .opened,
  "incident.acknowledged": .acknowledged,
  "incident.updated": .updated,
  "incident.mitigated": .mitigated,
  "incident.resolved": .resolved,
  "incident.closed": .closed, "incident.cancelled": .closed, "incident.deleted": .closed,
]
