internal import Evidence

extension SignalSource {
  /// Opsgenie's webhook integration, and that of Jira Service Management's operations, which continues it
  /// (https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/). Neither signs: a custom
  /// header.
  static let opsgenie = SignalSource(
    name: "opsgenie", product: "Opsgenie, and alerts of Jira Service Management", scheme: .bearer,
    bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let action = try root["action"].required()
    guard let phase = phases[action.lowercased()] else { return .ignored(action) }
    let alert = root["alert"]
    var draft = SignalDraft(key: try alert["alertId"].required(), phase: phase)
    draft.title = alert["message"].text
    // "P1" to "P5", in old messages the number alone.
    draft.severity = alert["priority"].text.map { $0.count == 1 ? "P\($0)" : $0 }
    draft.service = alert["details"]["service"].text
    draft.times.detected = alert["createdAt"].time
    // Nanoseconds in 19 digits: more than a double holds.
    draft.times.occurred = alert["updatedAt"].time
    draft.labels = alertLabels(root, alert)
    return draft
  }
}

private func alertLabels(_ root: JSONPlace, _ alert: JSONPlace) -> [String: String] {
  let tags = alert["tags"].items.compactMap(\.text).joined(separator: ",")
  let known = [
    "alias": alert["alias"].text, "entity": alert["entity"].text, "tiny_id": alert["tinyId"].text,
    "integration": root["integrationName"].text, "tags": tags.trimmed,
  ]
  return alert["details"].labels.merging(known.compactMapValues(\.self)) { _, known in known }
}

/// The actions, also in the past tense that some of them are written in. Notes and recipients are none of an
/// alert's state.
private let phases: [String: SignalPhase] = [
  "create": .opened, "created": .opened,
  "acknowledge": .acknowledged, "acknowledged": .acknowledged,
  "unacknowledge": .updated, "unacknowledged": .updated, "addtags": .updated, "removetags": .updated,
  "addteam": .updated, "assignownership": .updated, "takeownership": .updated, "escalate": .updated,
  "escalatenext": .updated, "updatepriority": .updated, "updatemessage": .updated,
  "updatedescription": .updated,
  "close": .closed, "closed": .closed, "delete": .closed, "deleted": .closed,
]
