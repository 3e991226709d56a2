package import Evidence

/// Prometheus Alertmanager's webhook, payload version 4
/// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
///
/// One incident is one alert group: its key is `groupKey`, which stays the same from firing to resolved.
package struct AlertmanagerSource: SignalSource {
  package let name = "alertmanager"

  package init() {}

  package func decode(_ body: [UInt8], receivedAt: Timestamp) throws(SignalError) -> Signal {
    let version = try decodeJSON(WebhookVersion.self, from: body).version
    guard version == "4" else {
      throw .field(
        pointer: "/version",
        problem: "must be \"4\", the payload of Alertmanager; send other JSON to the generic source")
    }
    let message = try decodeJSON(Webhook.self, from: body)
    guard !message.groupKey.isEmpty else { throw .field(pointer: "/groupKey", problem: "is empty") }
    let alerts = try (message.alerts ?? []).enumerated().map(AlertTimes.init)
    let isFiring = try message.isFiring()
    let counted = isFiring ? alerts.filter(\.isFiring) : alerts
    return Signal(
      source: name, incidentKey: message.groupKey, phase: isFiring ? .opened : .resolved,
      title: message.title.cut(toBytes: SignalLimits.titleBytes),
      severity: message.commonLabels?["severity"]?.trimmed?.cut(toBytes: SignalLimits.severityBytes),
      receivedAt: receivedAt, startedAt: counted.compactMap(\.startsAt).min(),
      occurredAt: isFiring ? nil : alerts.compactMap(\.endsAt).max(),
      labels: bounded(message.commonLabels ?? [:]), links: bounded(message.links))
  }
}

/// Decoded first and alone: another version's other fields may have other types.
private struct WebhookVersion: Decodable {
  let version: String
}

/// Go writes an empty map as `{}` or `null`: everything but the identity is optional.
private struct Webhook: Decodable {
  let status: String
  let groupKey: String
  let groupLabels: [String: String]?
  let commonLabels: [String: String]?
  let commonAnnotations: [String: String]?
  let externalURL: String?
  let alerts: [Alert]?

  struct Alert: Decodable {
    let status: String?
    let labels: [String: String]?
    let annotations: [String: String]?
    let startsAt: String?
    let endsAt: String?
    let generatorURL: String?
  }

  func isFiring() throws(SignalError) -> Bool {
    switch status {
    case "firing": true
    case "resolved": false
    default: throw .field(pointer: "/status", problem: "must be \"firing\" or \"resolved\"")
    }
  }

  var title: String {
    let candidates = [
      commonAnnotations?["summary"], commonAnnotations?["title"], groupLabels?["alertname"],
      commonLabels?["alertname"], alerts?.first?.annotations?["summary"], alerts?.first?.labels?["alertname"],
    ]
    return candidates.lazy.compactMap { $0?.trimmed }.first ?? groupKey
  }

  /// What a responder opens first comes first, since the number of links is limited.
  var links: [IncidentLink] {
    let alerts = alerts ?? []
    let runbooks = [commonAnnotations?["runbook_url"]] + alerts.map { $0.annotations?["runbook_url"] }
    return runbooks.compactMap { $0.map { IncidentLink(label: "Runbook", url: $0) } }
      + [externalURL].compactMap { $0.map { IncidentLink(label: "Alertmanager", url: $0) } }
      + alerts.compactMap { $0.generatorURL.map { IncidentLink(label: "Source of the alert", url: $0) } }
  }
}

private struct AlertTimes {
  let isFiring: Bool
  let startsAt: Timestamp?
  let endsAt: Timestamp?

  init(index: Int, alert: Webhook.Alert) throws(SignalError) {
    isFiring = alert.status != "resolved"
    startsAt = try Self.time(alert.startsAt, index: index, field: "startsAt")
    endsAt = try Self.time(alert.endsAt, index: index, field: "endsAt")
  }

  /// Go's zero time stands for "none": a firing alert has not ended.
  private static func time(_ text: String?, index: Int, field: String) throws(SignalError) -> Timestamp? {
    guard let text, !text.hasPrefix("0001-01-01T00:00:00") else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw .field(
        pointer: "/alerts/\(index)/\(field)", problem: "must be an RFC 3339 time, as 2026-11-24T03:49:34Z")
    }
    return time
  }
}
