internal import Evidence

extension SignalSource {
  /// Prometheus Alertmanager's webhook, payload version 4
  /// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). It has no signatures: the bearer
  /// token, or the user and password, of its `http_config`.
  static let alertmanager = SignalSource(
    name: "alertmanager", product: "Prometheus Alertmanager", scheme: .bearer, bodiesDiffer: false
  ) { root, _ throws(SignalError) in
    guard try root["version"].required() == "4" else {
      throw root["version"].fault(
        "must be \"4\", the payload of Alertmanager; send Grafana's to the source grafana, other JSON to generic"
      )
    }
    return try alertGroup(root, vendor: "Alertmanager")
  }
}

/// A notification of a group of alerts, as Alertmanager and Grafana send it. One incident is one group: its key stays
/// the same from firing to resolved.
func alertGroup(_ root: JSONPlace, vendor: String) throws(SignalError) -> SignalDraft {
  let status = root["status"]
  let isFiring: Bool
  switch try status.required() {
  case "firing": isFiring = true
  case "resolved": isFiring = false
  default: throw status.fault("must be \"firing\" or \"resolved\"")
  }
  var draft = SignalDraft(key: try root["groupKey"].required(), phase: isFiring ? .opened : .resolved)
  let alerts = try root["alerts"].arrayItems()
  draft.title = groupTitle(root, alerts)
  draft.labels = root["commonLabels"].labels
  // The fault of a firing group began with the earliest of the alerts that still fire.
  let counted = isFiring ? alerts.filter { $0["status"].text != "resolved" } : alerts
  draft.times.started = counted.compactMap { $0["startsAt"].time }.min()
  draft.times.resolved = isFiring ? nil : alerts.compactMap { $0["endsAt"].time }.max()
  draft.times.occurred = draft.times.resolved
  draft.links = groupLinks(root, alerts, vendor)
  return draft
}

private func groupTitle(_ root: JSONPlace, _ alerts: [JSONPlace]) -> String? {
  let annotations = root["commonAnnotations"]
  let first = alerts.first
  return annotations["summary"].text ?? annotations["title"].text ?? root["groupLabels"]["alertname"].text
    ?? root["commonLabels"]["alertname"].text ?? first?["annotations"]["summary"].text
    ?? first?["labels"]["alertname"].text
}

/// What a responder opens first comes first, since the number of links is limited.
private func groupLinks(_ root: JSONPlace, _ alerts: [JSONPlace], _ vendor: String) -> [IncidentLink?] {
  // More alerts than links are kept have nothing to add.
  let some = alerts.prefix(4 * SignalLimits.links)
  let runbooks =
    [root["commonAnnotations"]["runbook_url"].text] + some.map { $0["annotations"]["runbook_url"].text }
  return runbooks.map { IncidentLink("Runbook", $0) } + [IncidentLink(vendor, root["externalURL"].text)]
    + some.map { IncidentLink("Dashboard", $0["dashboardURL"].text) }
    + some.map { IncidentLink("Source of the alert", $0["generatorURL"].text) }
}
