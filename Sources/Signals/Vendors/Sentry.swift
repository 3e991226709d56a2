internal import Evidence

extension SignalSource {
  /// Sentry's integration platform (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/):
  /// metric alerts, and issue alerts, which end when their issue is resolved. It gives up after a second.
  static let sentry = SignalSource(
    name: "sentry", product: "Sentry (internal integration)",
    scheme: .hmac(HMACScheme(header: "Sentry-Hook-Signature")), bodiesDiffer: true
  ) { root, message throws(SignalError) in
    let action = try root["action"].required()
    let data = root["data"]
    let resource = message.headers["sentry-hook-resource"] ?? impliedResource(of: data)
    switch (resource, action) {
    case ("metric_alert", "critical"), ("metric_alert", "warning"), ("metric_alert", "resolved"):
      return try metricAlert(data, action)
    case ("event_alert", "triggered"): return try issueAlert(data)
    case ("issue", "resolved"), ("issue", "ignored"), ("issue", "archived"):
      return try endedIssue(data, action)
    default: return .ignored("\(resource ?? "unknown resource") \(action)")
    }
  }
}

/// A saved payload has no headers.
private func impliedResource(of data: JSONPlace) -> String? {
  ["metric_alert", "event", "issue"].first { data[$0].exists }.map { $0 == "event" ? "event_alert" : $0 }
}

private func metricAlert(_ data: JSONPlace, _ action: String) throws(SignalError) -> SignalDraft {
  let alert = data["metric_alert"]
  var draft = SignalDraft(key: try alert["id"].required(), phase: action == "resolved" ? .resolved : .opened)
  draft.title = data["description_title"].text ?? alert["title"].text
  draft.severity = action == "resolved" ? nil : action
  draft.service = alert["projects"].items.first?.text
  draft.times = SignalTimes(
    started: alert["date_started"].time, detected: alert["date_detected"].time,
    resolved: alert["date_closed"].time,
    occurred: action == "resolved" ? alert["date_closed"].time : alert["date_detected"].time)
  draft.labels = [
    "rule": alert["alert_rule"]["name"].text, "environment": alert["alert_rule"]["environment"].text,
  ].compactMapValues(\.self)
  draft.links = [IncidentLink("Sentry", data["web_url"].text)]
  return draft
}

private func issueAlert(_ data: JSONPlace) throws(SignalError) -> SignalDraft {
  let event = data["event"]
  var draft = SignalDraft(key: "issue/\(try event["issue_id"].required())", phase: .opened)
  draft.title = event["title"].text ?? data["triggered_rule"].text
  draft.severity = event["level"].text
  draft.service = event["project_slug"].text
  draft.times.occurred = event["datetime"].time
  draft.labels = [
    "rule": data["triggered_rule"].text, "environment": event["environment"].text,
    "release": event["release"].text,
  ].compactMapValues(\.self)
  draft.links = [IncidentLink("Sentry", event["web_url"].text)]
  return draft
}

private func endedIssue(_ data: JSONPlace, _ action: String) throws(SignalError) -> SignalDraft {
  let issue = data["issue"]
  var draft = SignalDraft(
    key: "issue/\(try issue["id"].required())", phase: action == "resolved" ? .resolved : .closed)
  draft.title = issue["title"].text
  draft.severity = issue["level"].text
  draft.service = issue["project"]["slug"].text
  draft.links = [IncidentLink("Sentry", issue["permalink"].text)]
  return draft
}
