import Evidence
import Foundation
import Testing

@testable import Journal

/// What a reader makes of a journal, in both forms.
struct Rendering {
  var json: [UInt8]
  var export: [UInt8]
  var coverage: JournalCoverage

  init(_ query: JournalQuery) throws {
    var reader = try JournalReader(query)
    var (json, export): ([UInt8], [UInt8]) = ([], [])
    var encoder = JournalJSONEncoder()
    let exporter = JournalExportEncoder()
    while let entry = try reader.next() {
      encoder.begin(entry, to: &json)
      exporter.begin(entry, to: &export)
      reader.forEachField { name, value in
        encoder.append(name: name, value: value, to: &json)
        exporter.append(name: name, value: value, to: &export)
      }
      encoder.end(to: &json)
      exporter.end(to: &export)
    }
    (self.json, self.export) = (json, export)
    coverage = reader.finish(artifact: "logs/journal.jsonl")
  }
}

extension JournalQuery {
  func reading(with reader: JournalReaderChoice) -> JournalQuery {
    var query = self
    query.reader = reader
    return query
  }
}

/// Expects both readers, and journalctl where the arguments for it are given, to give the same bytes.
/// - Returns: the number of entries.
@discardableResult
func expectSame(
  _ query: JournalQuery, journalctl arguments: [String]? = [],
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> Int {
  let native = try Rendering(query.reading(with: .native))
  let oracle = try Rendering(query.reading(with: .libsystemd))
  #expect(native.coverage.entries == oracle.coverage.entries, sourceLocation: sourceLocation)
  // The bytes are compared as one: a difference would fill the screen.
  #expect(native.json.isSame(as: oracle.json), sourceLocation: sourceLocation)
  #expect(native.export.isSame(as: oracle.export), sourceLocation: sourceLocation)
  #expect(native.coverage.fallback == [], sourceLocation: sourceLocation)
  #expect(
    native.coverage.gaps.filter { $0.cause == .journalCorrupt } == [], sourceLocation: sourceLocation)
  if let arguments, let directory = query.directory {
    let theirs = try Tool.run(
      Tool.journalctl, ["-D", directory, "--no-pager", "-q", "-o", "export"] + arguments)
    #expect(
      native.export.isSame(as: withoutSequenceLines(theirs)), "journalctl's export is another",
      sourceLocation: sourceLocation)
  }
  return native.coverage.entries
}

extension [UInt8] {
  func isSame(as other: [UInt8]) -> Bool { self == other }
}

/// Without the lines that systemd 254 and later add to each entry.
private func withoutSequenceLines(_ export: [UInt8]) -> [UInt8] {
  guard export.firstRange(of: Array("\n__SEQNUM=".utf8)) != nil else { return export }
  return export.split(separator: 0x0A, omittingEmptySubsequences: false)
    .filter { !$0.starts(with: Array("__SEQNUM".utf8)) }
    .joined(separator: [0x0A]).map(\.self)
}

/// Entries as a service's hosts write them: fields that many entries share, bursts, priorities, some of other
/// transports and boots.
func serviceSamples(_ count: Int, seed: UInt64, boots: Int = 1) -> [Sample] {
  var random = SeededGenerator(seed: seed)
  let units = ["checkout.service", "cart.service", "sshd.service", "cron.service"]
  let transports = ["stdout", "syslog", "journal", "kernel"]
  return (0..<count).map { index in
    let unit = Int.random(in: 0..<units.count, using: &random)
    let boot = index * boots / max(count, 1)
    var fields = [
      Field("_SYSTEMD_UNIT", units[unit]),
      Field("SYSLOG_IDENTIFIER", String(units[unit].prefix { $0 != "." })),
      Field("PRIORITY", "\(Int.random(in: 0...7, using: &random))"),
      Field("_TRANSPORT", transports[Int.random(in: 0..<4, using: &random)]), Field("_HOSTNAME", "host"),
      Field("_CMDLINE", "/usr/bin/\(units[unit]) --listen=127.0.0.1:8080 --listen=127.0.0.1:8081"),
      Field(
        "MESSAGE",
        "request \(index) answered, answered, answered in \(UInt16.random(in: 0...999, using: &random)) ms"),
    ]
    if index % 7 == 3 { fields += [Field("OBJECT_TAG", "one"), Field("OBJECT_TAG", "two")] }
    if index % 11 == 5 {
      fields.append(Field("PAYLOAD", (0..<90).map { _ in UInt8.random(in: 0...9, using: &random) }))
    }
    if index % 13 == 7 { fields.append(Field("EMPTY", "")) }
    let bootID = String(repeating: String(boot + 1), count: 32)
    return Sample(at: Double(index) / 4, boot: bootID, monotonic: Double(index) / 4 + 10, fields)
  }
}
