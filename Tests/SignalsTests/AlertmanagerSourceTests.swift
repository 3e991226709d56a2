import Evidence
import Foundation
import Signals
import Testing

@Suite("Alertmanager source")
struct AlertmanagerSourceTests {
  let source = "alertmanager"
  let receivedAt = Timestamp(seconds: 1_795_492_174)

  /// A message of one alert with `edit` applied to its JSON.
  func message(_ edit: (inout [String: Any]) -> Void) throws -> [UInt8] {
    let data = Data(try fixture("alertmanager-firing.json"))
    var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    edit(&object)
    return Array(try JSONSerialization.data(withJSONObject: object))
  }

  func decode(_ edit: (inout [String: Any]) -> Void) throws -> Signal {
    try decoded(message(edit), by: source, at: receivedAt)
  }

  func error(_ edit: (inout [String: Any]) -> Void) throws -> SignalError? {
    let body = try message(edit)
    return #expect(throws: SignalError.self) { try decoded(body, by: source, at: receivedAt) }
  }

  @Test("a firing group opens an incident")
  func firing() throws {
    let signal = try decoded(fixture("alertmanager-firing.json"), by: source, at: receivedAt)
    #expect(
      signal
        == Signal(
          source: "alertmanager", incidentKey: #"{}:{alertname="HighErrorRate", cluster="eu1"}"#,
          phase: .opened, title: "5xx > 5%", severity: "page", receivedAt: receivedAt,
          times: SignalTimes(started: Timestamp(rfc3339: "2026-11-23T22:51:23Z")),
          labels: ["alertname": "HighErrorRate", "cluster": "eu1", "severity": "page"],
          links: [
            IncidentLink(label: "Runbook", url: "https://runbooks.example.com/5xx"),
            IncidentLink(label: "Alertmanager", url: "http://vm:19093"),
            IncidentLink(label: "Source of the alert", url: "http://prom:9090/graph?g0.expr=x"),
          ]))
  }

  @Test("the resolved group is the same incident, and tells when it ended")
  func resolved() throws {
    let firing = try decoded(fixture("alertmanager-firing.json"), by: source, at: receivedAt)
    let resolved = try decoded(fixture("alertmanager-resolved.json"), by: source, at: receivedAt)
    #expect(resolved.phase == .resolved)
    #expect(resolved.incidentKey == firing.incidentKey)
    #expect(resolved.times.started == firing.times.started)
    #expect(resolved.times.resolved == Timestamp(rfc3339: "2026-11-23T22:51:28Z"))
  }

  @Test("the fault began with the earliest alert that still fires")
  func earliest() throws {
    let signal = try decode {
      $0["alerts"] = [
        ["status": "resolved", "startsAt": "2026-11-23T01:00:00Z", "endsAt": "2026-11-23T02:00:00Z"],
        ["status": "firing", "startsAt": "2026-11-23T05:00:00+02:00", "endsAt": "0001-01-01T00:00:00Z"],
        ["status": "firing", "startsAt": "2026-11-23T04:00:00Z", "endsAt": "0001-01-01T00:00:00Z"],
      ]
    }
    #expect(signal.times.started == Timestamp(rfc3339: "2026-11-23T03:00:00Z"))
    #expect(signal.times.occurred == nil)
  }

  @Test("any other payload version is refused by name", arguments: ["1", "5", ""])
  func version(version: String) throws {
    #expect(try error { $0["version"] = version }?.pointer == "/version")
  }

  @Test("Grafana's payload, which says version 1, is not mistaken for Alertmanager's")
  func grafana() throws {
    let body = try fixture("grafana-firing-v12.json")
    let error = #expect(throws: SignalError.self) { try decoded(body, by: source, at: receivedAt) }
    #expect(error?.pointer == "/version")
  }

  @Test("a field that is missing is named", arguments: ["version", "status", "groupKey"])
  func missing(field: String) throws {
    #expect(try error { $0[field] = nil } == .field(pointer: "/\(field)", problem: "is missing"))
  }

  @Test("a needed field of the wrong type is named")
  func wrongType() throws {
    #expect(
      try error { $0["status"] = ["firing"] } == .field(pointer: "/status", problem: "must be a string"))
    #expect(try error { $0["status"] = NSNull() }?.description == "/status is null; it must be a string")
    #expect(try error { $0["status"] = "pending" }?.pointer == "/status")
    #expect(try error { $0["alerts"] = "none" } == .field(pointer: "/alerts", problem: "must be an array"))
    #expect(try error { $0["alerts"] = ["a": 1] }?.pointer == "/alerts")
    #expect(try error { $0["groupKey"] = "" } == .field(pointer: "/groupKey", problem: "is empty"))
  }

  @Test("what is not needed and cannot be read costs no incident, and is told")
  func remarks() throws {
    let body = try message {
      $0["commonLabels"] = ["a/b": 1, "list": [1], "severity": "page"]
      $0["alerts"] = [["startsAt": "noon"], 3, ["startsAt": "2026-11-23T03:00:00Z", "endsAt": "never"]]
      $0["status"] = "resolved"
    }
    let decoded = try decodedAll(body, by: source, at: receivedAt)
    let signal = try #require(decoded.signals.first)
    #expect(signal.labels == ["a/b": "1", "severity": "page"])
    #expect(signal.times.started == Timestamp(rfc3339: "2026-11-23T03:00:00Z"))
    #expect(decoded.remarks.map { $0.prefix { $0 != " " } } == ["/alerts/0/startsAt", "/alerts/2/endsAt"])
  }

  @Test("fields of later versions, dropped alerts and null maps do not break it")
  func tolerance() throws {
    let signal = try decode {
      $0["somethingNew"] = ["deep": [1, NSNull()]]
      $0["truncatedAlerts"] = 12
      $0["commonLabels"] = NSNull()
      $0["commonAnnotations"] = NSNull()
      $0["alerts"] = NSNull()
      $0["externalURL"] = NSNull()
    }
    #expect(signal.title == "HighErrorRate")
    #expect(signal.labels.isEmpty && signal.links.isEmpty && signal.times.started == nil)
  }

  @Test("the title falls back step by step to the group's key")
  func titles() throws {
    #expect(try decode { $0["commonAnnotations"] = ["title": "T"] }.title == "T")
    #expect(try decode { $0["commonAnnotations"] = ["summary": "  "] }.title == "HighErrorRate")
    let bare = try decode {
      for field in ["commonAnnotations", "groupLabels", "commonLabels", "alerts"] { $0[field] = nil }
      $0["groupKey"] = "{}:{}"
    }
    #expect(bare.title == "{}:{}")
  }

  @Test("a link is kept once, only if it is a web address, and no more than eight are")
  func links() throws {
    let signal = try decode {
      $0["externalURL"] = "javascript:alert(1)"
      $0["alerts"] = (0..<30).map { ["generatorURL": "http://prom/\($0 / 2)"] }
    }
    #expect(signal.links.map(\.url) == (0..<8).map { "http://prom/\($0)" })
  }

  @Test("labels are bounded, and always the same ones are kept")
  func labels() throws {
    let many = Dictionary(uniqueKeysWithValues: (0..<500).map { ("label\(1000 + $0)", "v") })
    let signal = try decode {
      $0["commonLabels"] = many.merging(["a": String(repeating: "é", count: 4000)]) { $1 }
    }
    #expect(signal.labels.count == 64)
    #expect(signal.labels["a"] == String(repeating: "é", count: 512))
    #expect(signal.labels["label1062"] == "v" && signal.labels["label1063"] == nil)
  }
}
