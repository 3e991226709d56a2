import Evidence
import Foundation
import Signals
import Testing

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
