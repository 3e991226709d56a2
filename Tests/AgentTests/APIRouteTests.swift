import Bundle
import Capture
import Evidence
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Storage
import Testing

@testable import Agent

private let reader: HTTPFields = [.authorization: "Bearer \(APIBench.readToken)"]

private func object(_ response: TestResponse) throws -> [String: Any] {
  try #require(
    try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any])
}

@Suite("The description of the API")
struct APIDescriptionTests {
  /// `GET v1/bundles/:id/files/**` as the description writes it.
  private func described(_ route: Router<APIContext>.RouteDescription) -> String {
    let segments = route.path.description.split(separator: "/").map { segment in
      segment == "**" ? "{path}" : segment.hasPrefix(":") ? "{\(segment.dropFirst())}" : String(segment)
    }
    return "\(route.method.rawValue) /" + segments.joined(separator: "/")
  }

  @Test("has every route that is there, and none that is not", arguments: [Door.socket, .network])
  func matchesRoutes(door: Door) throws {
    let bench = try APIBench()
    let routes = bench.api.router(door: door).routes.map(described)
    let operations = APIDescription.operations.map { "\($0.method.rawValue) \($0.path)" }
    #expect(Set(routes).subtracting(operations) == [], "not described")
    #expect(Set(operations).subtracting(routes) == [], "not there")
    #expect(operations.count == Set(operations).count)
  }

