import Crypto
import Evidence
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Redaction
import Signals
import Storage
import Testing

@testable import Agent

private func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

extension APIBench {
  fileprivate func make(_ body: String) async throws -> (status: HTTPResponse.Status, answer: String) {
    try await runReturning(.socket) { client in
      try await client.execute(uri: "/v1/tokens", method: .post, body: ByteBuffer(string: body)) {
        ($0.status, String(buffer: $0.body))
      }
    }
  }

  fileprivate func token(_ body: String) async throws -> String {
    let (status, answer) = try await make(body)
    try #require(status == .created, "\(answer)")
    let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
    return try #require(object?["token"] as? String)
  }

  fileprivate func status(
    _ path: String, _ token: String, method: HTTPRequest.Method = .get, body: String = ""
  ) async throws -> HTTPResponse.Status {
    try await runReturning(.network) { client in
      try await client.execute(
        uri: path, method: method, headers: bearer(token), body: ByteBuffer(string: body)
      ) { $0.status }
    }
  }

  private func runReturning<Value: Sendable>(
    _ door: Door, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Value
  ) async throws -> Value {
    try await Application(router: api.router(door: door)).test(.router) { try await body($0) }
  }
}

@Suite("Tokens that are made at run time")
struct TokenTests {
  @Test("a token does what its roles say, from when it is made until it is revoked")
  func life() async throws {
    let bench = try APIBench()
    let token = try await bench.token(#"{"name":"ci","roles":["deploy","read"]}"#)
    #expect(token.hasPrefix("exh_") && token.utf8.count == 68)
    #expect(try await bench.status("/v1/incidents", token) == .ok)
    #expect(try await bench.status("/v1/audit", token) == .forbidden)
    #expect(try await bench.status("/v1/incidents", token.replacing("exh_", with: "exh-")) == .unauthorized)
    let row = try #require(bench.api.tokens.rows.first)
    #expect(row.lastUsedAt != nil && row.createdBy == "socket")
    try await bench.run(.socket) { client in
      try await client.execute(uri: "/v1/tokens/ci", method: .delete) { #expect($0.status == .noContent) }
      try await client.execute(uri: "/v1/tokens/ci", method: .delete) { #expect($0.status == .notFound) }
    }
    #expect(try await bench.status("/v1/incidents", token) == .unauthorized)
    // Its name stays taken: the audit has it.
    #expect(try await bench.make(#"{"name":"ci","roles":["read"]}"#).status == .conflict)
    let actions = try await bench.audit.log.rows(before: nil, action: "token", limit: 10).elements
    #expect(actions.map { "\($0.action) \($0.subject)" } == ["token.revoked ci", "token.created ci"])
  }

  @Test(
    "a member that is not known is refused: what was to narrow or to end the token would be missing",
    arguments: [
      ("expires", "1d", "did you mean \\\"expires_at\\\"?"), ("incident", "x", "incidents"),
      ("a/b~", "x", "/a~1b~0"),
    ])
  func strangers(name: String, value: String, remedy: String) async throws {
    let bench = try APIBench()
    let (status, answer) = try await bench.make(
      "{\"name\":\"x\",\"roles\":[\"read\"],\"\(name)\":\"\(value)\"}")
    #expect(status == .badRequest && answer.replacing("\\/", with: "/").contains(remedy), "\(answer)")
    #expect(bench.api.tokens.rows.isEmpty)
  }

  @Test("a restart knows the tokens, and the disk does not have their values")
  func durable() async throws {
    let bench = try APIBench()
    let token = try await bench.token(#"{"name":"oncall","roles":["read"]}"#)
    #expect(try await bench.status("/v1/incidents", token) == .ok)
    let again = try TokenStore(
      database: StateDatabase(path: bench.folder.database), logger: Logger(label: "test"))
    #expect(again.rows.map(\.name) == ["oncall"])
    #expect(again.rows.first?.lastUsedFrom != nil)
    for name in try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) {
      guard let data = FileManager.default.contents(atPath: bench.folder.path + "/" + name) else { continue }
      #expect(data.range(of: Data(token.dropFirst(4).utf8)) == nil, "\(name)")
    }
  }

  @Test("a token that expired is none")
  func expiry() async throws {
    let bench = try APIBench()
    let soon = Timestamp.now().adding(seconds: 3600).rfc3339
    let token = try await bench.token(#"{"name":"x","roles":["read"],"expires_at":"\#(soon)"}"#)
    let digest = SHA256.hash(data: Data(token.utf8))
    let now = Timestamp.now()
    #expect(await bench.api.tokens.access(of: digest, at: now, from: "x") != nil)
    #expect(await bench.api.tokens.access(of: digest, at: now.adding(seconds: 3601), from: "x") == nil)
  }

  @Test(
    "a wish that makes no sense is refused, and said what about it",
    arguments: [
      (#"{"name":"a b","roles":["read"]}"#, "is not a name"), (#"{"name":"a","roles":[]}"#, "at least one"),
      (#"{"name":"a","roles":["root"]}"#, "has to be JSON like"), ("{", "has to be JSON like"),
      (#"{"name":"a","roles":["read"],"expires_at":"2020-01-01T00:00:00Z"}"#, "is past"),
      (#"{"name":"a","roles":["admin"],"incidents":["x"]}"#, "only a token of the role read"),
      (#"{"name":"a","roles":["read"],"conditions":["colour = red"]}"#, "cannot be looked at"),
    ])
  func refused(body: String, message: String) async throws {
    let (status, answer) = try await APIBench().make(body)
    #expect(status == .badRequest && answer.contains(message), "\(answer)")
  }

  @Test("a name of the configuration cannot be made, nor revoked")
  func configured() async throws {
    let bench = try APIBench()
    #expect(try await bench.make(#"{"name":"sre","roles":["read"]}"#).status == .conflict)
    try await bench.run(.socket) { client in
      try await client.execute(uri: "/v1/tokens/sre", method: .delete) { #expect($0.status == .conflict) }
      try await client.execute(uri: "/v1/tokens", method: .get) { response in
        let text = String(buffer: response.body)
        #expect(text.contains("\"kind\":\"configuration\"") && !text.contains(APIBench.readToken))
      }
    }
  }

  @Test("the number of tokens is bounded, and those of no use go first")
  func bounded() async throws {
    let bench = try APIBench()
    let now = Timestamp.now()
    func row(_ name: String, _ expiry: Timestamp?) -> TokenRow {
      TokenRow(
        name: name, hash: name, roles: ["read"], incidents: [], conditions: [], createdAt: now,
        createdBy: "test", expiresAt: expiry)
    }
    for index in 1..<StateDatabase.tokenLimit {
      #expect(try await bench.database.add(row("t\(index)", nil)))
    }
    #expect(try await bench.database.add(row("expired", now.adding(seconds: -1))))
    #expect(try await bench.database.add(row("last", nil)))
    #expect(try await !bench.database.add(row("more", nil)))
    #expect(try bench.database.tokens().contains { $0.name == "expired" } == false)
  }
}

@Suite("A token that is narrowed to some incidents")
struct ScopeTests {
  private let bench: APIBench
  private let mine: CaptureRow
  private let theirs: CaptureRow

  init() async throws {
    bench = try APIBench()
    theirs = try await bench.addBundle([1, 2, 3], incident: "SHOP-1")
    mine = try await bench.addBundle([1, 2, 3], incident: "PAY-1")
  }

  private func body(_ path: String, _ token: String) async throws -> String {
    try await Application(router: bench.api.router(door: .network)).test(.router) { client in
      try await client.execute(uri: path, method: .get, headers: bearer(token)) { String(buffer: $0.body) }
    }
  }

  @Test(
    "sees these and their bundles, and nothing else, by pattern and by condition",
    arguments: [#""incidents":["PAY-*"]"#, #""incidents":["x","PAY-1"]"#, #""conditions":["title = pay*"]"#])
  func narrowed(scope: String) async throws {
    try await titled("PAY-2", "payments down")
    let isPattern = scope.contains("incidents")
    let token = try await bench.token("{\"name\":\"p\",\"roles\":[\"read\"],\(scope)}")
    let seen = isPattern ? "PAY-1" : "PAY-2"
    let list = try await body("/v1/incidents", token)
    #expect(list.contains("\"\(seen)\"") && !list.contains("SHOP-1"), "\(list)")
    #expect(try await bench.status("/v1/incidents/\(seen)", token) == .ok)
    #expect(try await bench.status("/v1/incidents/SHOP-1", token) == .notFound)
    #expect(try await bench.status("/v1/incidents/SHOP-1/readers", token) == .notFound)
    #expect(try await bench.status("/v1/incidents/SHOP-1/timeline", token) == .notFound)
    for path in ["", "/content"] {
      #expect(try await bench.status("/v1/bundles/\(theirs.id)\(path)", token) == .notFound)
      let status = try await bench.status("/v1/bundles/\(mine.id)\(path)", token)
      #expect(status == (isPattern ? .ok : .notFound))
    }
    let bundles = try await body("/v1/bundles", token)
    #expect(bundles.contains(mine.id) == isPattern && !bundles.contains(theirs.id))
    // What is of the whole host, and what is not reading.
    for path in ["/v1/config/watch", "/v1/audit", "/v1/tokens"] {
      #expect(try await bench.status(path, token) == .forbidden, "\(path)")
    }
    let capture = "/v1/incidents/PAY-1/captures"
    #expect(try await bench.status(capture, token, method: .post) == .forbidden)
  }

  private func titled(_ id: String, _ title: String) async throws {
    _ = try await bench.database.accept(
      Signal(
        source: "generic", incidentKey: id, incidentID: id, phase: .opened, title: title, receivedAt: .now()),
      body: bench.settings.value.redactor.redact("{}"), headers: [:], queueLimit: 64)
  }
}
