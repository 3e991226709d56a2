import Agent
import Evidence
import Foundation
import Signals
import Testing

@testable import exhibit

@Suite("exhibit signals explain")
struct SignalTextTests {
  private func explained(
    _ fixture: String, by source: String, _ yaml: String = "", headers: [(name: String, value: String)] = []
  ) throws -> SignalExplanation {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let body = Array(try Data(contentsOf: folder.appending(path: "Fixtures/signals/\(fixture)")))
    var configuration = try AgentConfiguration.parse(text: yaml, file: "f")
    configuration.redaction.rulesDirectory = "/nonexistent"
    return try #require(
      try configuration.explain(
        source: source, body: body, headers: headers, receivedAt: Timestamp(seconds: 0)))
  }

  private func object(_ explanation: SignalExplanation) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(JSONOutput.encoded(explanation))) as? [String: Any])
  }

  @Test("says what a message says, which rule it matched, and what would be captured")
  func opened() throws {
    let yaml = """
      signals:
        rules:
          - {name: pages, match: [severity = page], window: 2h, units: [nginx.service], kind: near-miss, collectors: [journal, config]}
      """
    let explanation = try explained("alertmanager-firing.json", by: "alertmanager", yaml)
    let text = SignalText.rendered(explanation, colour: false)
    for line in [
      "Phase         opened", #"Incident key  {}:{alertname="HighErrorRate", cluster="eu1"}"#,
      "Title         5xx > 5%",
      "Severity      page", "Fault began   2026-11-23T22:51:23.000000000Z", "Rule          pages",
      "Capture       journal, config", "Kind          near-miss", "Window        2h before the signal",
      "Units         nginx.service",
    ] {
      #expect(text.contains(line + "\n"), "\(line)\nis not in\n\(text)")
    }
    let json = try object(explanation)
    #expect(json["phase"] as? String == "opened" && json["rule"] as? String == "pages")
    let capture = try #require(json["capture"] as? [String: Any])
    #expect(capture["captures"] as? Bool == true && capture["window_seconds"] as? Int == 7200)
    #expect(capture["kind"] as? String == "near-miss")
  }

  @Test("says why nothing would be captured")
  func nothing() throws {
    let rule = "signals: {rules: [{name: quiet, match: [], capture: false}]}"
    #expect(
      try explained("alertmanager-firing.json", by: "alertmanager", rule).signals[0].reason
        == "the rule \"quiet\" says so")
    #expect(
      try explained("alertmanager-resolved.json", by: "alertmanager").signals[0].reason
        == "a signal of this phase opens no incident")
    let ignored = try explained("pagerduty-incident.annotated.json", by: "pagerduty")
    #expect(!ignored.signals[0].plan.captures)
    #expect(SignalText.rendered(ignored, colour: false).contains("Message  incident.annotated\n"))
  }

  @Test("a batch is a list, and headers count")
  func batch() throws {
    let explanation = try explained("cloudevents-batch.json", by: "cloudevents")
    #expect((try object(explanation)["signals"] as? [Any])?.count == 2)
    let comment = try explained(
      "sentry-issue.resolved.json", by: "sentry", headers: [("Sentry-Hook-Resource", "comment")])
    #expect(comment.signals[0].signal.phase == .ignored)
  }

  @Test("secrets are removed before anything is read")
  func redacted() throws {
    let configuration = AgentConfiguration()
    let secret = "hunter2hunter2" + String(UInt64.random(in: .min ... .max))
    let body = Array(#"{"incident_id":"A","title":"login with password=\#(secret) fails"}"#.utf8)
    let explanation = try configuration.explain(
      source: "generic", body: body, headers: [], receivedAt: Timestamp(seconds: 0))
    let title = try #require(explanation?.signals.first?.signal.title)
    #expect(title.contains("[REDACTED:") && !title.contains(secret))
  }

  @Test("a source of the configuration is there by its own name, an unknown one is not")
  func sources() throws {
    let yaml = "signals: {sources: [{name: team-b, type: grafana, secrets: [x]}]}"
    #expect(try explained("grafana-firing-v12.json", by: "team-b", yaml).signals[0].signal.source == "team-b")
    #expect(
      try AgentConfiguration().explain(source: "nagios", body: [], headers: [], receivedAt: .now()) == nil)
    let summaries = try AgentConfiguration.parse(text: yaml, file: "f").sourceSummaries
    #expect(summaries.map(\.name).contains("team-b") && summaries.count == SourceTable.all.count + 1)
    let teamB = try #require(summaries.first { $0.name == "team-b" })
    #expect(teamB.authentication.contains("X-Grafana-Alerting-Signature") && teamB.secrets == 1)
  }

  @Test("every source says how a sender is known", arguments: SourceTable.all.map(\.name))
  func authentication(name: String) throws {
    let source = try #require(SourceTable[name])
    #expect(!source.scheme.description.isEmpty && !source.product.isEmpty)
  }

  @Test(
    "headers are written as curl takes them",
    arguments: [("A: b", "A", "b"), ("A:b", "A", "b"), ("A: b: c", "A", "b: c"), ("A:", "A", "")])
  func headers(text: String, name: String, value: String) {
    let header = HeaderArgument(argument: text)
    #expect(header?.name == name && header?.value == value)
    #expect(HeaderArgument(argument: "no colon") == nil && HeaderArgument(argument: ": x") == nil)
  }
}
