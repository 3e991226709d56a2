import Bundle
import Capture
import Evidence
import Foundation
import Journal
import Testing

/// What a service logs, entry by entry, with fields that journald adds and that do not change.
private func entries(_ count: Int, message: (Int) -> String = { "message \($0)" }) -> [[(String, [UInt8])]] {
  (0..<count).map { index in
    let service = ["nginx", "checkout", "stock"][index % 3]
    var fields = [
      ("_TRANSPORT", "stdout"), ("_UID", "33"), ("_HOSTNAME", "web-1"), ("_EXE", "/usr/sbin/\(service)"),
      ("_CMDLINE", "/usr/sbin/\(service) --serve"), ("_PID", "\(100 + index % 3)"),
      ("_SYSTEMD_UNIT", "\(service).service"), ("SYSLOG_IDENTIFIER", service), ("PRIORITY", "\(index % 8)"),
      ("MESSAGE", message(index)),
    ]
    if index % 50 == 7 { fields.append(("TAG", "first")) }
    if index % 50 == 7 { fields.append(("TAG", "second")) }
    return fields.map { ($0.0, Array($0.1.utf8)) }
  }
}

/// Each line as names and values, contexts joined.
private func joined(_ text: String) throws -> [[String]] {
  var line = JournalLine()
  return try text.split(separator: "\n").compactMap { text in
    guard try Array(text.utf8).withUnsafeBytes({ try line.parse($0) }) else { return nil }
    var fields = [line.entry.cursor]
    line.forEachField { name, value in
      fields.append("\(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))")
    }
    return fields.sorted()
  }
}

@Suite("The forms of the journal", .enabled(if: canMakeJournals, "needs systemd-journal-remote"))
struct JournalFormTests {
  let bench: CaptureBench

  init() throws {
    bench = try CaptureBench()
  }

  @Test("verify, and count entries as records", arguments: JournalFields.allCases)
  func verify(fields: JournalFields) async throws {
    try bench.makeJournal(entries(300))
    let (result, text) = try await bench.capture(fields: fields)
    #expect(result.manifest.artifact("logs/journal.jsonl")?.records == 300)
    #expect(result.manifest.artifact("logs/journal.jsonl")?.first == Timestamp.noon.adding(seconds: -600))
    #expect(result.manifest.artifact("logs/journal.jsonl")?.last == Timestamp.noon.adding(seconds: -301))
    let report = try BundleVerifier().verify(path: result.bundle.path)
    #expect(report.passed, "\(report)")
    #expect(try joined(text).count == 300)
    #expect(text.contains("__CONTEXT") == (fields == .contexts))
    #expect(text.contains("_CMDLINE") == (fields != .minimal))
  }

  @Test("with contexts have every field that the full form has, once for all entries that share it")
  func contexts() async throws {
    try bench.makeJournal(entries(9000), spacing: 0.01)
    let (_, shared) = try await bench.capture(fields: .contexts)
    let (_, full) = try await CaptureBench(journalOf: bench).capture(fields: .all)
    #expect(try joined(shared) == joined(full))
    #expect(shared.utf8.count < full.utf8.count * 17 / 20)
    // Three services in each of three chunks.
    #expect(shared.components(separatedBy: "{\"__CONTEXT\"").count - 1 == 9)
  }

