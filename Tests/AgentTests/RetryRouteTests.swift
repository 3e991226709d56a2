import Evidence
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Redaction
import Storage
import Testing

@testable import Agent

@Suite("The route that makes a failed capture again")
struct RetryRouteTests {
  @Test("queues it, freezes the journal for it, and refuses one that has not failed")
  func retry() async throws {
    let bench = try APIBench()
    let signal = Signal(
      source: "generic", incidentKey: "k", incidentID: "INC-1", phase: .opened, title: "t", receivedAt: .now()
    )
    _ = try await bench.database.accept(
      signal, body: bench.settings.value.redactor.redact("{}"), headers: [:], queueLimit: 64)
    let row = try #require(try await bench.database.claimCapture(at: .now()))
    try await bench.run(.socket) { client in
      try await client.execute(uri: "/v1/captures/\(row.id)/retry", method: .post) {
        #expect($0.status == .conflict)
      }
      try await bench.database.fail(row.id, error: "no", at: .now(), retryAt: nil)
      try await client.execute(uri: "/v1/captures/\(row.id)/retry", method: .post) { response in
        #expect(response.status == .accepted)
        #expect(String(buffer: response.body).contains("\"capture_id\":\"\(row.id)\""))
      }
      try await client.execute(uri: "/v1/captures/none/retry", method: .post) {
        #expect($0.status == .notFound)
      }
    }
    #expect(try await bench.database.capture(row.id)?.state == .queued)
    #expect(bench.lines.messages.contains { $0.contains("capture.retried") })
  }

  @Test("is no one's but an administrator's")
  func roles() async throws {
    let bench = try APIBench()
    try await bench.run { client in
      let headers: HTTPFields = [.authorization: "Bearer \(APIBench.readToken)"]
      try await client.execute(uri: "/v1/captures/x/retry", method: .post, headers: headers) {
        #expect($0.status == .forbidden)
      }
    }
  }
}
