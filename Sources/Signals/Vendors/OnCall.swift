internal import Evidence

extension SignalSource {
  /// Grafana OnCall's outgoing webhooks
  /// (https://grafana.com/docs/oncall/latest/configure/integrations/outgoing-webhooks/), with "Forward all" on. It does not
  /// sign: its authorization header. It gives up after four seconds.
  static let onCall = SignalSource(
    name: "oncall", product: "Grafana OnCall (outgoing webhook)", scheme: .bearer, bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let event = root["event"]
    let group = root["alert_group"]
    let type = try event["type"].required().lowercased()
    guard let phase = phases[type] else { return .ignored(type) }
    var draft = SignalDraft(key: try group["id"].required(), phase: phase)
    draft.title = group["title"].text
    draft.times = SignalTimes(
      started: root["alert_payload"]["startsAt"].time, detected: group["created_at"].time,
      acknowledged: group["acknowledged_at"].time, resolved: group["resolved_at"].time,
      occurred: event["time"].time)
    draft.labels = root["alert_payload"]["labels"].labels.merging(group["labels"].labels) { _, group in group
    }
    draft.labels["integration"] = root["integration"]["name"].text
    draft.links = [IncidentLink("Grafana OnCall", group["permalinks"]["web"].text)]
    return draft
  }
}

/// The trigger "status change" sends the type of the change.
private let phases: [String: SignalPhase] = [
  "alert group created": .opened, "unresolve": .opened,
  "acknowledge": .acknowledged,
  "escalation": .updated, "unacknowledge": .updated, "silence": .updated, "unsilence": .updated,
  "resolve": .resolved,
]
