import Evidence
import Foundation
import Testing

@testable import exhibit

@Suite("The client", .enabled(if: FakeAgent.isAvailable, "needs python3"))
struct AgentClientTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func withClient<Result>(
    _ endpoint: AgentEndpoint, token: BearerToken? = nil, _ body: (AgentClient) async throws -> Result
  ) async throws -> Result {
    try await AgentClient.with(endpoint: endpoint, token: token, body)
  }

  /// The error that `body` ends with.
  private func failure(
    _ endpoint: AgentEndpoint, token: BearerToken? = nil, _ body: (AgentClient) async throws -> Void
  ) async -> AgentError? {
    do {
      try await withClient(endpoint, token: token, body)
      return nil
    } catch {
      return error as? AgentError
    }
  }

  @Test("reads incidents over a unix socket with any path")
  func socket() async throws {
    let agent = try FakeAgent(in: folder, socket: folder.path("o d%2Fd.SOCK"))
    let report = try await withClient(agent.endpoint) { try await $0.incident("INC-1") }
    #expect(report.incident.severity == "critical")
    #expect(report.captures.map(\.state) == [.queued])
    let page = try await withClient(agent.endpoint) {
      try await $0.incidents(state: .open, limit: 100, cursor: "201")
    }
    #expect(page.incidents.count == 50)
    #expect(page.next == nil)
  }

  @Test("waits for a capture until it is done")
  func capture() async throws {
    let agent = try FakeAgent(in: folder)
    let report = try await withClient(agent.endpoint) { client in
      let accepted = try await client.requestCapture(of: "INC-1", .init(title: "x", severity: nil))
      #expect(accepted.captureID == "C-1")
      return try await CaptureWait(client: client, incident: "INC-1", timeout: .seconds(60)).wait {
        $0.unfinishedCapture
      }
    }
    #expect(report.newestBundle?.redactions == 12)
  }

  @Test("sends what it knows of a deploy, and nothing else")
  func deploy() async throws {
    let agent = try FakeAgent(in: folder)
    let accepted = try await withClient(agent.endpoint) {
      try await $0.record(.init(service: "shop", version: "2", previousVersion: "1", outcome: "success"))
    }
    #expect(accepted == DeployAccepted(deployID: "D-1", duplicate: false))
    #expect(
      try agent.requests().first
        == #"{"outcome": "success", "previous_version": "1", "service": "shop", "version": "2"}"#)
  }

  @Test("names the socket and the remedy when nobody listens, at once")
  func absent() async throws {
    let endpoint = AgentEndpoint.socket(folder.path("none.sock"))
    let error = await failure(endpoint) { _ = try await $0.incident("INC-1") }
    #expect(error?.exitStatus == .unavailable)
    #expect(
      error?.description.contains("\(endpoint): No such file or directory; see: systemctl status exhibit")
        == true)
    let refused = await failure(.server("http://127.0.0.1:1")) { _ = try await $0.incident("INC-1") }
    #expect(refused == .notReachable(.server("http://127.0.0.1:1"), reason: "Connection refused"))
  }

  @Test("tells a missing token, a wrong one and a missing role apart")
  func tokens() async throws {
    let secret = UUID().uuidString
    let agent = try FakeAgent(in: folder, "--token", secret)
    let right = try BearerToken(file: folder.file("right", Array("\(secret)\n".utf8)))
    let wrong = try BearerToken(file: folder.file("wrong", Array("other".utf8)))
    let read: (AgentClient) async throws -> Void = { _ = try await $0.incident("INC-1") }
    #expect(await failure(agent.endpoint, read) == .unauthenticated(agent.endpoint, tokenSent: false))
    #expect(
      await failure(agent.endpoint, token: wrong, read) == .unauthenticated(agent.endpoint, tokenSent: true))
    #expect(await failure(agent.endpoint, token: right, read) == nil)
    let capture = await failure(agent.endpoint, token: right) {
      _ = try await $0.requestCapture(of: "INC-1", .init())
    }
    #expect(capture == .forbidden(agent.endpoint, detail: "the role capture is missing"))
    #expect(capture?.exitStatus == .noPermission)
  }

  @Test("passes on the agent's own words and the field")
  func problems() async throws {
    let agent = try FakeAgent(in: folder)
    let missing = await failure(agent.endpoint) { _ = try await $0.incident("INC-2") }
    #expect(missing?.isNotFound == true)
    #expect(missing?.exitStatus == .noInput)
    #expect(missing?.description == "no incident INC-2")
    let invalid = await failure(agent.endpoint) {
      _ = try await $0.requestCapture(of: "INC-1", .init(title: nil, severity: "bad"))
    }
    #expect(invalid?.description == "severity: not a severity")
  }

  @Test("understands an answer that no agent gave", arguments: [302, 404, 500, 503])
  func proxies(_ status: Int) async throws {
    let agent = try FakeAgent(in: folder, "--status", "\(status)")
    let error = try #require(await failure(agent.endpoint) { _ = try await $0.incident("INC-1") })
    #expect(error.exitStatus == [302: .failed, 404: .noInput, 500: .failed, 503: .unavailable][status])
    #expect(!error.description.contains("<html>"))
  }

  @Test("refuses a token file that others may read, and one that is no token")
  func tokenFiles() throws {
    for mode in [0o644, 0o640, 0o604, 0o620] {
      let path = try folder.file("open", Array("x".utf8), mode: mode)
      let error = #expect(throws: CommandFailure.self) { try BearerToken(file: path) }
      #expect(error?.status == .noPermission)
      #expect(error?.description.contains("chmod 600") == true)
    }
    for content in [[], Array("two words".utf8), Array("\n".utf8), [0xFF, 0xFE], randomBytes(5000)]
      as [[UInt8]]
    {
      let path = try folder.file("bad", content)
      #expect(throws: CommandFailure.self) { try BearerToken(file: path) }
    }
    #expect(throws: FileError.self) { try BearerToken(file: folder.path("none")) }
    #expect(throws: CommandFailure.self) { try BearerToken(file: folder.url.path) }
  }
}
