import Agent
import Evidence
import Foundation
import Signals
import Testing

@Suite("Sources and rules in the configuration")
struct SignalConfigurationTests {
  func parse(_ yaml: String) throws -> AgentConfiguration.SignalSettings {
    try AgentConfiguration.parse(text: "signals:\n" + yaml, file: "f").signals
  }

  func problem(_ yaml: String) -> String {
    let errors = #expect(throws: ConfigurationErrors.self) { try parse(yaml) }
    return errors?.problems.map(\.description).joined(separator: "\n") ?? ""
  }

  @Test(
    "a signature may differ from the vendor's in every part",
    arguments: [
      ("name: grafana", nil),
      (
        "name: grafana, signature: {header: X-Sig, timestamp_header: X-Time}",
        .hmac(HMACScheme(header: "X-Sig", time: .init(.header("X-Time"), separator: ":")))
      ),
      (
        "name: x, type: generic, signature: {scheme: hmac, header: X, encoding: base64, prefix: 'v0=', timestamp_element: t}",
        .hmac(
          HMACScheme(
            header: "X", encoding: .base64, prefix: "v0=", time: .init(.element("t"), separator: ".")))
      ),
      (
        "name: rootly, signature: {separator: ''}", nil
      ),
      ("name: x, type: generic, signature: {scheme: standard-webhooks}", .standardWebhooks),
      ("name: opsgenie, signature: {scheme: header, header: X-Key}", .header("X-Key")),
      ("name: statuspage, signature: {scheme: query, header: key}", .query("key")),
      ("name: datadog, signature: {scheme: basic}", .basic),
    ] as [(String, SignatureScheme?)])
  func signatures(entry: String, scheme: SignatureScheme?) throws {
    #expect(try parse("  sources: [{\(entry)}]").sources.first?.scheme == scheme)
  }

  @Test(
    "mistakes are named with their place and a remedy",
    arguments: [
      (
        "  sources: [{name: pagerdutty}]",
        "f:2: signals.sources[0].name: \"pagerdutty\" is no type of source; did you mean \"pagerduty\"?"
      ),
      (
        "  sources: [{name: x, type: nagios}]",
        "signals.sources[0].type: \"nagios\" is no type of source; write"
      ),
      ("  sources: [{type: grafana}]", "signals.sources[0].name: is missing"),
      (
        "  sources: [{name: grafana}, {name: grafana}]",
        "signals.sources[1].name: \"grafana\" is the name of another"
      ),
      ("  sources: [{name: generic, signature: {scheme: hmac}}]", "this scheme needs \"header\""),
      ("  sources: [{name: generic, signature: {header: 'a b'}}]", "is no name of a header"),
      ("  sources: [{name: generic, fields: {incident: id}}]", "begin with a slash: \"/id\""),
      ("  sources: [{name: generic, secrets: [a, b, c, d, e, f, g, h, i]}]", "more than 8 secrets"),
      ("  rules: [{match: []}]", "signals.rules[0].name: is missing"),
      ("  rules: [{name: a}, {name: a}]", "signals.rules[1].name: \"a\" is the name of another"),
      ("  rules: [{name: a, match: [severity]}]", "signals.rules[0].match[0]: \"severity\" has no \"=\""),
      ("  rules: [{name: a, match: [colour = red]}]", "\"colour\" cannot be looked at"),
      ("  rules: [{name: a, kind: mishap}]", "write one of incident, near-miss, slo-breach"),
      ("  rules: [{name: a, window: 8d}]", "is out of range; write 1s to 7d"),
      (
        "  rules: [{name: a, collectors: [logs]}]",
        "write one of journal, config, deploys, observed, packages"
      ),
      ("  rules: [{name: a, collectors: []}]", "the list is empty"),
      ("  rules: [{name: a, units: [nginx]}]", "write \"nginx.service\""),
      ("  rules: [{name: a, paths: [etc]}]", "is a relative path"),
      ("  rules: [{name: a, wnidow: 1h}]", "did you mean \"window\"?"),
      ("  replay_window: 2h", "is out of range; write 10s to 1h"),
    ])
  func mistakes(yaml: String, message: String) {
    #expect(problem(yaml).contains(message))
  }

  @Test("more rules than anybody has are refused")
  func bounded() {
    let rules = (0..<257).map { "{name: r\($0)}" }.joined(separator: ", ")
    #expect(problem("  rules: [\(rules)]").contains("signals.rules: more than 256"))
  }

  @Test(
    "a secret's file is read whole, and refused where it is none",
    arguments: [
      ("0123456789abcdef\n", nil), ("It's a Secret to Everybody", nil), ("short\n", "at least 16 are needed"),
      ("0123456789abcdef\nfedcba9876543210\n", "several lines"), ("", "has 0 bytes"),
    ] as [(String, String?)])
  func secretFiles(content: String, problem: String?) throws {
    let path = NSTemporaryDirectory() + "exhibit-secret-\(UUID().uuidString)"
    try Data(content.utf8).write(to: URL(filePath: path))
    defer { unlink(path) }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    guard let problem else {
      let expected = content.hasSuffix("\n") ? content.dropLast() : content[...]
      #expect(try TokenFile.secret(path, of: "source x") == Array(expected.utf8))
      return
    }
    let errors = #expect(throws: ConfigurationErrors.self) { try TokenFile.secret(path, of: "source x") }
    #expect(errors?.description.contains(problem) == true)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(throws: ConfigurationErrors.self) { try TokenFile.secret(path, of: "source x") }
  }

  @Test("the first rule all of whose conditions hold makes the plan")
  func plans() throws {
    var configuration = AgentConfiguration()
    configuration.signals = try parse(
      """
        rules:
          - {name: noise, match: [severity = info], capture: false}
          - {name: database, match: [service = postgres*, severity = page], window: 2h, units: [postgresql.service], paths: [/etc/postgresql]}
          - {name: budget, match: [labels.slo = *], kind: slo-breach, collectors: [journal, deploys]}
      """)
    configuration.deploys.enabled = false
    func plan(severity: String?, labels: [String: String] = [:]) -> CapturePlan {
      let signal = Signal(
        source: "generic", incidentKey: "k", phase: .opened, title: "t", severity: severity,
        receivedAt: Timestamp(seconds: 0), labels: labels)
      return configuration.plan(configuration.rule(for: SelectionFacts(signal)))
    }
    let none = plan(severity: "page")
    #expect(none.rule == nil && none.captures && none.kind == .incident && none.window == .seconds(3600))
    #expect(none.collectors == [.journal, .config, .observed, .packages])
    #expect(none.paths == AgentConfiguration().configHistory.paths)
    #expect(!plan(severity: "INFO", labels: ["slo": "x"]).captures)
    let database = plan(severity: "page", labels: ["service": "postgres-14"])
    #expect(database.rule == "database" && database.window == .seconds(7200))
    #expect(database.units == ["postgresql.service"] && database.paths == ["/etc/postgresql"])
    let budget = plan(severity: nil, labels: ["slo": "checkout"])
    #expect(budget.kind == .sloBreach && budget.collectors == [.journal])
  }
}
