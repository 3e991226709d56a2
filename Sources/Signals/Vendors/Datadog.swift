internal import Evidence

extension SignalSource {
  /// Datadog's webhooks integration (https://docs.datadoghq.com/integrations/webhooks/). Its payload is a template that
  /// the user writes: ours is in docs/integrations/datadog.md. It does not sign: a custom header.
  static let datadog = SignalSource(
    name: "datadog", product: "Datadog (webhooks integration, with our template)", scheme: .bearer,
    bodiesDiffer: false
  ) { root, _ throws(SignalError) in
    let cycle = root["alert_cycle_key"]
    let transition = try root["alert_transition"].required()
    // A variable that a test notification did not fill in stands as it is.
    guard let phase = phases[transition.lowercased()], cycle.text?.hasPrefix("$") != true else {
      return .ignored(transition)
    }
    var draft = SignalDraft(key: try cycle.required(), phase: phase)
    draft.title = root["title"].text
    draft.severity = filled(root["priority"]) ?? filled(root["alert_type"])
    draft.labels = tags(filled(root["tags"]) ?? "")
    for name in ["alert_id", "scope", "metric", "hostname"] { draft.labels[name] = filled(root[name]) }
    draft.times.occurred = root["date"].time
    if phase == .opened { draft.times.detected = draft.times.occurred }
    draft.links = [IncidentLink("Datadog", filled(root["link"]))]
    return draft
  }
}

/// A variable without a value is empty, or `N/A`, or stands as it is.
private func filled(_ place: JSONPlace) -> String? {
  place.text.flatMap { $0.hasPrefix("$") || $0 == "N/A" ? nil : $0 }
}

/// `service:api,env:prod,urgent`; of a key that is there twice the first counts.
private func tags(_ text: String) -> [String: String] {
  let pairs = text.split(separator: ",").map {
    $0.split(separator: ":", maxSplits: 1).map { String($0.trimmingSpaces) }
  }
  return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
}

private let phases: [String: SignalPhase] = [
  "triggered": .opened, "warn": .opened, "no data": .opened,
  "re-triggered": .updated, "re-warn": .updated, "re-no data": .updated, "renotify": .updated,
  "recovered": .resolved,
]
