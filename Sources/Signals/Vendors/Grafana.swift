extension SignalSource {
  /// Grafana Alerting's webhook contact point
  /// (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/):
  /// Alertmanager's groups of alerts. It signs by HMAC where that is switched on; the names of its headers are the
  /// user's, and with a header for the time that is signed, too, as `time:body`.
  static let grafana = SignalSource(
    name: "grafana", product: "Grafana Alerting (webhook contact point)",
    scheme: .hmac(HMACScheme(header: "X-Grafana-Alerting-Signature")), bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    try alertGroup(root, vendor: "Grafana")
  }
}
