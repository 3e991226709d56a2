import Evidence
import Foundation
import GRDB
import Redaction
import Storage
import Testing

/// An audit in a folder that goes with it.
private final class Bench: Sendable {
  let folder: URL
  let path: String
  let log: AuditLog
  private let redactor = Redactor(rules: .builtIn, key: .random())

  init(rows: Int = 1000, age: Double = 86_400 * 365) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "exhibit-audit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path + "/audit.sqlite"
    log = try AuditLog(path: path, bounds: AuditBounds(rows: rows, age: age))
  }

  deinit {
    do {
      try FileManager.default.removeItem(at: folder)
    } catch {
      print("could not remove \(folder.path): \(error)")
    }
  }

  @discardableResult
  func add(
    _ subject: String, action: String = "bundle.pulled", by principal: String = "token:sre",
    at: Timestamp = .now()
  ) async throws -> AuditRow {
    try await log.append(
      AuditEntry(
        at: at, action: action, principal: principal, remote: "127.0.0.1", subject: redactor.redact(subject),
        detail: redactor.redact("")))
  }

  func fill(_ count: Int) async throws -> [AuditRow] {
    var rows: [AuditRow] = []
    for index in 1...count { rows.append(try await add("subject-\(index)")) }
    return rows
  }

  /// What somebody does who owns the file.
  func tamper(_ sql: String) throws {
    try DatabaseQueue(path: path).write { database in
      try database.execute(
        sql: "DROP TRIGGER IF EXISTS audit_keeps_rows; DROP TRIGGER IF EXISTS audit_keeps_order")
      try database.execute(sql: sql)
    }
  }

  func verify(_ heads: [Int64: String] = [:]) throws -> AuditReport {
    try AuditVerification.run(path: path, heads: heads)
  }
}

@Suite("The audit")
struct AuditTests {
  @Test("each row holds the hash of the one before, and a whole chain is intact")
  func chain() async throws {
    let bench = try Bench()
    let rows = try await bench.fill(5)
    #expect(rows.map(\.sequence) == [1, 2, 3, 4, 5])
    #expect(rows.first?.previous == AuditRow.genesis)
    for (row, next) in zip(rows, rows.dropFirst()) { #expect(next.previous == row.hash) }
    let report = try bench.verify([5: rows[4].hash, 2: rows[1].hash])
    #expect(report.isIntact && report.rows == 5 && report.headsCompared == 2)
    #expect(report.headHash == rows[4].hash)
  }

  @Test("the hash is that of the documented form, computed by sha256sum")
  func canonicalForm() async throws {
    let bench = try Bench()
    let row = try await bench.add("Käse, 3:2")
    let members = [
      "exhibit-audit-1", "1", row.at.rfc3339, row.action, row.principal, row.remote, row.subject, row.detail,
      row.previous,
    ]
    let text = members.map { "\($0.utf8.count):\($0)," }.joined()
    let file = bench.folder.path + "/canonical"
    try Data(text.utf8).write(to: URL(filePath: file))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/sha256sum")
    process.arguments = [file]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(printed.hasPrefix(row.hash))
  }

  @Test(
    "any edit is found, whatever was changed",
    arguments: [
      "at = '2026-01-01T00:00:00.000000000Z'", "at = '2026-01-01'", "action = 'x'",
      "principal = 'token:other'",
      "remote = '10.0.0.1'", "subject = 'x'", "detail = 'x'", "hash = 'x'", "previous = 'x'", "sequence = 77",
    ])
  func edit(_ change: String) async throws {
    for row in [1, 3, 5] {
      let bench = try Bench()
      _ = try await bench.fill(5)
      try bench.tamper("UPDATE audit SET \(change) WHERE sequence = \(row)")
      #expect(try !bench.verify().isIntact, "row \(row)")
    }
  }

  @Test("a deletion is found, at the beginning and in the middle; at the end by a head that was noted")
  func deletion() async throws {
    for row in 1...5 {
      let bench = try Bench()
      let rows = try await bench.fill(5)
      try bench.tamper("DELETE FROM audit WHERE sequence = \(row)")
      #expect(try bench.verify().isIntact == (row == 5))
      let report = try bench.verify([5: rows[4].hash])
      #expect(!report.isIntact)
      if row == 5 { #expect(report.findings.first?.contains("cut off") == true) }
    }
  }

  @Test("a row that was put there is found, at the end by the agent itself")
  func insertion() async throws {
    let bench = try Bench()
    let rows = try await bench.fill(3)
    // A forger who knows how: the hash is right, and it follows the last row.
    let other = try Bench()
    _ = try await other.fill(3)
    try bench.tamper(
      "INSERT INTO audit SELECT 4, at, action, 'token:forged', remote, subject, detail, '\(rows[2].hash)', 'x' "
        + "FROM audit WHERE sequence = 3")
    let next = try await bench.add("later")
    #expect(next.sequence == 6)
    let report = try bench.verify()
    #expect(report.findings.contains { $0.contains("row 4 was changed") })
    #expect(report.findings.contains { $0.contains("row 5: the agent found the audit changed") })
  }

  @Test("a chain that was written anew as a whole is found by any head that was noted")
  func rewritten() async throws {
    let bench = try Bench()
    let rows = try await bench.fill(4)
    let forged = try Bench()
    for index in 1...4 { try await forged.add("subject-\(index)", by: "token:other") }
    #expect(try forged.verify().isIntact)
    let report = try forged.verify([2: rows[1].hash])
    #expect(report.findings == ["row 2 is not the one that was noted elsewhere: the audit was written anew"])
  }

  @Test("rows that are cut off under a running agent leave a hole, and it says so")
  func cutWhileRunning() async throws {
    let bench = try Bench()
    _ = try await bench.fill(5)
    try bench.tamper("DELETE FROM audit WHERE sequence > 3")
    try await bench.add("later")
    let report = try bench.verify()
    #expect(report.findings.first == "rows 4 to 5 are missing")
    #expect(report.findings.contains { $0.contains("the agent found the audit changed") })
  }

  @Test("statements of the agent's own cannot change the past")
  func appendOnly() async throws {
    let bench = try Bench()
    _ = try await bench.fill(2)
    for sql in ["UPDATE audit SET subject = 'x'", "DELETE FROM audit WHERE sequence = 2"] {
      #expect(throws: DatabaseError.self) {
        try DatabaseQueue(path: bench.path).write { try $0.execute(sql: sql) }
      }
    }
  }

  @Test("the audit stays within its bounds, and what was pruned is vouched for")
  func bounded() async throws {
    let bench = try Bench(rows: 100)
    let rows = try await bench.fill(350)
    let report = try bench.verify([rows[349].sequence: rows[349].hash])
    #expect(report.isIntact, "\(report.findings)")
    #expect(report.rows <= 101 && report.prunedThrough > 240)
    // The next run of the agent takes the chain up where it ends.
    let again = try AuditLog(path: bench.path, bounds: AuditBounds(rows: 100, age: 86_400))
    let next = try await again.append(
      AuditEntry(
        at: .now(), action: "x", principal: "agent", remote: "local",
        subject: Redactor(rules: .builtIn, key: .random()).redact("x"),
        detail: Redactor(rules: .builtIn, key: .random()).redact("")))
    #expect(next.sequence == report.headSequence + 1)
    #expect(try bench.verify().isIntact)
  }

  @Test("old rows go, and with them nothing that is younger")
  func expiry() async throws {
    let bench = try Bench()
    let now = Timestamp.now()
    for day in stride(from: -30.0, through: -1, by: 1) {
      try await bench.add("day\(Int(day))", at: now.adding(seconds: day * 86_400))
    }
    bench.log.bound(to: AuditBounds(rows: 1000, age: 86_400 * 9.5))
    try await bench.add("today")
    let report = try bench.verify()
    #expect(report.isIntact, "\(report.findings)")
    let subjects = try await bench.log.rows(before: nil, action: "bundle", limit: 100).elements.map(\.subject)
    #expect(subjects.contains("day-9") && !subjects.contains("day-10"))
  }

  @Test("rows that somebody removed from the beginning are not taken for pruned ones")
  func forgedCheckpoint() async throws {
    let bench = try Bench()
    let rows = try await bench.fill(6)
    try bench.tamper(
      """
      INSERT INTO checkpoint VALUES (4, '\(rows[3].hash)', 'now'); DELETE FROM audit WHERE sequence <= 4
      """)
    #expect(
      try bench.verify().findings == ["rows through 4 are missing, and no row says that they were pruned"])
  }

