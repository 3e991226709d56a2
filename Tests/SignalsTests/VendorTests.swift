import Evidence
import Foundation
import Signals
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

@Suite("Vendors")
struct VendorTests {
  let receivedAt = Timestamp(seconds: 1_795_492_174)

  @Test("say what they say", arguments: VendorCase.all)
  func fixtures(vendor: VendorCase) throws {
    let signal = try decoded(fixture(vendor.fixture), by: vendor.source, at: receivedAt)
    func time(_ text: String?) -> Timestamp? { text.flatMap { Timestamp(rfc3339: $0) } }
    #expect(signal.source == vendor.source)
    #expect(signal.phase == vendor.phase)
    #expect(signal.incidentKey == vendor.key)
    #expect(signal.incidentID == vendor.id)
    #expect(signal.title == vendor.title)
    #expect(signal.severity == vendor.severity)
    #expect(signal.service == vendor.service)
    #expect(signal.labels["service"] == vendor.service)
    #expect(signal.times.started == time(vendor.started))
    #expect(signal.times.detected == time(vendor.detected))
    #expect(signal.times.acknowledged == time(vendor.acknowledged))
    #expect(signal.times.mitigated == time(vendor.mitigated))
    #expect(signal.times.resolved == time(vendor.resolved))
    #expect(signal.deliveryID == vendor.delivery)
  }

  @Test("each have a fixture, and each fixture is read without a remark")
  func complete() throws {
    #expect(Set(VendorCase.all.map(\.source)) == Set(SourceTable.all.map(\.name)))
    for vendor in VendorCase.all {
      #expect(try decodedAll(fixture(vendor.fixture), by: vendor.source, at: receivedAt).remarks.isEmpty)
    }
  }