  @Test("is served to everybody, and every reference in it leads somewhere")
  func document() async throws {
    try await APIBench().run { client in
      let response = try await client.execute(uri: "/openapi.json", method: .get)
      #expect(response.status == .ok)
      let document = try object(response)
      #expect(document["openapi"] as? String == "3.1.1")
      let text = String(buffer: response.body)
      let components = try #require(document["components"] as? [String: [String: Any]])
      let references = text.matches(of: #/"\$ref":"\#/components/(\w+)/(\w+)"/#)
      #expect(references.count > 50)
      for reference in references {
        #expect(components[String(reference.1)]?[String(reference.2)] != nil, "\(reference.0)")
      }
    }
  }

  @Test("every role that it names is the one that the door asks for")
  func roles() async throws {
    let bench = try APIBench()
    try await bench.run { client in
      for operation in APIDescription.operations {
        let path = operation.path.replacing(#/\{\w+\}/#) { _ in "x" }
        let anonymous = try await client.execute(uri: path, method: operation.method)
        let asReader = try await client.execute(uri: path, method: operation.method, headers: reader)
        switch operation.role {
        case nil:
          #expect(anonymous.status != .unauthorized && anonymous.status != .forbidden, "\(path)")
        case .read:
          #expect(anonymous.status == .unauthorized && asReader.status != .forbidden, "\(path)")
        default:
          #expect(anonymous.status == .unauthorized && asReader.status == .forbidden, "\(path)")
        }
      }
    }
  }
}

@Suite("The routes of the API")
struct APIRouteTests {
  @Test(
    "a method that a path does not have is 405, and names those that it has",
    arguments: [
      ("/v1/incidents", HTTPRequest.Method.post, "GET, HEAD"),
      ("/v1/incidents/x/hold", .get, "DELETE, PUT"), ("/healthz", .put, "GET, HEAD"),
      ("/v1/bundles/x/files/a/b", .delete, "GET, HEAD"), ("/v1/signals/generic", .get, "OPTIONS, POST"),
    ])
  func wrongMethod(path: String, method: HTTPRequest.Method, allowed: String) async throws {
    try await APIBench().run { client in
      try await client.execute(uri: path, method: method, headers: reader) { response in
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == allowed)
        #expect(response.headers[.contentType] == "application/problem+json")
      }
    }
  }

  @Test("HEAD is GET without the body", arguments: ["/healthz", "/v1/incidents", "/openapi.json"])
  func head(path: String) async throws {
    try await APIBench().run { client in
      let whole = try await client.execute(uri: path, method: .get, headers: reader)
      let head = try await client.execute(uri: path, method: .head, headers: reader)
      #expect(head.status == whole.status && head.body.readableBytes == 0)
      #expect(head.headers[.contentLength] == whole.headers[.contentLength])
    }
  }

  /// Whatever stands in place of a parameter.
  static let hostile = [
    "..", "%2e%2e", "..%2f..%2f..%2fetc%2fpasswd", "%00", "%ff%fe", "a%0d%0aSet-Cookie:x", "%252e%252e%252f",
    "'%20OR%201=1--", "%F0%9F%92%A9", "-", ".", "*", "**", "{id}", ":id", "a%2fb", "%2f%2fetc%2fshadow",
    "long", "%", "%2", "%zz", "~root",
    "..%5c..%5cexhibit.sqlite", "exhibit.sqlite", "redaction.key",
  ]

  @Test("hostile texts in place of every parameter find nothing, and break nothing", arguments: hostile)
  func hostileParameters(name: String) async throws {
    let text = name == "long" ? String(repeating: "a%41", count: 1000) : name
    let bench = try APIBench()
    let row = try await bench.addBundle(Array("no archive".utf8))
    let secret = try String(contentsOfFile: bench.folder.path + "/sealing.key", encoding: .utf8)
    try await bench.run(.socket) { client in
      for operation in APIDescription.operations where operation.path.contains("{") {
        var paths = [operation.path.replacing(#/\{\w+\}/#) { _ in text }]
        if operation.path.hasSuffix("{path}") {
          paths.append("/v1/bundles/\(row.id)/files/\(text)")
          paths.append("/v1/bundles/\(row.id)/files/../../\(text)")
        }
        for path in paths {
          let response = try await client.execute(
            uri: path, method: operation.method, body: ByteBuffer(string: "{\"reason\":\"r\"}"))
          #expect(response.status.code < 500, "\(operation.method) \(path)")
          #expect(!String(buffer: response.body).contains(secret.prefix(60)))
          let isCapture = operation.path.hasSuffix("/captures")
          #expect(isCapture || [200, 400, 404, 410].contains(response.status.code), "\(response.status)")
          if operation.method == .get { #expect([404, 410].contains(response.status.code), "\(path)") }
        }
      }
    }
  }

  @Test("a hold is placed with its reason, redacted, and shown until it is released")
  func holds() async throws {
    let bench = try APIBench()
    _ = try await bench.addBundle([1])
    let secret = (0..<16).map { _ in String(Int.random(in: 0...9)) + "v" }.joined()
    try await bench.run(.socket) { client in
      let path = "/v1/incidents/INC-1/hold"
      for body in ["", "{}", "{\"reason\":\"\"}", "{\"reason\":\"r\",\"kind\":\"eternal\"}", "[]"] {
        try await client.execute(uri: path, method: .put, body: ByteBuffer(string: body)) {
          #expect($0.status == .badRequest)
        }
      }
      try await client.execute(
        uri: path, method: .put,
        body: ByteBuffer(string: "{\"reason\":\"log in with password=\(secret)\",\"kind\":\"legal\"}")
      ) { response in
        #expect(response.status == .ok)
        let hold = try object(response)
        #expect(hold["kind"] as? String == "legal" && hold["placed_by"] as? String == "socket")
        #expect(!String(buffer: response.body).contains(secret))
      }
      try await client.execute(uri: "/v1/incidents/INC-1", method: .get) { response in
        let hold = try object(response)["hold"] as? [String: Any]
        #expect((hold?["reason"] as? String)?.hasPrefix("log in with password=[REDACTED:") == true)
      }
      for _ in 0..<2 {
        try await client.execute(uri: path, method: .delete) { #expect($0.status == .noContent) }
      }
      try await client.execute(uri: "/v1/incidents/INC-1", method: .get) { response in
        let incident = try object(response)
        #expect(incident["hold"] == nil)
      }
      try await client.execute(
        uri: "/v1/incidents/none/hold", method: .put, body: ByteBuffer(string: "{\"reason\":\"r\"}")
      ) { #expect($0.status == .notFound) }
    }
    #expect(bench.lines.messages.filter { $0.contains("hold.released") }.count == 1)
  }

  @Test("the files of a bundle are listed, and each is served as it is in there")
  func files() async throws {
    let bench = try APIBench.capturing()
    let row = try await bench.captured("INC-9")
    let name = try #require(row.bundleName)
    let reading = BundleReader(path: bench.folder.bundles.file(named: name))
    try await bench.run { client in
      let list = try object(
        try await client.execute(uri: "/v1/bundles/\(row.id)/files", method: .get, headers: reader))
      let files = try #require(list["files"] as? [[String: Any]]).compactMap { $0["path"] as? String }
      #expect(files.contains("incident.json") && files.contains("timeline.jsonl"))
      for file in files + ["evidence.json"] {
        let uri = "/v1/bundles/\(row.id)/files/\(file)"
        let response = try await client.execute(uri: uri, method: .get, headers: reader)
        #expect(response.status == .ok)
        #expect(Array(response.body.readableBytesView) == (try reading.read(file, limit: 1 << 20)))
        #expect(response.headers[.contentSecurityPolicy] == "sandbox")
        var again = reader
        again[.ifNoneMatch] = "\"other\", \(response.headers[.eTag] ?? "")"
        try await client.execute(uri: uri, method: .get, headers: again) {
          #expect($0.status == .notModified)
        }
      }
      try await client.execute(uri: "/v1/incidents/INC-9/timeline", method: .get, headers: reader) {
        let timeline = try reading.read("timeline.jsonl", limit: 1 << 20)
        #expect($0.headers[.contentType] == "application/jsonl")
        #expect(Array($0.body.readableBytesView) == timeline)
      }
      for file in ["bagit.txt", "../bagit.txt", "incident.json/", "incident", "logs/nothing"] {
        try await client.execute(
          uri: "/v1/bundles/\(row.id)/files/\(file)", method: .get, headers: reader
        ) { #expect($0.status == (file == "incident.json/" ? .ok : .notFound), "\(file)") }
      }
    }
    #expect(bench.lines.messages.contains { $0.contains("bundle.file.read") })
  }

  @Test("a bundle arrives over a connection as it is, whole and in ranges, one after the other")
  func download() async throws {
    let bench = try APIBench()
    var whole = ByteBuffer()
    for number in 0..<1_125_000 { whole.writeInteger(UInt64(number)) }
    let row = try await bench.addBundle(Array(buffer: whole))
    let application = Application(
      router: bench.api.router(door: .network),
      configuration: .init(address: .hostname("127.0.0.1", port: 0)))
    try await application.test(.live) { client in
      for range in [0..<9_000_000, 0..<1, 4_194_303..<4_194_305, 1_000_000..<8_999_999, 0..<9_000_000] {
        var headers = reader
        headers[.range] =
          range.count < whole.readableBytes ? "bytes=\(range.lowerBound)-\(range.upperBound - 1)" : nil
        let response = try await client.execute(
          uri: "/v1/bundles/\(row.id)/content", method: .get, headers: headers)
        let isRight = response.body == whole.getSlice(at: range.lowerBound, length: range.count)
        #expect(isRight, "\(range)")
      }
    }
  }

  @Test("no more files are unpacked at a time than there are places for")
  func fileLimit() async throws {
    let bench = try APIBench.capturing()
    let row = try await bench.captured("INC-9")
    let places = (0..<bench.api.fileReads.limit).map { _ in bench.api.fileReads.take() }
    #expect(places.allSatisfy { $0 != nil })
    let uri = "/v1/bundles/\(row.id)/files/incident.json"
    try await bench.run { client in
      try await client.execute(uri: uri, method: .get, headers: reader) { response in
        #expect(response.status == .serviceUnavailable && response.headers[.retryAfter] == "5")
      }
    }
    withExtendedLifetime(places) {}
  }

  @Test("places are given back when answers end")
  func placesReturn() async throws {
    let bench = try APIBench.capturing()
    let row = try await bench.captured("INC-9")
    try await bench.run { client in
      for _ in 0..<(bench.api.fileReads.limit * 2) {
        try await client.execute(
          uri: "/v1/bundles/\(row.id)/files/incident.json", method: .get, headers: reader
        ) { #expect($0.status == .ok) }
      }
    }
  }

  @Test("the events of a capture tell of every change and end with it")
  func events() async throws {
    let bench = try APIBench.capturing()
    let acceptance = try await bench.api.intake.acceptManual(
      incident: "INC-2", title: nil, severity: nil, body: [])
    let id = try #require(acceptance.captureID)
    try await bench.run { client in
      async let answer = client.execute(
        uri: "/v1/captures/\(id)/events", method: .get, headers: reader)
      _ = try await bench.captured("INC-2")
      let response = try await answer
      #expect(response.headers[.contentType] == "text/event-stream")
      let events = String(buffer: response.body).components(separatedBy: "\n\n").filter {
        !$0.isEmpty && !$0.hasPrefix(":")
      }
      #expect(
        events.allSatisfy { $0.wholeMatch(of: #/id: \d+\nevent: (progress|done)\ndata: \{.*\}/#) != nil })
      #expect(events.last?.contains("event: done") == true)
      let data = try #require(events.last?.components(separatedBy: "data: ").last)
      let capture = try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
      #expect(capture["id"] as? String == id && capture["bundle"] is [String: Any])
    }
  }

  @Test("listeners are bounded")
  func listenerLimit() async throws {
    let bench = try APIBench()
    let row = try await bench.addBundle([1])
    let places = (0..<bench.api.listeners.limit).map { _ in bench.api.listeners.take() }
    #expect(places.last != nil && bench.api.listeners.take() == nil)
    try await bench.run { client in
      try await client.execute(
        uri: "/v1/captures/\(row.id)/events", method: .get, headers: reader
      ) { #expect($0.status == .serviceUnavailable) }
    }
    withExtendedLifetime(places) {}
  }

  @Test("who is silent for long gets a heartbeat, and no event twice")
  func heartbeat() async throws {
    let bench = try APIBench()
    let acceptance = try await bench.api.intake.acceptManual(
      incident: "a", title: nil, severity: nil, body: [])
    let id = try #require(acceptance.captureID)
    let row = try #require(try await bench.database.capture(id))
    let progress = CaptureProgress()
    var events = CaptureEvents()
    let start = ContinuousClock.now
    #expect(try events.text(CaptureAnswer(row, progress: progress), at: start)?.hasPrefix("id: 1\n") == true)
    #expect(try events.text(CaptureAnswer(row, progress: progress), at: start) == nil)
    let later = start.advanced(by: CaptureEvents.heartbeat)
    #expect(try events.text(CaptureAnswer(row, progress: progress), at: later)?.hasPrefix(":") == true)
    progress.set(CaptureStep("sealing", done: 2, of: 3), for: row.id)
    let text = try #require(try events.text(CaptureAnswer(row, progress: progress), at: later))
    #expect(text.contains("\"steps_done\":2,\"steps_total\":3"))
  }
}
