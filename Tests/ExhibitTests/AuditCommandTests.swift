import Evidence
import Foundation
import Redaction
import Storage
import Testing

@testable import Agent
@testable import exhibit

private let remote = "/lib/systemd/systemd-journal-remote"

@Suite("exhibit audit verify")
struct AuditVerifyTests {
  private let folder: TemporaryFolder
  private let state: String
  private let rows: [AuditRow]

  /// A state folder with an audit of five rows.
  init() async throws {
    folder = try TemporaryFolder()
    state = folder.url.path
    let log = try AuditLog(path: StateFolder.audit(in: state), bounds: AuditBounds(rows: 1000, age: 86_400))
    let redactor = Redactor(rules: .builtIn, key: .random())
    var rows: [AuditRow] = []
    for index in 1...5 {
      rows.append(
        try await log.append(
          AuditEntry(
            at: .now(), action: "bundle.pulled", principal: "token:sre", remote: "10.0.0.1",
            subject: redactor.redact("B\(index)"), detail: redactor.redact(""))))
    }
    self.rows = rows
  }

  private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let process = Process()
    process.executableURL = executable.appending(path: "exhibit")
    process.arguments = ["audit", "verify", "--state-directory", state] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  /// The journal lines of these rows, as the agent's user wrote them, in a folder of journal files.
  private func journal(_ rows: [AuditRow], user: UInt32 = getuid()) throws -> String {
    let directory = state + "/journal"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let lines = rows.map { row in
      """
      __REALTIME_TIMESTAMP=\(row.at.nanoseconds / 1000)
      __MONOTONIC_TIMESTAMP=\(row.sequence)
      _BOOT_ID=0123456789abcdef0123456789abcdef
      _UID=\(user)
      SYSLOG_IDENTIFIER=exhibit
      MESSAGE_ID=\(MessageID.audit)
      EXHIBIT_AUDIT_SEQUENCE=\(row.sequence)
      EXHIBIT_AUDIT_HASH=\(row.hash)


      """
    }
    let export = try folder.file("lines.export", Array(lines.joined().utf8))
    let process = Process()
    process.executableURL = URL(filePath: remote)
    process.arguments = ["-o", directory + "/system.journal", export]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return directory
  }

  @Test("says that a chain is intact, and prints the head to be noted")
  func intact() throws {
    let run = try run("--no-journal")
    #expect(run.status == 0 && run.output.contains("intact"), "\(run)")
    #expect(run.output.contains("5:\(rows[4].hash)"))
  }

  @Test("finds a noted head that is no more")
  func notedHead() throws {
    let hash = String(repeating: "ab", count: 32)
    let run = try run("--no-journal", "--head", "3:\(hash)", "--head", "9:\(hash)", "--json")
    #expect(run.status == 1)
    #expect(run.output.contains("row 3 is not the one") && run.output.contains("rows 6 to 9 are missing"))
    #expect(try self.run("--no-journal", "--head", "3").status == 64)
  }

  @Test(
    "compares with the lines of the journal, of the agent's user only",
    .enabled(if: FileManager.default.fileExists(atPath: remote), "needs systemd-journal-remote"))
  func journalHeads() async throws {
    let sound = try run("--journal", try journal(rows))
    #expect(sound.status == 0 && sound.output.contains("with 5 rows"), "\(sound)")
    // Two more lines than there are rows.
    var later = rows[4]
    later.sequence = 7
    let cut = try run("--journal", try journal([later]))
    #expect(cut.status == 1 && cut.output.contains("rows 6 to 7 are missing"), "\(cut)")
  }

  @Test(
    "is not misled by lines that anybody can write",
    .enabled(if: FileManager.default.fileExists(atPath: remote), "needs systemd-journal-remote"))
  func strangers() throws {
    var forged = rows[4]
    forged.sequence = 100
    let run = try run("--journal", try journal([forged], user: 65_534))
    #expect(run.status == 0 && run.output.contains("with nothing from elsewhere"), "\(run)")
  }

  @Test("names the file where there is none")
  func missing() throws {
    try FileManager.default.removeItem(atPath: StateFolder.audit(in: state))
    let run = try run("--no-journal")
    #expect(run.status == 66 && run.output.contains("there is no audit at"), "\(run)")
  }
}
