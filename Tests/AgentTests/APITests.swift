import Evidence
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Storage
import Testing

@testable import Agent

private let alert = """
  {"version":"4","groupKey":"g1","status":"firing","receiver":"r","groupLabels":{"alertname":"A"},
   "commonLabels":{"alertname":"A","severity":"page"},"commonAnnotations":{},"externalURL":"http://am",
   "alerts":[{"status":"firing","labels":{"alertname":"A"},"annotations":{},"startsAt":"2026-11-24T03:00:00Z",
   "endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"f"}]}
  """

private func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

private func object(_ response: TestResponse) throws -> [String: Any] {
  try #require(
    try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any])
}

@Suite("The signal routes")
struct SignalRouteTests {
  @Test("an authentic alert is on disk before it is acknowledged")
  func accepts() async throws {
    let bench = try APIBench()
    try await bench.run { client in
      try await client.execute(
        uri: "/v1/signals/alertmanager", method: .post, headers: bearer(APIBench.signalToken),
        body: ByteBuffer(string: alert)
      ) { response in
        #expect(response.status == .accepted)
        let answer = try object(response)
        #expect(answer["phase"] as? String == "opened")
        let other = try StateDatabase(path: bench.folder.database)
        let id = try #require(answer["incident_id"] as? String)
        #expect(try await other.incident(id)?.severity == "page")
        #expect(try await other.queueLength() == 1)
      }
    }
  }