  /// A fixture with a field that no version has, at every object.
  @Test("may add fields anywhere", arguments: VendorCase.all)
  func extraFields(vendor: VendorCase) throws {
    func extended(_ value: Any) -> Any {
      if let list = value as? [Any] { return list.map(extended) }
      guard var object = value as? [String: Any] else { return value }
      object = object.mapValues(extended)
      object["zz_new_field"] = ["deep": [1, NSNull(), ["a": 1.5]] as [Any]]
      return object
    }
    let original = try fixture(vendor.fixture)
    let object = try JSONSerialization.jsonObject(with: Data(original))
    let body = Array(try JSONSerialization.data(withJSONObject: extended(object)))
    #expect(
      try decoded(body, by: vendor.source, at: receivedAt)
        == decoded(original, by: vendor.source, at: receivedAt))
  }

  @Test(
    "name a needed field that is missing",
    arguments: [
      ("alertmanager", "{}", "/version"), ("grafana", "{}", "/status"),
      ("grafana", #"{"status":"firing"}"#, "/groupKey"), ("pagerduty", "{}", "/event/event_type"),
      ("pagerduty", #"{"event":{"event_type":"incident.triggered"}}"#, "/event/data/id"),
      ("opsgenie", "[]", "/action"), ("jsm", #"{"action":"Create","alert":{}}"#, "/alert/alertId"),
      ("incidentio", "{}", "/event_type"),
      (
        "incidentio", #"{"event_type":"public_incident.incident_created_v2"}"#,
        "/public_incident.incident_created_v2/id"
      ),
      ("firehydrant", "{}", "/event/operation"),
      ("firehydrant", #"{"event":{"operation":"CREATED"}}"#, "/data/incident/id"),
      ("rootly", "{}", "/event/type"), ("rootly", #"{"event":{"type":"incident.created"}}"#, "/data/id"),
      ("statuspage", "{}", "/incident"), ("statuspage", #"{"incident":{}}"#, "/incident/status"),
      ("statuspage", #"{"incident":{"status":"resolved"}}"#, "/incident/id"), ("sentry", "{}", "/action"),
      ("sentry", #"{"action":"critical","data":{"metric_alert":{}}}"#, "/data/metric_alert/id"),
      ("datadog", "{}", "/alert_transition"),
      ("datadog", #"{"alert_transition":"Triggered"}"#, "/alert_cycle_key"),
      ("oncall", "{}", "/event/type"), ("oncall", #"{"event":{"type":"resolve"}}"#, "/alert_group/id"),
      ("jira", "{}", "/webhookEvent"), ("jira", #"{"issue":{}}"#, "/issue/key"),
      ("jira", #"{"webhookEvent":"jira:issue_created"}"#, "/issue/key"),
      ("cloudevents", "{}", "/specversion"), ("cloudevents", #"{"specversion":"1.0"}"#, "/type"),
      ("cloudevents", #"{"specversion":"0.3"}"#, "/specversion"),
      ("cloudevents", #"{"context":{}}"#, "/context/type"),
      ("cloudevents", #"[{"specversion":"1.0","type":"t"}]"#, "/0/id"),
      (
        "cloudevents", #"{"context":{"type":"dev.cdevents.incident.detected.0.3.0","id":"1"}}"#, "/subject/id"
      ),
      ("standardwebhooks", "{}", "/type"), ("standardwebhooks", #"{"type":"incident.created"}"#, "/data/id"),
      ("generic", "{}", "/incident_id"),
    ])
  func missing(source: String, body: String, pointer: String) {
    let error = #expect(throws: SignalError.self) { try decodedAll(bytes(body), by: source, at: receivedAt) }
    #expect(error?.pointer == pointer)
  }

  @Test(
    "are let in with what is authentic and of no consequence",
    arguments: [
      ("pagerduty", #"{"event":{"event_type":"pagey.ping","data":{"message":"Hello"}}}"#),
      ("pagerduty", #"{"event":{"event_type":"service.updated"}}"#), ("opsgenie", #"{"action":"AddNote"}"#),
      ("incidentio", #"{"event_type":"public_incident.follow_up_created_v1"}"#),
      ("firehydrant", #"{"event":{"operation":"CREATED","resource_type":"change_event"}}"#),
      ("rootly", #"{"event":{"type":"pulse.created"}}"#), ("statuspage", #"{"page":{"id":"x"}}"#),
      ("statuspage", #"{"incident":{"status":"scheduled"}}"#),
      ("sentry", #"{"action":"created","data":{"issue":{}}}"#),
      ("sentry", #"{"action":"created","installation":{}}"#),
      ("datadog", #"{"alert_transition":"Triggered","alert_cycle_key":"$ALERT_CYCLE_KEY"}"#),
      ("oncall", #"{"event":{"type":"personal notification"}}"#),
      ("jira", #"{"webhookEvent":"comment_created"}"#),
      (
        "cloudevents",
        #"{"specversion":"1.0","type":"com.example.other","id":"1","source":"/x","data":{"a":1}}"#
      ),
      ("cloudevents", #"{"context":{"type":"dev.cdevents.build.started.0.3.0","id":"1"}}"#),
      ("cloudevents", "[]"),
      ("standardwebhooks", #"{"type":"invoice.paid","data":{}}"#),
    ])
  func ignored(source: String, body: String) throws {
    let signals = try decodedAll(bytes(body), by: source, at: receivedAt).signals
    #expect(signals.allSatisfy { $0.phase == .ignored && !$0.title.isEmpty })
  }

  @Test("that send nanoseconds in 19 digits are read exactly")
  func nanoseconds() throws {
    let signal = try decoded(fixture("opsgenie-Create.json"), by: "opsgenie", at: receivedAt)
    #expect(signal.times.occurred?.nanoseconds == 1_502_709_956_288_000_110)
  }

  @Test("of Sentry say which resource it is in a header, which counts more than a guess")
  func sentryResource() throws {
    let body = try fixture("sentry-issue.resolved.json")
    let headers = ["sentry-hook-resource": "comment"]
    #expect(try decoded(body, by: "sentry", headers: headers, at: receivedAt).phase == .ignored)
  }

  @Test("are linked where a browser finds them")
  func links() throws {
    #expect(
      try decoded(fixture("jira-issue_created.json"), by: "jira", at: receivedAt).links
        == [IncidentLink(label: "Jira", url: "http://lfranchi.com:8080/browse/BUG-15")])
    #expect(
      try decoded(fixture("datadog-Triggered.json"), by: "datadog", at: receivedAt).links.map(\.url)
        == ["https://app.datadoghq.com/monitors/1234567"])
  }

  @Test("of Jira's automation send the issue alone, which opens an incident or ends it")
  func jiraAutomation() throws {
    for (name, phase) in [
      ("jira-issue_created.json", SignalPhase.opened), ("jira-issue_resolved.json", .resolved),
    ] {
      let data = Data(try fixture(name))
      var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      object["webhookEvent"] = nil
      let body = Array(try JSONSerialization.data(withJSONObject: object))
      #expect(try decoded(body, by: "jira", at: receivedAt).phase == phase)
    }
  }

  @Test("of labels that are texts are taken apart")
  func tags() throws {
    let signal = try decoded(fixture("datadog-Triggered.json"), by: "datadog", at: receivedAt)
    #expect(
      signal.labels["team"] == "pay" && signal.labels["env"] == "prod" && signal.labels["urgent"] == nil)
    #expect(signal.labels["metric"] == "trace.http.request.duration")
  }

  @Test("with a key longer than a key may be still have one incident a key")
  func longKeys() throws {
    func key(_ tail: String) throws -> String {
      let text = String(repeating: "é", count: 4000) + tail
      return try decoded(
        bytes(#"{"status":"firing","groupKey":"\#(text)"}"#), by: "grafana", at: receivedAt
      ).incidentKey
    }
    let first = try key("a")
    #expect(first.utf8.count <= 1024)
    #expect(try key("a") == first)
    #expect(try key("b") != first)
  }
}

@Suite("CloudEvents over HTTP")
struct CloudEventsTests {
  let receivedAt = Timestamp(seconds: 1_795_492_174)

  func binary(_ headers: [String: String], body: [UInt8]? = nil) throws -> Signal {
    let base = [
      "ce-specversion": "1.0", "ce-id": "e1", "ce-source": "/m",
      "ce-type": "dev.cdevents.incident.detected.0.3.0",
      "content-type": "application/json",
    ]
    return try decoded(
      body ?? fixture("cdevents-incident.detected.json"), by: "cloudevents",
      headers: base.merging(headers) { $1 }, at: receivedAt)
  }

  @Test("the three modes say the same")
  func modes() throws {
    let structured = try decoded(
      fixture("cloudevents-structured.json"), by: "cloudevents",
      headers: ["content-type": "application/cloudevents+json; charset=utf-8"], at: receivedAt)
    var binary = try binary([
      "ce-id": "F4BD2B55-B6F6-4F44-AF72-BD2D0E7A8708", "ce-source": "/monitoring/prod1",
    ])
    #expect(binary == structured)
    let batch = try decodedAll(
      fixture("cloudevents-batch.json"), by: "cloudevents",
      headers: ["content-type": "application/cloudevents-batch+json"], at: receivedAt)
    #expect(batch.signals.map(\.phase) == [.opened, .resolved])
    binary = try #require(batch.signals.first)
    #expect(binary == structured)
  }

  @Test(
    "attributes of headers are unquoted and percent-decoded once",
    arguments: [
      ("/plain", "/plain"), ("\"/quoted\\\"\\\\\"", "/quoted\"\\"), ("Euro%20%E2%82%AC", "Euro €"),
      ("%2541", "%41"),
      ("100%", "100%"), ("%zz", "%zz"), ("\"", "\""),
    ])
  func attributes(value: String, text: String) throws {
    #expect(try binary(["ce-source": value]).deliveryID?.hasPrefix("\(text)#e1/") == true)
  }

  @Test("an attribute that is not UTF-8 is refused by name")
  func invalidAttribute() {
    let error = #expect(throws: SignalError.self) { try binary(["ce-source": "%ff%fe"]) }
    #expect(error?.pointer == "ce-source")
  }

  @Test("the envelope's subject and time stand in for the event's own")
  func envelope() throws {
    let signal = try binary(["ce-subject": "inc-9", "ce-time": "2026-11-24T03:00:00Z"], body: bytes("{}"))
    #expect(signal.incidentKey == "inc-9")
    #expect(signal.times.detected == Timestamp(rfc3339: "2026-11-24T03:00:00Z"))
  }

  @Test("a batch is bounded")
  func bounded() throws {
    let event = String(decoding: try fixture("cloudevents-structured.json"), as: UTF8.self)
    func batch(_ count: Int) throws -> Int {
      let body = "[" + Array(repeating: event, count: count).joined(separator: ",") + "]"
      return try decodedAll(bytes(body), by: "cloudevents", at: receivedAt).signals.count
    }
    #expect(try batch(100) == 100)
    #expect(throws: SignalError.self) { try batch(101) }
  }
}
