import Evidence
import Foundation
import Testing

@testable import Journal

@Suite("Encoding", .enabled(if: Tool.canCompare, "needs systemd-journal-remote and journalctl"))
struct JournalEncoderTests {
  @Test("JSON lines mean what journalctl's mean", arguments: [1, 2, 3, 4] as [UInt64])
  func json(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    try folder.makeJournal(randomSamples(300, seed: seed).flatMap(\.export))
    let ours = try lines(jsonLines(folder.path)).map(object)
    let theirs = try lines(folder.journalctl("-o", "json", "--all")).map(object)
    #expect(ours.count == 300)
    #expect(ours.count == theirs.count)
    for (our, their) in zip(ours, theirs) {
      #expect(our == their.filtered { $0 != "__SEQNUM" && $0 != "__SEQNUM_ID" })
    }
  }

  @Test(
    "The export is journalctl's export, but for fields that later versions add",
    arguments: [1, 2] as [UInt64])
  func export(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    try folder.makeJournal(randomSamples(300, seed: seed).flatMap(\.export))
    let theirs = try folder.journalctl("-o", "export")
    let ours = try exportText(folder.path)
    if theirs.firstRange(of: Array("\n__SEQNUM=".utf8)) == nil {
      #expect(ours == theirs)
    }
    let again = try TemporaryFolder()
    try again.makeJournal(ours)
    let first = try read(JournalQuery(window: always, directory: folder.path))
    let second = try read(JournalQuery(window: always, directory: again.path))
    #expect(first.fields.map { $0.sorted() } == second.fields.map { $0.sorted() })
    #expect(first.entries.map(\.realtime) == second.entries.map(\.realtime))
    #expect(first.entries.map(\.bootID) == second.entries.map(\.bootID))
  }

  @Test("The short form is journalctl's")
  func short() throws {
    let folder = try TemporaryFolder()
    let messages: [[UInt8]] = [
      Array("hello".utf8), Array("two\nlines".utf8), Array("three\n\nlines\n\n".utf8),
      Array("tab\there".utf8),
      Array("\u{1B}[1;31mred\u{1B}[0m text".utf8), Array("Überprüfung ✓".utf8), [0, 1, 2],
      Array(repeating: 0xFF, count: 1536), Array(repeating: 0xFE, count: 5_000_000),
      Array("\u{1B}]0;title\u{7}".utf8),
      Array("one\n".utf8), Array("\u{1B}[2Jclear".utf8), Array("\u{1B}]0;title".utf8),
      Array("\u{1B}[31".utf8), [],
    ]
    var samples = messages.enumerated().map { index, message in
      Sample(
        at: Double(index * 40_000),
        [
          Field("MESSAGE", message), Field("_HOSTNAME", "host"), Field("SYSLOG_IDENTIFIER", "app"),
          Field("_PID", "\(index + 1)"), Field("PRIORITY", "6"),
        ])
    }
    let partial: [[(String, String)]] = [
      [("_COMM", "worker")], [("SYSLOG_IDENTIFIER", "app"), ("SYSLOG_PID", "7")], [("_HOSTNAME", "host")],
      [("_SOURCE_REALTIME_TIMESTAMP", "1795492174000001"), ("_PID", "9")], [],
    ]
    samples += partial.enumerated().map { index, fields in
      Sample(at: 1e6 + Double(index), [Field("MESSAGE", "x")] + fields.map { Field($0.0, $0.1) })
    }
    samples.append(Sample(at: 2e6, [Field("NO_MESSAGE", "at all")]))
    try folder.makeJournal(samples.flatMap(\.export))
    var encoder = JournalShortEncoder(zone: .utc)
    let ours = try encode(
      folder.path, begin: { entry, _ in encoder.begin(entry) },
      append: { name, value, _ in encoder.append(name: name, value: value) }, end: { encoder.end(to: &$0) })
    let theirs = try folder.journalctl("-o", "short")
    #expect(
      lines(ours).map { String(decoding: $0, as: UTF8.self) }
        == lines(theirs).map { String(decoding: $0, as: UTF8.self) })
  }

  @Test("Times are shown in the zone that is asked for")
  func zones() {
    var utc: [UInt8] = []
    var east: [UInt8] = []
    var west: [UInt8] = []
    ShortTime.append(Sample.start, zone: .utc, to: &utc)
    ShortTime.append(Sample.start, zone: .offset(seconds: 19_800), to: &east)
    ShortTime.append(Sample.start, zone: .offset(seconds: -5 * 3600), to: &west)
    #expect(String(decoding: utc, as: UTF8.self) == "Nov 24 03:49:34")
    #expect(String(decoding: east, as: UTF8.self) == "Nov 24 09:19:34")
    #expect(String(decoding: west, as: UTF8.self) == "Nov 23 22:49:34")
  }

  private func object(_ line: [UInt8]) throws -> NSDictionary {
    try #require(JSONSerialization.jsonObject(with: Data(line)) as? NSDictionary)
  }
}

extension NSDictionary {
  fileprivate func filtered(_ keep: (String) -> Bool) -> NSDictionary {
    let kept = allKeys.compactMap { $0 as? String }.filter(keep)
    return NSDictionary(objects: kept.map { self[$0] ?? NSNull() }, forKeys: kept.map { $0 as NSString })
  }
}
