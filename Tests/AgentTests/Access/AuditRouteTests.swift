import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Storage
import Testing

@testable import Agent

@Suite("The audit of the API")
struct AuditRouteTests {
  private func entries(_ bench: APIBench) async throws -> [AuditRow] {
    try await bench.audit.log.rows(before: nil, limit: 500).elements.reversed()
  }

  @Test("signals, pulls, reads and refusals are rows with who, from where and what")
  func rows() async throws {
    let bench = try APIBench()
    let bundle = try await bench.addBundle([1, 2, 3])
    try await bench.run { client in
      let read: HTTPFields = [.authorization: "Bearer \(APIBench.readToken)"]
      try await client.execute(uri: "/v1/bundles/\(bundle.id)/content", method: .get, headers: read) {
        #expect($0.status == .ok)
      }
      try await client.execute(uri: "/v1/bundles/\(bundle.id)/content", method: .get) {
        #expect($0.status == .unauthorized)
      }
      try await client.execute(
        uri: "/v1/signals/generic", method: .post,
        headers: [.authorization: "Bearer \(APIBench.signalToken)"],
        body: ByteBuffer(string: "{\"incident_id\":\"INC-2\"}")
      ) { #expect($0.status == .accepted) }
      try await client.execute(uri: "/v1/incidents/INC-1/readers", method: .get, headers: read) { response in
        let text = String(buffer: response.body)
        #expect(text.contains("\"principal\":\"token:sre\"") && text.contains("\"reads\":1"))
      }
    }
    let rows = try await entries(bench)
    #expect(
      rows.map { "\($0.action) \($0.principal) \($0.subject)" } == [
        "bundle.pulled token:sre \(bundle.id)",
        "request.refused nobody /v1/bundles/\(bundle.id)/content",
        "signal.accepted token:am INC-2",
      ])
    #expect(try AuditVerification.run(path: bench.folder.audit, heads: [:]).isIntact)
  }

  @Test("the rows are given out to an administrator only, in pages, and that is a row, too")
  func list() async throws {
    let bench = try APIBench()
    for index in 1...5 {
      await bench.audit.settle("test.done", by: "agent", from: "local", subject: "s\(index)")
    }
    try await bench.run(.network) { client in
      try await client.execute(
        uri: "/v1/audit", method: .get, headers: [.authorization: "Bearer \(APIBench.readToken)"]
      ) { #expect($0.status == .forbidden) }
    }
    try await bench.run(.socket) { client in
      try await client.execute(uri: "/v1/audit?action=test&limit=2", method: .get) { response in
        let page = try JSONDecoder().decode(Page.self, from: Data(response.body.readableBytesView))
        #expect(page.entries.map(\.subject) == ["s5", "s4"])
        #expect(page.next == "4")
      }
      try await client.execute(uri: "/v1/audit?action=test&cursor=4", method: .get) { response in
        let page = try JSONDecoder().decode(Page.self, from: Data(response.body.readableBytesView))
        #expect(page.entries.map(\.subject) == ["s3", "s2", "s1"])
      }
      try await client.execute(uri: "/v1/audit?cursor=x", method: .get) {
        #expect($0.status == .badRequest)
      }
    }
    #expect(try await entries(bench).last?.action == "audit.read")
  }

  private struct Page: Decodable {
    var entries: [AuditRow]
    var next: String?
  }

  @Test("each row is a log line with its number and hash, which redaction leaves alone")
  func journalLine() async throws {
    let bench = try APIBench()
    await bench.audit.settle("bundle.pulled", by: "token:sre", from: "127.0.0.1", subject: "01JD")
    let row = try #require(try await entries(bench).first)
    let fields = [
      LogField(name: MessageID.key, value: "\(MessageID.audit)"),
      LogField(name: "audit.sequence", value: "\(row.sequence)"),
      LogField(name: "audit.hash", value: row.hash),
    ]
    let redaction = LogRedaction()
    redaction.use(bench.settings.value.redactor)
    let record = redaction.redact(LogRecord(level: .notice, message: "Audit", fields: fields))
    #expect(record.journalFields.contains("MESSAGE_ID=\(MessageID.audit.rawValue)"))
    #expect(record.journalFields.contains("EXHIBIT_AUDIT_SEQUENCE=1"))
    #expect(record.journalFields.contains("EXHIBIT_AUDIT_HASH=\(row.hash)"))
    #expect(bench.lines.messages.contains { $0.contains(row.hash) && $0.contains(MessageID.audit.rawValue) })
  }

  @Test("without an audit nothing is given out, and signals are taken nevertheless")
  func unwritable() async throws {
    let bench = try APIBench()
    let bundle = try await bench.addBundle([1, 2, 3])
    try bench.spoilAudit()
    try await bench.run { client in
      try await client.execute(
        uri: "/v1/bundles/\(bundle.id)/content", method: .get,
        headers: [.authorization: "Bearer \(APIBench.readToken)"]
      ) { #expect($0.status == .serviceUnavailable) }
      try await client.execute(
        uri: "/v1/signals/generic", method: .post,
        headers: [.authorization: "Bearer \(APIBench.signalToken)"],
        body: ByteBuffer(string: "{\"incident_id\":\"INC-2\"}")
      ) { #expect($0.status == .accepted) }
    }
    #expect(bench.lines.messages.filter { $0.contains("Could not write to the audit") }.count == 2)
    try bench.mendAudit()
    await bench.audit.settle("test.done", by: "agent", from: "local", subject: "s")
    let rows = try await entries(bench)
    #expect(rows.map(\.action) == ["audit.lost", "test.done"])
    #expect(rows.first?.detail.hasPrefix("2 entries") == true)
  }

  @Test("the catalog explains each message id")
  func catalog() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../../systemd/exhibit.catalog")
    let text = try String(contentsOf: path, encoding: .utf8)
    let ids = text.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
    #expect(Set(ids) == Set(MessageID.allCases.map(\.rawValue)))
  }

  @Test(
    "systemd takes the catalog", .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/journalctl")))
  func installedCatalog() throws {
    let root = NSTemporaryDirectory() + "exhibit-catalog-\(UUID().uuidString)"
    let folder = root + "/usr/lib/systemd/catalog"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: root + "/var/lib/systemd/catalog", withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: root) } }
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../../systemd/exhibit.catalog")
    try FileManager.default.copyItem(atPath: source.path, toPath: folder + "/exhibit.catalog")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/journalctl")
    process.arguments = ["--update-catalog", "--root=\(root)"]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && complaints.isEmpty, "\(complaints)")
    let database = try Data(contentsOf: URL(filePath: root + "/var/lib/systemd/catalog/database"))
    #expect(database.range(of: Data("Evidence of incident @EXHIBIT_INCIDENT_ID@ was captured".utf8)) != nil)
  }
}

extension APIBench {
  /// Makes every write to the audit fail, as a full disk does.
  fileprivate func spoilAudit() throws {
    try database(
      "CREATE TRIGGER spoil BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END")
  }

  private func database(_ sql: String) throws {
    try DatabaseQueue(path: folder.audit).write { try $0.execute(sql: sql) }
  }

  fileprivate func mendAudit() throws {
    try database("DROP TRIGGER spoil")
  }
}
