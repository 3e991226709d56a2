import Evidence
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Redaction
import Storage
import Testing

@testable import Agent

private let reader: HTTPFields = [.authorization: "Bearer \(APIBench.readToken)"]

private func object(_ response: TestResponse) throws -> [String: Any] {
  try #require(
    try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any])
}

private func ids(_ response: TestResponse, _ list: String) throws -> [String] {
  try #require(try object(response)[list] as? [[String: Any]]).compactMap { $0["id"] as? String }
}

extension APIBench {
  fileprivate func open(
    _ id: String, severity: String? = nil, source: String = "generic", at seconds: Int64 = 0
  ) async throws {
    let signal = Signal(
      source: source, incidentKey: id, incidentID: id, phase: .opened, title: id, severity: severity,
      receivedAt: Timestamp(seconds: 1_795_492_800 + seconds))
    _ = try await database.accept(
      signal, body: api.settings.value.redactor.redact("{}"), headers: [:], queueLimit: 64)
  }
}

@Suite("The listings of the API")
struct APIListingTests {
  @Test("incidents are narrowed by each filter, and by all of them together")
  func incidentFilters() async throws {
    let bench = try APIBench()
    try await bench.open("a", severity: "critical", at: 0)
    try await bench.open("b", severity: "Warning", source: "grafana", at: 60)
    try await bench.open("c", severity: "critical", at: 120)
    _ = try await bench.database.placeHold(
      on: "a", kind: .legal, reason: bench.settings.value.redactor.redact("r"), by: "t", at: .now())
    let expected: [(query: String, ids: [String])] = [
      ("", ["c", "b", "a"]), ("severity=warning", ["b"]), ("source=grafana", ["b"]),
      ("held=true", ["a"]), ("held=false", ["c", "b"]), ("state=open", ["c", "b", "a"]),
      ("state=closed", []), ("since=2026-11-24T04:01:00Z", ["c", "b"]),
      ("until=2026-11-24T04:01:00Z", ["a"]),
      ("since=2026-11-24T05:01:00%2B01:00&until=2026-11-24T04:02:00Z", ["b"]),
      ("severity=critical&held=false", ["c"]), ("severity=none", []),
    ]
    try await bench.run { client in
      for (query, wanted) in expected {
        try await client.execute(uri: "/v1/incidents?\(query)", method: .get, headers: reader) { response in
          #expect(response.status == .ok)
          let found = try ids(response, "incidents")
          #expect(found == wanted, "\(query)")
        }
      }
    }
  }

  @Test(
    "cursors lead through everything once, whatever the page's size", arguments: ["incidents", "captures"])
  func cursors(list: String) async throws {
    let bench = try APIBench()
    for index in 0..<7 { try await bench.open("i\(index)", at: Int64(index / 2)) }
    try await bench.run { client in
      for limit in 1...4 {
        var seen: [String] = []
        var next: String? = ""
        while let cursor = next {
          let query = "limit=\(limit)" + (cursor.isEmpty ? "" : "&cursor=\(cursor)")
          let response = try await client.execute(
            uri: "/v1/\(list)?\(query)", method: .get, headers: reader)
          seen += try ids(response, list)
          next = try object(response)["next"] as? String
        }
        #expect(seen.count == 7 && Set(seen).count == 7)
      }
    }
  }

  @Test("captures and bundles are narrowed by incident, state, phase and time")
  func captureFilters() async throws {
    let bench = try APIBench()
    let row = try await bench.addBundle([1, 2, 3], incident: "done")
    try await bench.open("queued", at: 3600)
    let expected: [(query: String, count: Int)] = [
      ("captures", 2), ("captures?state=done", 1), ("captures?state=queued", 1),
      ("captures?incident=done", 1),
      ("captures?phase=manual", 0), ("captures?phase=opened&until=2026-11-24T04:00:00Z", 0),
      ("bundles", 1), ("bundles?incident=queued", 0), ("bundles?incident=done", 1),
    ]
    try await bench.run { client in
      for (query, count) in expected {
        let list = query.prefix { $0 != "?" }
        try await client.execute(uri: "/v1/\(query)", method: .get, headers: reader) { response in
          let found = try ids(response, String(list))
          #expect(found.count == count, "\(query)")
        }
      }
      try await client.execute(uri: "/v1/captures/\(row.id)", method: .get, headers: reader) { response in
        let capture = try object(response)
        #expect(capture["incident_id"] as? String == "done")
      }
    }
  }

  @Test(
    "a query that makes no sense is a problem that names the parameter, never a listing of everything",
    arguments: [
      ("incidents?stat=open", "unknown"), ("incidents?state=opened", "state"), ("incidents?limit=0", "limit"),
      ("incidents?limit=%2B5", "limit"), ("incidents?limit=501", "limit"), ("incidents?limit=", "limit"),
      ("incidents?since=yesterday", "since"), ("incidents?held=1", "held"), ("incidents?cursor=x", "cursor"),
      ("incidents?cursor=2026-11-24T04:00:00Z~..%2Fx", "cursor"), ("incidents?source=", "source"),
      ("incidents?state=open&state=closed", "twice"), ("captures?cursor='--", "cursor"),
      ("captures?state=over", "state"), ("bundles?state=done", "unknown"), ("bundles?phase=x", "phase"),
    ])
  func badQueries(query: String, word: String) async throws {
    try await APIBench().run { client in
      try await client.execute(uri: "/v1/\(query)", method: .get, headers: reader) { response in
        #expect(response.status == .badRequest)
        let problem = try object(response)
        #expect((problem["detail"] as? String)?.contains(word) == true)
      }
    }
  }

  @Test("a long answer is gzip to those who take it, and the same text")
  func gzip() async throws {
    let bench = try APIBench()
    for index in 0..<20 { try await bench.open("incident-\(index)") }
    try await bench.run { client in
      let plain = try await client.execute(uri: "/v1/incidents", method: .get, headers: reader)
      #expect(plain.headers[.contentEncoding] == nil && plain.headers[.vary] == "Accept-Encoding")
      var headers = reader
      headers[.acceptEncoding] = "br, gzip"
      let packed = try await client.execute(uri: "/v1/incidents", method: .get, headers: headers)
      #expect(packed.headers[.contentEncoding] == "gzip")
      #expect(packed.body.readableBytes * 4 < plain.body.readableBytes)
      #expect(try gunzip(packed.body) == Data(plain.body.readableBytesView))
      try await client.execute(uri: "/v1/incidents/incident-1", method: .get, headers: headers) {
        #expect($0.headers[.contentEncoding] == nil, "a short one is left alone")
      }
    }
  }

  @Test(
    "gzip is told from what is not wanted",
    arguments: [
      (nil, false), ("gzip", true), ("GZIP;q=0.5", true), ("gzip;q=0", false), ("*", true), ("*;q=0", false),
      ("identity", false), ("gzip; q=0, *", false), ("deflate, x-gzip", true), ("gzip;q=x", false),
    ] as [(String?, Bool)])
  func acceptEncoding(header: String?, taken: Bool) {
    #expect(GzipMiddleware.takesGzip(header) == taken)
  }
}

/// By gzip(1): what the standard's own tool reads.
private func gunzip(_ buffer: ByteBuffer) throws -> Data {
  let file = NSTemporaryDirectory() + "exhibit-gunzip-\(UUID().uuidString).gz"
  try Data(buffer.readableBytesView).write(to: URL(filePath: file))
  defer { unlink(file) }
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["gzip", "-dc", file]
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  #expect(process.terminationStatus == 0)
  return data
}