  @Test("a secret in a webhook is in no row of the database")
  func redactsAtTheDoor() async throws {
    let bench = try APIBench()
    let secret = (0..<16).map { _ in String(Int.random(in: 0...9)) + "v" }.joined()
    let body = alert.replacingOccurrences(
      of: "\"commonAnnotations\":{}",
      with:
        "\"commonAnnotations\":{\"summary\":\"login with password=\(secret) fails\",\"password\":\"\(secret)\"}"
    )
    try await bench.run { client in
      var headers = bearer(APIBench.signalToken)
      headers[.userAgent] = "Alertmanager (token=\(secret))"
      try await client.execute(
        uri: "/v1/signals/alertmanager", method: .post, headers: headers, body: ByteBuffer(string: body)
      ) { #expect($0.status == .accepted) }
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) {
      guard let data = FileManager.default.contents(atPath: bench.folder.path + "/" + name) else { continue }
      #expect(data.range(of: Data(secret.utf8)) == nil, "\(name)")
      #expect(data.range(of: Data(APIBench.signalToken.utf8)) == nil, "\(name)")
    }
  }

  @Test(
    "without a known token nothing is read, and one audit line says so",
    arguments: ["", "Bearer wrong", "Basic eA=="])
  func unauthorised(header: String) async throws {
    let bench = try APIBench()
    try await bench.run { client in
      try await client.execute(
        uri: "/v1/signals/alertmanager", method: .post, headers: [.authorization: header],
        body: ByteBuffer(string: alert)
      ) { response in
        #expect(response.status == .unauthorized)
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(response.headers[.wwwAuthenticate] != nil)
      }
    }
    #expect(bench.lines.messages.filter { $0.contains("request.refused") }.count == 1)
    #expect(try await bench.database.queueLength() == 0)
  }

  @Test("a token without the role is forbidden")
  func forbidden() async throws {
    try await APIBench().run { client in
      try await client.execute(
        uri: "/v1/signals/alertmanager", method: .post, headers: bearer(APIBench.readToken),
        body: ByteBuffer(string: alert)
      ) { #expect($0.status == .forbidden) }
      try await client.execute(uri: "/v1/incidents", method: .get, headers: bearer(APIBench.signalToken)) {
        #expect($0.status == .forbidden)
      }
    }
  }

  @Test(
    "what is not the source's is a problem that names the field",
    arguments: [
      ("{", nil), ("{\"version\":\"3\"}", "/version"), ("[]", "/version"), ("{\"version\":\"4\"}", "/status"),
    ])
  func malformed(body: String, field: String?) async throws {
    try await APIBench().run { client in
      try await client.execute(
        uri: "/v1/signals/alertmanager", method: .post, headers: bearer(APIBench.signalToken),
        body: ByteBuffer(string: body)
      ) { response in
        #expect(response.status == .badRequest)
        let answer = try object(response)
        #expect(answer["field"] as? String == field)
      }
    }
  }

  @Test("a body beyond the limit is refused")
  func tooLarge() async throws {
    try await APIBench(maxBody: 2000).run { client in
      let headers = bearer(APIBench.signalToken)
      try await client.execute(
        uri: "/v1/signals/generic", method: .post, headers: headers,
        body: ByteBuffer(string: String(repeating: " ", count: 2001))
      ) { #expect($0.status == .contentTooLarge) }
    }
  }

  @Test("an unknown source is not found, and the known ones are named")
  func unknownSource() async throws {
    try await APIBench().run { client in
      try await client.execute(
        uri: "/v1/signals/nagios", method: .post, headers: bearer(APIBench.signalToken),
        body: ByteBuffer(string: "{}")
      ) { response in
        #expect(response.status == .notFound)
        let answer = try object(response)
        #expect((answer["detail"] as? String)?.contains("alertmanager, cloudevents") == true)
      }
    }
  }

  @Test("a full queue asks to come again, and never says 429")
  func queueFull() async throws {
    try await APIBench(queueLimit: 1).run { client in
      for (id, status) in [("a", HTTPResponse.Status.accepted), ("b", .serviceUnavailable)] {
        try await client.execute(
          uri: "/v1/signals/generic", method: .post, headers: bearer(APIBench.signalToken),
          body: ByteBuffer(string: "{\"incident_id\":\"\(id)\"}")
        ) { response in
          #expect(response.status == status)
          if status != .accepted { #expect(response.headers[.retryAfter] != nil) }
        }
      }
    }
  }

  @Test("a delivery that is sent again is one signal")
  func redelivery() async throws {
    try await APIBench().run { client in
      var headers = bearer(APIBench.signalToken)
      headers[.deliveryID ?? .eTag] = "msg_1"
      for duplicate in [false, true] {
        try await client.execute(
          uri: "/v1/signals/alertmanager", method: .post, headers: headers, body: ByteBuffer(string: alert)
        ) { response in
          let answer = try object(response)
          #expect(answer["duplicate"] as? Bool == duplicate)
        }
      }
    }
  }

  @Test("the unix socket needs no token, and captures by hand")
  func manual() async throws {
    try await APIBench().run(.socket) { client in
      for _ in 0..<2 {
        try await client.execute(
          uri: "/v1/incidents/INC-1/captures", method: .post,
          body: ByteBuffer(string: "{\"title\":\"checkout\"}")
        ) { response in
          #expect(response.status == .accepted)
          let answer = try object(response)
          #expect(answer["capture_id"] is String)
        }
      }
      try await client.execute(uri: "/v1/incidents/a--b/captures", method: .post) {
        #expect($0.status == .badRequest)
      }
      try await client.execute(uri: "/v1/incidents/INC-1", method: .get) { response in
        let answer = try object(response)
        #expect((answer["captures"] as? [Any])?.count == 2)
      }
    }
  }
}

@Suite("The bundle routes")
struct BundleRouteTests {
  private let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }

  @Test(
    "a range of a bundle is served as RFC 9110 says",
    arguments: [
      (nil, 200, 0..<1000), ("bytes=0-9", 206, 0..<10), ("bytes=990-", 206, 990..<1000),
      ("bytes=-10", 206, 990..<1000), ("bytes=5-5000", 206, 5..<1000), ("bytes=1000-", 416, 0..<0),
      ("bytes=0-1,3-4", 200, 0..<1000), ("bytes=9-5", 200, 0..<1000), ("lines=0-9", 200, 0..<1000),
      ("bytes=x-", 200, 0..<1000), ("bytes=+5-9", 200, 0..<1000), ("bytes=5--9", 200, 0..<1000),
      ("bytes=-", 200, 0..<1000), ("bytes=-0", 416, 0..<0), ("bytes=-5000", 206, 0..<1000),
      ("BYTES=0-0", 206, 0..<1), ("bytes=990-99999999999999999999", 206, 990..<1000),
      ("bytes=99999999999999999999-", 416, 0..<0),
    ] as [(String?, Int, Range<Int>)])
  func ranges(header: String?, status: Int, expected: Range<Int>) async throws {
    let bench = try APIBench()
    let row = try await bench.addBundle(bytes)
    try await bench.run { client in
      var headers = bearer(APIBench.readToken)
      headers[.range] = header
      try await client.execute(uri: "/v1/bundles/\(row.id)/content", method: .get, headers: headers) {
        response in
        #expect(response.status.code == status)
        if status != 416 {
          #expect(Array(response.body.readableBytesView) == Array(bytes[expected]))
          #expect(response.headers[.eTag] == "\"\(String(repeating: "ab", count: 32))\"")
        }
      }
    }
  }

  @Test("If-Range with another tag gets the whole, If-None-Match with this one nothing")
  func conditions() async throws {
    let bench = try APIBench()
    let row = try await bench.addBundle(bytes)
    try await bench.run { client in
      var headers = bearer(APIBench.readToken)
      headers[.range] = "bytes=0-9"
      headers[.ifRange] = "\"other\""
      try await client.execute(uri: "/v1/bundles/\(row.id)/content", method: .get, headers: headers) {
        #expect($0.status == .ok)
      }
      let tag = "\"\(String(repeating: "ab", count: 32))\""
      for known in [tag, "W/\(tag)", "\"other\" , \(tag)", "*"] {
        headers = bearer(APIBench.readToken)
        headers[.ifNoneMatch] = known
        for method in [HTTPRequest.Method.get, .head] {
          try await client.execute(uri: "/v1/bundles/\(row.id)/content", method: method, headers: headers) {
            #expect($0.status == .notModified && $0.body.readableBytes == 0)
          }
        }
      }
    }
  }

  @Test(
    "a bundle is offered under its name, as what it is",
    arguments: [("tar.gz", "application/gzip"), ("tar.zst", "application/zstd")])
  func mediaType(fileExtension: String, type: String) async throws {
    let bench = try APIBench()
    let row = try await bench.addBundle(bytes, fileExtension: fileExtension)
    let uri = "/v1/bundles/\(row.id)/content"
    try await bench.run { client in
      for method in [HTTPRequest.Method.get, .head] {
        try await client.execute(uri: uri, method: method, headers: bearer(APIBench.readToken)) { response in
          #expect(response.headers[.contentType] == type)
          #expect(
            response.headers[.contentDisposition]
              == "attachment; filename=\"INC-1--web--001-opened.\(fileExtension)\"")
        }
      }
    }
  }

  @Test("a bundle whose file was changed on the disk is gone, not served")
  func changed() async throws {
    let bench = try APIBench()
    let row = try await bench.addBundle(bytes)
    try Data("x".utf8).write(
      to: URL(filePath: bench.folder.bundles.file(named: "INC-1--web--001-opened.tar.gz")))
    try await bench.run { client in
      try await client.execute(
        uri: "/v1/bundles/\(row.id)/content", method: .get, headers: bearer(APIBench.readToken)
      ) { #expect($0.status == .gone) }
    }
  }

  @Test("a bundle that retention deleted is gone, and said to be; its incident says when")
  func expired() async throws {
    let bench = try APIBench()
    let row = try await bench.addBundle(bytes)
    let end = Signal(
      source: "generic", incidentKey: "INC-1", phase: .resolved, title: "t", receivedAt: .now())
    _ = try await bench.api.intake.acceptLocal(end)
    let time = Timestamp.now()
    let isRemoved = try await bench.database.removeBundle(row.id, at: time) {}
    try #require(isRemoved)
    try await bench.run { client in
      for path in ["bundles/\(row.id)", "bundles/\(row.id)/content", "incidents/INC-1/timeline"] {
        try await client.execute(uri: "/v1/\(path)", method: .get, headers: bearer(APIBench.readToken)) {
          response in
          #expect(response.status == .gone, "\(path)")
          #expect(
            String(buffer: response.body).contains("retention deleted the bundle at \(time)"), "\(path)")
        }
      }
      try await client.execute(uri: "/v1/incidents/INC-1", method: .get, headers: bearer(APIBench.readToken))
      {
        #expect(String(buffer: $0.body).contains("\"bundle_expired_at\":\"\(time.rfc3339)\""))
      }
    }
  }

  @Test("a body in another encoding than UTF-8 is refused: different keys would become one")
  func encoding() async throws {
    let bench = try APIBench()
    try await bench.run { client in
      let body = ByteBuffer(bytes: Array("{\"incident_id\":\"caf".utf8) + [0xE9] + Array("\"}".utf8))
      try await client.execute(
        uri: "/v1/signals/generic", method: .post, headers: bearer(APIBench.signalToken), body: body
      ) { response in
        #expect(response.status == .badRequest && String(buffer: response.body).contains("in UTF-8"))
      }
    }
  }

  @Test("what alerts are made of is there before anything happened")
  func metrics() throws {
    let text = try APIBench().metrics.text()
    for series in [
      "exhibit_captures_total{outcome=\"failed\"} 0.0", "exhibit_gaps_total{cause=\"permission\"} 0.0",
      "exhibit_audit_failures_total 0.0", "exhibit_journal_freezes_total{sync=\"timeout\"} 0.0",
    ] { #expect(text.contains(series)) }
  }

  @Test(
    "paths that are nobody's are not found, and touch no file",
    arguments: [
      "/v1/bundles/..%2f..%2fetc%2fpasswd/content", "/v1/bundles/x", "/v1/incidents/x", "/v2", "/v1/../x",
    ])
  func notFound(path: String) async throws {
    try await APIBench().run { client in
      try await client.execute(uri: path, method: .get, headers: bearer(APIBench.readToken)) { response in
        #expect(response.status == .notFound)
        #expect(response.headers[.contentType] == "application/problem+json")
      }
    }
  }

  @Test("deploys are recorded, and a bad one names its field")
  func deploys() async throws {
    try await APIBench().run(.socket) { client in
      try await client.execute(
        uri: "/v1/deploys/generic", method: .post,
        body: ByteBuffer(string: "{\"service\":\"checkout\",\"version\":\"1.4.2\"}")
      ) { #expect($0.status == .accepted) }
      try await client.execute(
        uri: "/v1/deploys/generic", method: .post, body: ByteBuffer(string: "{\"service\":\"checkout\"}")
      ) { response in
        #expect(response.status == .badRequest)
        let answer = try object(response)
        #expect(answer["field"] as? String == "/version")
      }
    }
  }

  @Test("health, readiness and metrics answer without a token")
  func health() async throws {
    try await APIBench().run { client in
      for path in ["/healthz", "/readyz", "/metrics"] {
        try await client.execute(uri: path, method: .get) { #expect($0.status == .ok) }
      }
      try await client.execute(uri: "/metrics", method: .get) { response in
        #expect(String(buffer: response.body).contains("exhibit_capture_queue_length 0.0"))
      }
    }
  }
}
