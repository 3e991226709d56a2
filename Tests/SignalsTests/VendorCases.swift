import Evidence
import Testing

/// What has to come of one fixture.
struct VendorCase: CustomTestStringConvertible, Sendable {
  let source: String
  let fixture: String
  let phase: SignalPhase
  var key = ""
  var id: String?
  var title: String
  var severity: String?
  var service: String?
  var started: String?
  var detected: String?
  var acknowledged: String?
  var mitigated: String?
  var resolved: String?
  var delivery: String?

  var testDescription: String { "\(source) \(fixture)" }
}

extension VendorCase {
  static let alerts: [VendorCase] = [
    VendorCase(
      source: "alertmanager", fixture: "alertmanager-resolved.json", phase: .resolved,
      key: #"{}:{alertname="HighErrorRate", cluster="eu1"}"#, title: "5xx > 5%", severity: "page",
      started: "2026-11-23T22:51:23Z", resolved: "2026-11-23T22:51:28Z"),
    VendorCase(
      source: "grafana", fixture: "grafana-firing-v12.json", phase: .opened,
      key: "webhook-c4edaaf9f9f839b0-1777986297", title: "TestAlert", started: "2026-05-05T13:04:57.62281314Z"
    ),
    VendorCase(
      source: "datadog", fixture: "datadog-Triggered.json", phase: .opened, key: "6917612314671852000",
      title: "[P1] [Triggered on {env:prod}] Checkout latency", severity: "P1", service: "checkout",
      detected: "2026-11-24T03:00:00Z"),
    VendorCase(
      source: "datadog", fixture: "datadog-Recovered.json", phase: .resolved, key: "6917612314671852000",
      title: "[P1] [Recovered on {env:prod}] Checkout latency", severity: "P1", service: "checkout",
      resolved: "2026-11-24T03:49:34Z"),
    VendorCase(
      source: "sentry", fixture: "sentry-metric_alert.critical.json", phase: .opened, key: "4",
      title: "Critical: Too many errors", severity: "critical", service: "checkout",
      started: "2026-11-24T03:00:00Z",
      detected: "2026-11-24T03:02:00Z"),
    VendorCase(
      source: "sentry", fixture: "sentry-metric_alert.resolved.json", phase: .resolved, key: "4",
      title: "Resolved: Too many errors", service: "checkout", started: "2026-11-24T03:00:00Z",
      detected: "2026-11-24T03:02:00Z", resolved: "2026-11-24T03:49:34Z"),
    VendorCase(
      source: "sentry", fixture: "sentry-event_alert.triggered.json", phase: .opened, key: "issue/1638821441",
      title: "ReferenceError: heck is not defined", severity: "error"),
    VendorCase(
      source: "sentry", fixture: "sentry-issue.resolved.json", phase: .resolved, key: "issue/1638821441",
      title: "Exception: program has entered an invalid state.", severity: "error",
      service: "zulip-integration-testing"),
    VendorCase(
      source: "opsgenie", fixture: "opsgenie-Create.json", phase: .opened,
      key: "ec03dad6-62c8-4c94-b38b-d88f398e900f",
      title: "another alert", severity: "P3", detected: "2017-08-14T11:25:56.288Z"),
    VendorCase(
      source: "jsm", fixture: "opsgenie-Acknowledge.json", phase: .acknowledged,
      key: "052652ac-5d1c-464a-812a-7dd18bbfba8c", title: "test alert", detected: "2015-01-05T10:03:11.104Z",
      acknowledged: "2015-01-05T10:03:44.764002246Z"),
    VendorCase(
      source: "opsgenie", fixture: "opsgenie-Close.json", phase: .closed,
      key: "052652ac-5d1c-464a-812a-7dd18bbfba8c",
      title: "test alert", detected: "2015-01-05T10:03:11.104Z", resolved: "2015-01-05T10:06:14.669001603Z"),
    VendorCase(
      source: "oncall", fixture: "oncall-created.json", phase: .opened, key: "I6HNZGUFG4K11",
      title: "Checkout is down",
      severity: "critical", service: "checkout", started: "2026-11-24T03:00:00Z",
      detected: "2026-11-24T03:02:00.231148Z"),
    VendorCase(
      source: "oncall", fixture: "oncall-resolve.json", phase: .resolved, key: "I6HNZGUFG4K11",
      title: "Checkout is down", severity: "critical", service: "checkout", started: "2026-11-24T03:00:00Z",
      detected: "2026-11-24T03:02:00.231148Z", acknowledged: "2026-11-24T03:05:00Z",
      resolved: "2026-11-24T03:49:34Z"),
  ]