  @Test("do not depend on the number of threads, nor does the file", arguments: JournalFields.allCases)
  func threads(fields: JournalFields) async throws {
    try bench.makeJournal(entries(9000), spacing: 0.01)
    var spools: Set<String> = []
    for threads in [1, 2, 3, 7] {
      let other = try CaptureBench(journalOf: bench)
      let (result, _) = try await other.capture(fields: fields, threads: threads)
      spools.insert(try #require(result.manifest.artifact("logs/journal.jsonl")?.sha256))
    }
    #expect(spools.count == 1)
  }

  @Test("hide a private key that begins in one chunk and ends in the next", arguments: [1, 2, 3])
  func keyAcrossChunks(threads: Int) async throws {
    let body = (0..<8).map { _ in
      Data((0..<48).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    }
    let marker = "PRIVATE " + "KEY-----"
    let key = ["-----BEGIN \(marker)"] + body + ["-----END \(marker)"]
    var all = entries(8300)
    // Its lines are three entries apart, all of one process, from 4081 to 4108: a chunk has 4096.
    for (index, line) in key.enumerated() { all[4081 + 3 * index][9] = ("MESSAGE", Array(line.utf8)) }
    try bench.makeJournal(all, spacing: 0.01)
    let (result, text) = try await bench.capture(threads: threads)
    for line in body { #expect(!text.contains(line.replacing("/", with: "\\/")) && !text.contains(line)) }
    // What other processes wrote meanwhile is there, and what came after.
    for index in [4082, 4083, 4106, 4109, 4111, 8299] { #expect(text.contains("message \(index)\"")) }
    #expect(result.manifest.artifact("logs/journal.jsonl")?.records == 8300)
    #expect(try BundleVerifier().verify(path: result.bundle.path).passed)
  }

  @Test("keep the newest entries of each unit up to a limit, over all files, and name what is left out")
  func unitLimit() async throws {
    // Every other entry is of one unit that logs in a loop.
    func noisy(_ part: Int) -> [[(String, [UInt8])]] {
      (0..<200).map { index in
        let unit = index % 2 == 0 ? "loop.service" : "quiet-\(index % 10).service"
        return [("_SYSTEMD_UNIT", Array(unit.utf8)), ("MESSAGE", Array("part \(part) line \(index)".utf8))]
      }
    }
    try bench.makeJournal(noisy(1), start: -600, file: "first")
    try bench.makeJournal(noisy(2), start: -300, file: "second")
    let (result, text) = try await bench.capture(unitLimit: 150)
    let record = try #require(result.manifest.artifact("logs/journal.jsonl"))
    #expect(record.records == 350)
    for index in 0..<200 {
      #expect(text.contains("part 2 line \(index)\""))
      #expect(text.contains("part 1 line \(index)\"") == (index % 2 == 1 || index >= 100))
    }
    let gap = try #require(record.gaps.first { $0.cause == .budget })
    #expect(gap.detail.contains("the 50 oldest entries of loop.service"))
    #expect(gap.from == Timestamp.noon.adding(seconds: -600))
    #expect(gap.to == Timestamp.noon.adding(seconds: -502))
    // What is beyond the window does not count.
    var request = CaptureRequest.sample()
    request.window = TimeWindow(from: Timestamp.noon.adding(seconds: -450), to: request.window.to)
    let (later, _) = try await CaptureBench(journalOf: bench).capture(request, unitLimit: 125)
    #expect(later.manifest.artifact("logs/journal.jsonl")?.records == 250)
    #expect(later.manifest.artifact("logs/journal.jsonl")?.gaps.filter { $0.cause == .budget } == [])
  }

  @Test("keep the newest entries within the budget, and say how many older ones are missing")
  func budget() async throws {
    try bench.makeJournal(
      entries(30_000) { "message \($0) \(String(repeating: "x", count: 400))" }, spacing: 0.01)
    let (result, text) = try await bench.capture(bytes: 12 << 20)
    let record = try #require(result.manifest.artifact("logs/journal.jsonl"))
    let records = try #require(record.records)
    #expect(record.state == .partial)
    #expect(text.utf8.count <= 12 << 20)
    #expect(text.contains("message 29999 "))
    #expect(!text.contains("message 0 "))
    let gap = try #require(record.gaps.first { $0.cause == .budget })
    #expect(gap.detail.contains("the \(30_000 - records) oldest entries"))
    #expect(gap.to == record.first)
    #expect(records > 4000)
  }
}

extension CaptureBench {
  /// Another bench with the same journal.
  fileprivate convenience init(journalOf other: CaptureBench) throws {
    try self.init()
    try FileManager.default.copyItem(atPath: other.folder + "/journal", toPath: folder + "/journal")
  }
}
