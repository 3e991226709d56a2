import Capture
import Crypto
import Evidence
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Signals
import Storage
import Testing

@testable import Agent

private let secret = "lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK"
private let pagerDutySignature = "v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd"

private func fixture(_ name: String) throws -> ByteBuffer {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return ByteBuffer(bytes: try Data(contentsOf: folder.appending(path: "Fixtures/signals/\(name)")))
}

private func hexMAC(_ text: String, key: String) -> String {
  HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(key.utf8)))
    .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func object(_ response: TestResponse) throws -> [String: Any] {
  try #require(
    try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any])
}

/// A bench with the configuration `yaml` of signals, in which `SECRET` is a file with that secret.
private func makeBench(_ yaml: String, secret: String = secret) throws -> APIBench {
  try APIBench { configuration, root in
    let file = root + "/source.secret"
    do {
      try Data(secret.utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      let text = "signals:\n" + yaml.replacing("SECRET", with: file)
      let limit = configuration.signals.maxBody
      configuration.signals = try AgentConfiguration.parse(text: text, file: "f").signals
      configuration.signals.maxBody = limit
    } catch {
      Issue.record("\(error)")
    }
  }
}

@Suite("Signed signals at the door")
struct SignatureRouteTests {
  @Test("PagerDuty's published signature opens an incident, its body alone opens none")
  func pagerDuty() async throws {
    let bench = try makeBench("  sources: [{name: pagerduty, secrets: [SECRET]}]")
    let body = try fixture("pagerduty-incident.priority_updated.signed.json")
    let name = try #require(HTTPField.Name("X-PagerDuty-Signature"))
    try await bench.run { client in
      for (value, status) in [(pagerDutySignature, HTTPResponse.Status.accepted), ("v1=00", .unauthorized)] {
        try await client.execute(
          uri: "/v1/signals/pagerduty", method: .post, headers: [name: value], body: body
        ) { response in
          #expect(response.status == status)
          if status == .accepted {
            let answer = try object(response)
            #expect(answer["incident_id"] as? String == "PGR0VU2")
          }
        }
      }
      try await client.execute(uri: "/v1/signals/pagerduty", method: .post, body: body) {
        #expect($0.status == .unauthorized)
      }
      // A token is no signature: who has secrets is known by them.
      try await client.execute(
        uri: "/v1/signals/pagerduty", method: .post,
        headers: [.authorization: "Bearer \(APIBench.signalToken)"], body: body
      ) { #expect($0.status == .unauthorized) }
    }
    #expect(bench.lines.messages.filter { $0.contains("request.refused") }.count == 3)
    #expect(try await bench.database.queueLength() == 1)
    #expect(try await bench.database.signals(of: "PGR0VU2").count == 1)
  }

  @Test("a replay inside of the window is one signal, with whatever unsigned headers it comes")
  func replay() async throws {
    let yaml =
      "  sources: [{name: shop, type: generic, secrets: [SECRET], "
      + "signature: {scheme: hmac, header: X-Sig, timestamp_header: X-Time}}]"
    let bench = try makeBench(yaml, secret: "0123456789abcdef")
    let (signature, time, id) = (
      try #require(HTTPField.Name("X-Sig")), try #require(HTTPField.Name("X-Time")),
      try #require(HTTPField.Name.deliveryID)
    )
    let body = #"{"incident_id":"INC-7"}"#
    @Sendable func headers(_ seconds: Int64, _ delivery: String) -> HTTPFields {
      [
        signature: hexMAC("\(seconds):\(body)", key: "0123456789abcdef"), time: "\(seconds)", id: delivery,
      ]
    }
    let now = Timestamp.now().seconds
    try await bench.run { client in
      for (seconds, delivery, status) in [
        (now, "a", HTTPResponse.Status.accepted), (now, "b", .accepted), (now - 3600, "c", .unauthorized),
        (now + 3600, "d", .unauthorized), (now - 1, "e", .accepted),
      ] {
        try await client.execute(
          uri: "/v1/signals/shop", method: .post, headers: headers(seconds, delivery),
          body: ByteBuffer(string: body)
        ) { #expect($0.status == status) }
      }
    }
    // The replay, with its new delivery id, left no row; the retry that was signed anew did.
    #expect(try await bench.database.signals(of: "INC-7").count == 2)
    #expect(try await bench.database.queueLength() == 1)
  }

  @Test("a body without a time, signed by a vendor whose bodies differ, is one signal however often it comes")
  func replayWithoutTime() async throws {
    let bench = try makeBench(
      "  sources: [{name: firehydrant, secrets: [SECRET]}]", secret: "0123456789abcdef")
    let body = try fixture("firehydrant-incident.CREATED.json")
    let name = try #require(HTTPField.Name("fh-signature"))
    let signature = hexMAC(String(buffer: body), key: "0123456789abcdef")
    try await bench.run { client in
      for duplicate in [false, true] {
        try await client.execute(
          uri: "/v1/signals/firehydrant", method: .post, headers: [name: signature], body: body
        ) { response in
          let answer = try object(response)
          #expect(answer["duplicate"] as? Bool == duplicate)
        }
      }
    }
    let incidents = try await bench.database.incidents(state: nil, after: nil, limit: 10).elements
    #expect(try await bench.database.signals(of: incidents[0].id).count == 1)
  }

  @Test("a secret is changed without a restart")
  func rotation() async throws {
    let bench = try makeBench(
      "  sources: [{name: opsgenie, secrets: [SECRET], signature: {scheme: header, header: X-Key}}]",
      secret: "old-secret-0123456789")
    let name = try #require(HTTPField.Name("X-Key"))
    func send(_ secret: String, _ status: HTTPResponse.Status) async throws {
      try await bench.run { client in
        try await client.execute(
          uri: "/v1/signals/opsgenie", method: .post, headers: [name: secret],
          body: fixture("opsgenie-Create.json")
        ) { #expect($0.status == status) }
      }
    }
    try await send("old-secret-0123456789", .accepted)
    try await send("new-secret-0123456789", .unauthorized)
    try Data("new-secret-0123456789".utf8).write(to: URL(filePath: bench.root + "/source.secret"))
    var settings = bench.settings.value
    settings.sources = try settings.configuration.signals.registry()
    bench.settings.replace(with: settings)
    try await send("old-secret-0123456789", .unauthorized)
    try await send("new-secret-0123456789", .accepted)
  }

  @Test("a secret in the URL lets in, and stands in no log line")
  func query() async throws {
    let bench = try makeBench(
      "  sources: [{name: statuspage, secrets: [SECRET]}]", secret: "url-secret-0123456789")
    let body = try fixture("statuspage-incident.created.json")
    try await bench.run { client in
      for (query, status) in [
        ("?token=url-secret-0123456789", HTTPResponse.Status.accepted),
        ("?token=wrong-secret", .unauthorized),
        ("", .unauthorized),
      ] {
        try await client.execute(uri: "/v1/signals/statuspage\(query)", method: .post, body: body) {
          #expect($0.status == status)
        }
      }
    }
    #expect(!bench.lines.messages.contains { $0.contains("url-secret") || $0.contains("wrong-secret") })
  }

  @Test("a token may be a password, for senders that know no other way")
  func basic() async throws {
    let pair = Data("datadog:\(APIBench.signalToken)".utf8).base64EncodedString()
    let wrong = Data("datadog:wrong".utf8).base64EncodedString()
    try await APIBench().run { client in
      for (value, status) in [
        (pair, HTTPResponse.Status.accepted), (wrong, .unauthorized), ("!", .unauthorized),
      ] {
        try await client.execute(
          uri: "/v1/signals/datadog", method: .post, headers: [.authorization: "Basic \(value)"],
          body: fixture("datadog-Triggered.json")
        ) { #expect($0.status == status) }
      }
    }
  }

  @Test("an authentic event of no consequence is accepted, and kept nowhere")
  func ignored() async throws {
    let bench = try APIBench()
    try await bench.run { client in
      try await client.execute(
        uri: "/v1/signals/pagerduty", method: .post,
        headers: [.authorization: "Bearer \(APIBench.signalToken)"],
        body: fixture("pagerduty-incident.annotated.json")
      ) { response in
        #expect(response.status == .accepted)
        let answer = try object(response)
        #expect(answer["phase"] as? String == "ignored")
      }
    }
    #expect(try await bench.database.incidents(state: nil, after: nil, limit: 10).elements.isEmpty)
    #expect(bench.metrics.text().contains("exhibit_signals_total{phase=\"ignored\",source=\"pagerduty\"} 1"))
  }

  @Test("each event of a batch is a signal, and the batch again is none")
  func batch() async throws {
    let bench = try APIBench()
    let headers: HTTPFields = [
      .authorization: "Bearer \(APIBench.signalToken)", .contentType: "application/cloudevents-batch+json",
    ]
    try await bench.run { client in
      for duplicate in [false, true] {
        try await client.execute(
          uri: "/v1/signals/cloudevents", method: .post, headers: headers,
          body: fixture("cloudevents-batch.json")
        ) { response in
          #expect(response.status == .accepted)
          let signals = try #require(try object(response)["signals"] as? [[String: Any]])
          #expect(signals.map { $0["phase"] as? String } == ["opened", "resolved"])
          #expect(signals.allSatisfy { $0["duplicate"] as? Bool == true } == duplicate)
        }
      }
    }
    let incident = try #require(try await bench.database.incident("incident-123"))
    #expect(incident.state == .resolved)
    #expect(incident.labels["service"] == "myApp")
  }

  @Test("CloudEvents' handshake is answered for sources that are there")
  func handshake() async throws {
    try await APIBench().run { client in
      let origin = try #require(HTTPField.Name("WebHook-Request-Origin"))
      let rate = try #require(HTTPField.Name("WebHook-Request-Rate"))
      let allowed = try #require(HTTPField.Name("WebHook-Allowed-Origin"))
      try await client.execute(
        uri: "/v1/signals/cloudevents", method: .options,
        headers: [origin: "events.example.com", rate: "120"]
      ) { response in
        #expect(response.status == .ok)
        #expect(response.headers[allowed] == "events.example.com")
        #expect(response.headers[.allow] == "OPTIONS, POST")
        #expect(response.headers[HTTPField.Name("WebHook-Allowed-Rate") ?? .allow] == "*")
      }
      try await client.execute(uri: "/v1/signals/nagios", method: .options) {
        #expect($0.status == .notFound)
      }
    }
  }
}

@Suite("Rules at the door")
struct RuleRouteTests {
  private let yaml = """
      rules:
        - {name: elsewhere, match: [labels.host != web-1, labels.host = *], capture: false}
        - {name: budget, match: [labels.slo = *], kind: slo-breach, collectors: [deploys], window: 2h}
    """

  private func send(_ bench: APIBench, _ body: String) async throws -> String? {
    let answers = CapturedLog()
    try await bench.run { client in
      try await client.execute(
        uri: "/v1/signals/generic", method: .post,
        headers: [.authorization: "Bearer \(APIBench.signalToken)"],
        body: ByteBuffer(string: body)
      ) { response in
        #expect(response.status == .accepted)
        if let id = try object(response)["incident_id"] as? String { answers.add(id) }
      }
    }
    return answers.messages.first
  }

  @Test("an incident of another host is accepted, and opens nothing here")
  func elsewhere() async throws {
    let bench = try makeBench(yaml)
    #expect(try await send(bench, #"{"incident_id":"A","labels":{"host":"web-2"}}"#) == nil)
    #expect(try await send(bench, #"{"incident_id":"B","labels":{"host":"web-1"}}"#) == "B")
    #expect(try await send(bench, #"{"incident_id":"C"}"#) == "C")
    #expect(try await bench.database.queueLength() == 2)
    // Of one that is open here every signal counts, whatever rule it matches by now.
    #expect(
      try await send(bench, #"{"incident_id":"B","status":"acknowledged","labels":{"host":"web-2"}}"#) == "B")
    #expect(try await bench.database.incident("B")?.state == .acknowledged)
  }

  @Test("an incident knows its rule and its kind, which a sender cannot set")
  func labels() async throws {
    let bench = try makeBench(yaml)
    let body = #"{"incident_id":"A","labels":{"slo":"x","exhibit.rule":"elsewhere","exhibit.kind":"none"}}"#
    #expect(try await send(bench, body) == "A")
    let incident = try #require(try await bench.database.incident("A"))
    #expect(incident.labels == ["slo": "x", "exhibit.rule": "budget", "exhibit.kind": "slo-breach"])
    let settings = bench.settings.value
    let rule = settings.configuration.rule(of: incident)
    #expect(settings.collectors(under: rule).map(\.name) == ["deploys"])
    #expect(settings.configuration.plan(rule).window == .seconds(7200))
    #expect(settings.collectors(under: nil).count == AgentConfiguration.CollectorName.allCases.count)
  }

  @Test("every collector has a name that a rule can use")
  func collectorNames() throws {
    let names = try APIBench().settings.value.collectors.map(\.name)
    #expect(names == AgentConfiguration.CollectorName.allCases.map(\.rawValue))
  }
}