  static let incidents: [VendorCase] = [
    VendorCase(
      source: "pagerduty", fixture: "pagerduty-incident.triggered.json", phase: .opened, key: "PFQZPSY",
      id: "PFQZPSY",
      title: "Test Incident 3", severity: "high", service: "pig208", delivery: "01BZYIL05THJDFF2Y08X9SVMTU"),
    VendorCase(
      source: "pagerduty", fixture: "pagerduty-incident.priority_updated.signed.json", phase: .updated,
      key: "PGR0VU2", id: "PGR0VU2", title: "A little bump in the road", severity: "P1",
      service: "API Service",
      delivery: "01BWDWL3NYY7LUFPZCC28QUCMK"),
    VendorCase(
      source: "pagerduty", fixture: "pagerduty-incident.resolved.json", phase: .resolved, key: "PCPZE64",
      id: "PCPZE64",
      title: "Test Incident", severity: "high", service: "pig208", resolved: "2021-06-04T13:16:53.816Z",
      delivery: "01BZYH1JJY09P9LEIST8HG2PMN"),
    VendorCase(
      source: "pagerduty", fixture: "pagerduty-incident.annotated.json", phase: .ignored,
      title: "incident.annotated"),
    VendorCase(
      source: "incidentio", fixture: "incidentio-public_incident.incident_created_v2.min.json",
      phase: .opened,
      key: "01FDAG4SAP5TYPT98WGR2N7W91", id: "INC-123", title: "Database sad"),
    VendorCase(
      source: "incidentio", fixture: "incidentio-incident_status_updated_v2.json", phase: .resolved,
      key: "01FDAG4SAP5TYPT98WGR2N7W91", id: "INC-123", title: "Database sad", severity: "Major",
      started: "2026-11-24T03:00:00Z", detected: "2026-11-24T03:02:00Z", mitigated: "2026-11-24T03:40:00Z",
      resolved: "2026-11-24T03:49:34Z"),
    VendorCase(
      source: "incidentio", fixture: "incidentio-private_incident.incident_created_v2.json", phase: .opened,
      key: "01FDAG4SAP5TYPT98WGR2N7W91", title: "01FDAG4SAP5TYPT98WGR2N7W91"),
    VendorCase(
      source: "firehydrant", fixture: "firehydrant-incident.CREATED.json", phase: .opened,
      key: "04d9fd1a-ba9c-417d-b396-58a6e2c374de", title: "API Outage", severity: "SEV1"),
    VendorCase(
      source: "firehydrant", fixture: "firehydrant-incident.UPDATED.json", phase: .mitigated,
      key: "04d9fd1a-ba9c-417d-b396-58a6e2c374de", title: "API Outage", severity: "SEV1", service: "checkout",
      started: "2026-11-24T03:00:00Z", detected: "2026-11-24T03:02:00Z", acknowledged: "2026-11-24T03:05:00Z",
      mitigated: "2026-11-24T03:40:00Z"),
    VendorCase(
      source: "rootly", fixture: "rootly-incident.created.json", phase: .opened, key: "inc-123",
      title: "Test Incident", delivery: "evt-123/incident.created"),
    VendorCase(
      source: "rootly", fixture: "rootly-incident.resolved.json", phase: .resolved, key: "inc-123",
      title: "Test Incident", resolved: "2025-01-01T00:00:00Z", delivery: "evt-123/incident.resolved"),
    VendorCase(
      source: "statuspage", fixture: "statuspage-incident.created.json", phase: .opened, key: "z3lct0r596n4",
      title: "Database query delays", severity: "none", service: "Management Portal (example)",
      detected: "2017-12-26T07:32:00.507Z", delivery: "qm8bgczn0p2n/identified"),
    VendorCase(
      source: "statuspage", fixture: "statuspage-incident.resolved.json", phase: .resolved,
      key: "z3lct0r596n4",
      title: "Database query delays", severity: "major", service: "Management Portal",
      started: "2026-11-24T03:00:00Z",
      detected: "2026-11-24T03:02:00.507Z", mitigated: "2026-11-24T03:40:00Z",
      resolved: "2026-11-24T03:49:34Z",
      delivery: "qm8bgczn0p2n/resolved"),
    VendorCase(
      source: "statuspage", fixture: "statuspage-component_update.json", phase: .ignored,
      title: "component_update"),
    VendorCase(
      source: "jira", fixture: "jira-issue_created.json", phase: .opened, key: "BUG-15", id: "BUG-15",
      title: "New bug with hook", severity: "Major", detected: "2013-03-27T16:53:58.301Z"),
    VendorCase(
      source: "jira", fixture: "jira-issue_updated.json", phase: .updated, key: "TEST-1", id: "TEST-1",
      title: "Fix That", severity: "Medium", detected: "2017-01-30T17:30:41.962Z"),
    VendorCase(
      source: "jira", fixture: "jira-issue_resolved.json", phase: .resolved, key: "OPS-7", id: "OPS-7",
      title: "Checkout is down", severity: "Highest", service: "checkout", detected: "2026-11-24T03:00:00Z",
      resolved: "2026-11-24T03:49:34Z"),
    VendorCase(
      source: "standardwebhooks", fixture: "standardwebhooks-incident.created.json", phase: .opened,
      key: "inc_7",
      title: "Checkout is down", severity: "critical", service: "checkout", started: "2026-11-24T03:00:00Z"),
    VendorCase(
      source: "generic", fixture: "generic-opened.json", phase: .opened, key: "INC-7", id: "INC-7",
      title: "Checkout is down", severity: "SEV-1", service: "checkout", started: "2026-11-24T03:00:00Z"),
  ]

  static let events: [VendorCase] = [
    ("cdevents-incident.detected.json", SignalPhase.opened), ("cloudevents-structured.json", .opened),
    ("cdevents-incident.resolved.json", .resolved),
  ].map { fixture, phase in
    VendorCase(
      source: "cloudevents", fixture: fixture, phase: phase, key: "incident-123", id: "incident-123",
      title: phase == .opened
        ? "Response time above threshold of 100ms" : "Response time restored below 100ms",
      service: "myApp", detected: phase == .opened ? "2022-11-11T13:52:20.079Z" : nil,
      resolved: phase == .resolved ? "2022-11-11T13:52:20.079Z" : nil,
      delivery: "/monitoring/prod1#F4BD2B55-B6F6-4F44-AF72-BD2D0E7A8708/dev.cdevents.incident."
        + (phase == .opened ? "detected.0.3.0" : "resolved.0.3.0"))
  }

  static let all = alerts + incidents + events
}