  @Test("many at a time are in one order, and each gets the row that it became")
  func concurrent() async throws {
    let bench = try Bench()
    let rows = try await withThrowingTaskGroup(of: AuditRow.self) { group in
      for index in 0..<500 { group.addTask { try await bench.add("s\(index)") } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(rows.map(\.sequence)) == Set(1...500))
    #expect(Set(rows.map(\.subject)).count == 500)
    #expect(try bench.verify().isIntact)
  }

  @Test("pages go back from the newest row, and select by subject and action")
  func pages() async throws {
    let bench = try Bench()
    for index in 1...7 {
      try await bench.add("b\(index % 2)", action: index % 3 == 0 ? "request.refused" : "bundle.pulled")
    }
    let first = try await bench.log.rows(before: nil, limit: 3)
    #expect(first.elements.map(\.sequence) == [7, 6, 5] && first.next == "5")
    let second = try await bench.log.rows(before: 5, limit: 10)
    #expect(second.elements.map(\.sequence) == [4, 3, 2, 1] && second.next == nil)
    let bundles = try await bench.log.rows(before: nil, action: "bundle", limit: 10)
    #expect(bundles.elements.map(\.sequence) == [7, 5, 4, 2, 1])
    let one = try await bench.log.rows(before: nil, subject: "b1", action: "request.refused", limit: 10)
    #expect(one.elements.map(\.sequence) == [3])
  }

  @Test("readers are those who downloaded or read, with how often")
  func readers() async throws {
    let bench = try Bench()
    try await bench.add("B1", action: "capture.sealed", by: "agent")
    try await bench.add("B1")
    try await bench.add("B1")
    try await bench.add("B1", action: "timeline.read", by: "unix:0/root")
    try await bench.add("B2")
    let readers = try await bench.log.readers(of: ["B1"])
    #expect(readers.map(\.principal) == ["token:sre", "unix:0/root"])
    #expect(readers.map(\.reads) == [2, 1])
  }
}
