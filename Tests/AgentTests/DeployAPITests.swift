import Crypto
import Deploys
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

@Suite("The API for deploys")
struct DeployAPITests {
  private static let secret = "webhook-" + String(UInt64.random(in: .min ... .max)) + "-0123456789"

  private func bench(_ sources: [DeploySource] = DeploySource.allCases) throws -> APIBench {
    try APIBench { configuration, root in
      for source in sources where source.signatureScheme != nil {
        let file = root + "/\(source.rawValue).secret"
        let secret = source.signatureScheme == .standardWebhooks ? Self.standardSecret : Self.secret
        _ = FileManager.default.createFile(
          atPath: file, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
        configuration.deploys.webhooks.append(.init(source: source, secrets: [file]))
      }
      let token = root + "/deployer.token"
      _ = FileManager.default.createFile(
        atPath: token, contents: Data(Self.secret.utf8), attributes: [.posixPermissions: 0o600])
      configuration.tokens.append(.init(name: "deployer", roles: [.deploy], file: token))
    }
  }

  private static let key = SymmetricKey(size: .bits256)
  private static let standardSecret = "whsec_" + key.withUnsafeBytes { Data($0).base64EncodedString() }

  private static func body(_ source: DeploySource) throws -> ByteBuffer {
    let names: [DeploySource: String] = [
      .github: "github-deployment_status.success.json", .gitlab: "gitlab-deployment.success.json",
      .argocd: "argocd-sync.succeeded.json", .flux: "flux-event.error.json",
      .spinnaker: "spinnaker-pipeline.complete.json", .cdevents: "cdevents-service.deployed.json",
    ]
    guard let name = names[source] else {
      return ByteBuffer(string: #"{"service":"checkout","version":"1.4.2"}"#)
    }
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return ByteBuffer(bytes: try Data(contentsOf: folder.appending(path: "Fixtures/deploys/\(name)")))
  }

  /// As the vendor signs.
  private static func headers(_ source: DeploySource, _ body: ByteBuffer, secret: String = secret)
    -> HTTPFields
  {
    func code(_ text: String) -> String {
      HMAC<SHA256>.authenticationCode(
        for: Data(body.readableBytesView), using: SymmetricKey(data: Data(text.utf8))
      )
      .map { String(format: "%02x", $0) }.joined()
    }
    var headers = HTTPFields()
    func set(_ name: String, _ value: String) {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    switch source {
    case .github:
      set("X-Hub-Signature-256", "sha256=\(code(secret))")
      set("X-GitHub-Event", "deployment_status")
      set("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    case .gitlab:
      set("X-Gitlab-Token", secret)
      set("Idempotency-Key", "908a6d9e-45fd-46c8-97e6-c4f350f219dd")
    case .flux: set("X-Signature", "sha256=\(code(secret))")
    case .argocd: set("Authorization", "Bearer \(secret)")
    case .cdevents, .spinnaker, .generic:
      let time = String(Timestamp.now().seconds)
      let signed = Data("msg_1.\(time).".utf8) + Data(body.readableBytesView)
      let signature = Data(
        HMAC<SHA256>.authenticationCode(
          for: signed, using: secret == Self.secret ? key : .init(size: .bits256)))
      set("webhook-id", "msg_1")
      set("webhook-timestamp", time)
      set("webhook-signature", "v1,\(signature.base64EncodedString())")
    }
    return headers
  }

  private func object(_ response: TestResponse) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any])
  }

  @Test("each vendor's delivery is recorded by its own signature, and once", arguments: DeploySource.allCases)
  func signatures(source: DeploySource) async throws {
    let bench = try bench()
    let body = try Self.body(source)
    try await bench.run { client in
      for isAgain in [false, true] {
        try await client.execute(
          uri: "/v1/deploys/\(source.rawValue)", method: .post, headers: Self.headers(source, body),
          body: body
        ) { response in
          #expect(response.status == .accepted, "\(String(buffer: response.body))")
          let answer = try object(response)
          #expect(answer["duplicate"] as? Bool == isAgain)
        }
      }
    }
    let documents = try bench.database.deployDocuments(before: .now().adding(seconds: 60))
    #expect(documents.count == 1)
    #expect(documents.allSatisfy { $0.contains("\"source\":\"\(source.rawValue)\"") })
    let deliveries: [DeploySource: String] = [
      .github: "72d3162e-cc78-11e3-81ab-4c9367dc0958", .gitlab: "908a6d9e-45fd-46c8-97e6-c4f350f219dd",
      .generic: "msg_1",
    ]
    if let delivery = deliveries[source] {
      #expect(documents.allSatisfy { $0.contains("\"delivery_id\":\"\(delivery)\"") })
    }
  }

  @Test("a wrong signature, and none, is refused before the body is read", arguments: DeploySource.allCases)
  func refused(source: DeploySource) async throws {
    let bench = try bench()
    let garbage = ByteBuffer(string: "{")
    let wrong = Self.headers(source, garbage, secret: "wrong-wrong-wrong-wrong")
    try await bench.run { client in
      for headers in [wrong, HTTPFields()] {
        try await client.execute(
          uri: "/v1/deploys/\(source.rawValue)", method: .post, headers: headers, body: garbage
        ) { response in
          #expect(response.status == .unauthorized)
          #expect(!String(buffer: response.body).contains("wrong-"))
        }
      }
    }
    #expect(bench.metrics.text().contains("exhibit_requests_refused_total 2"))
    #expect(try bench.database.deployDocuments(before: .now().adding(seconds: 60)).isEmpty)
  }

  @Test("a token is as good as a signature, and without a secret the only way", arguments: [true, false])
  func tokens(hasSecrets: Bool) async throws {
    let bench = try bench(hasSecrets ? DeploySource.allCases : [])
    let body = try Self.body(.github)
    let token = HTTPFields([HTTPField(name: .authorization, value: "Bearer \(Self.secret)")])
    let reader = HTTPFields([HTTPField(name: .authorization, value: "Bearer \(APIBench.readToken)")])
    try await bench.run { client in
      for (headers, status) in [(token, HTTPResponse.Status.accepted), (reader, .forbidden)] {
        try await client.execute(uri: "/v1/deploys/github", method: .post, headers: headers, body: body) {
          #expect($0.status == status)
        }
      }
      try await client.execute(
        uri: "/v1/deploys/github", method: .post, headers: Self.headers(.github, body), body: body
      ) { #expect($0.status == (hasSecrets ? .accepted : .unauthorized)) }
      try await client.execute(uri: "/v1/deploys/jenkins", method: .post, headers: token, body: body) {
        response in
        #expect(response.status == .notFound)
        #expect(String(buffer: response.body).contains("cdevents, github"))
      }
      try await client.execute(uri: "/v1/deploys/jenkins", method: .post, body: body) {
        #expect($0.status == .unauthorized)
      }
    }
  }

  @Test("a signed delivery that is not the vendor's names the field, and an event of no deploy is accepted")
  func bodies() async throws {
    try await bench().run { client in
      let wrong = ByteBuffer(string: #"{"deployment":{"sha":"a"}}"#)
      try await client.execute(
        uri: "/v1/deploys/github", method: .post, headers: Self.headers(.github, wrong), body: wrong
      ) { response in
        #expect(response.status == .badRequest)
        let answer = try object(response)
        #expect(answer["field"] as? String == "/repository/name")
      }
      let push = ByteBuffer(string: #"{"object_kind":"push"}"#)
      try await client.execute(
        uri: "/v1/deploys/gitlab", method: .post, headers: Self.headers(.gitlab, push), body: push
      ) { response in
        #expect(response.status == .accepted)
        let answer = try object(response)
        #expect(answer["recorded"] as? Int == 0)
      }
    }
  }

  @Test("no secret of a delivery reaches the ledger")
  func redaction() async throws {
    let bench = try bench()
    let password = (0..<20).map { _ in String(Int.random(in: 0...9)) }.joined() + "aZ"
    let body = ByteBuffer(
      string: #"{"service":"checkout","version":"1","url":"https://ci:\#(password)@ci.example.com/1"}"#)
    try await bench.run(.socket) { client in
      try await client.execute(uri: "/v1/deploys/generic", method: .post, body: body) {
        #expect($0.status == .accepted)
      }
    }
    let document = try #require(try bench.database.deployDocuments(before: .now().adding(seconds: 60)).first)
    #expect(!document.contains(password) && document.contains("[REDACTED:"))
    #expect(document.contains("\"source\":\"cli\""))
  }
}
