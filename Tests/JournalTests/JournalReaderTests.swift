import Evidence
import Foundation
import Testing

@testable import Journal

@Suite("Reading", .enabled(if: Tool.canMakeJournals, "needs systemd-journal-remote"))
struct JournalReaderTests {
  @Test("Every field of every entry comes back, whatever its bytes", arguments: [1, 2, 3] as [UInt64])
  func everyField(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let samples = randomSamples(200, seed: seed)
    try folder.makeJournal(samples.flatMap(\.export))
    let reading = try read(JournalQuery(window: always, directory: folder.path))
    #expect(reading.entries.map(\.realtime) == samples.map(\.realtime))
    #expect(reading.entries.map(\.monotonic) == samples.map(\.monotonic))
    #expect(reading.entries.allSatisfy { $0.bootID.description == Sample.boot })
    for (read, written) in zip(reading.fields, samples) {
      // A field that is there twice with the same value is one object of the file, and stored once.
      #expect(Set(read) == Set(written.fields))
      #expect(read.count == Set(written.fields).count)
    }
    #expect(reading.coverage.entries == 200)
  }

  @Test("The window is half-open and exact to the microsecond")
  func windowBounds() throws {
    let folder = try TemporaryFolder()
    let samples = [9.999999, 10, 10.5, 19.999999, 20].map { Sample(at: $0, message: "\($0)") }
    try folder.makeJournal(samples.flatMap(\.export))
    let reading = try read(JournalQuery(window: window(10, 20), directory: folder.path))
    #expect(reading.messages == ["10.0", "10.5", "19.999999"])
    #expect(reading.coverage.first == window(10, 20).from)
    #expect(reading.coverage.last == Timestamp(microseconds: samples[3].realtime))
  }

  @Test("A clock that goes back or ahead hides no entry", arguments: [-900.0, -90_000, 3600, 900_000])
  func clockJump(jump: Double) throws {
    let folder = try TemporaryFolder()
    let samples = (0..<1000).map { index in
      Sample(
        at: Double(index) + (index < 500 ? 0 : jump), message: "\(index)", monotonic: Double(index) + 10)
    }
    try folder.makeJournal(samples.flatMap(\.export))
    for range in [window(200, 600), window(jump + 480, jump + 700), window(-100, 100), window(0, 1e6)] {
      let reading = try read(JournalQuery(window: range, directory: folder.path))
      let expected = samples.filter { range.contains(Timestamp(microseconds: $0.realtime)) }
      #expect(reading.messages == expected.map { String(decoding: $0.fields[0].value, as: UTF8.self) })
    }
  }

  @Test("Several boots, one of them with the clock of 1970, are read in the order of writing")
  func boots() throws {
    let folder = try TemporaryFolder()
    let boots = (0..<3).map { String(repeating: String($0 + 1), count: 32) }
    var samples: [Sample] = []
    for (number, boot) in boots.enumerated() {
      for index in 0..<20 {
        let isLost = number == 1 && index < 10
        let seconds = Double(number * 100 + index) - (isLost ? 1.5e9 : 0)
        samples.append(
          Sample(at: seconds, message: "\(number).\(index)", boot: boot, monotonic: Double(index + 5)))
      }
    }
    try folder.makeJournal(samples.flatMap(\.export))
    let reading = try read(JournalQuery(window: window(0, 1000), directory: folder.path))
    let expected = samples.filter { $0.realtime >= Sample.start }
    #expect(reading.messages == expected.map { String(decoding: $0.fields[0].value, as: UTF8.self) })
    #expect(Set(reading.entries.map(\.bootID.description)) == Set(boots))
  }

  @Test("Files that end a day before the window are not opened, nearer ones are")
  func selection() throws {
    let folder = try TemporaryFolder()
    try folder.makeJournal(Sample(at: -200_000, message: "old").export, name: "a.journal")
    try folder.makeJournal(Sample(at: -3600, message: "near").export, name: "b.journal")
    try folder.makeJournal(Sample(at: 5, message: "in").export, name: "c.journal")
    try folder.makeJournal(Sample(at: 200_000, message: "late").export, name: "d.journal")
    let reading = try read(JournalQuery(window: window(0, 10), directory: folder.path))
    #expect(reading.messages == ["in"])
    #expect(reading.coverage.files == 2)
    #expect(reading.coverage.gaps == [])
  }

  @Test("A journal that is written on while it is read ends with what was there when it was opened")
  func growth() throws {
    let folder = try TemporaryFolder()
    try folder.makeJournal((0..<10).flatMap { Sample(at: Double($0), message: "\($0)").export })
    var reader = try JournalReader(JournalQuery(window: window(0, 100), directory: folder.path))
    let later = [Sample(at: 200, message: "past the window"), Sample(at: 50, message: "clock set back")]
    try folder.makeJournal(later.flatMap(\.export))
    var count = 0
    while try reader.next() != nil { count += 1 }
    #expect(count == 10)
    #expect(reader.finish(artifact: "a").gaps == [])
    let again = try read(JournalQuery(window: window(0, 100), directory: folder.path))
    #expect(again.messages.last == "clock set back")
    #expect(again.coverage.entries == 11)
  }

  @Test("A message of 1 MiB comes whole; a field beyond the limit is cut, and a gap tells where the rest is")
  func largeFields() throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 7)
    let large = (0..<(1 << 20)).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }
    let samples = [Sample(at: 0, [Field("MESSAGE", large)]), Sample(at: 1, message: "small")]
    try folder.makeJournal(samples.flatMap(\.export))
    let whole = try read(JournalQuery(window: window(0, 10), directory: folder.path))
    #expect(whole.fields[0] == [Field("MESSAGE", large)])
    #expect(whole.coverage.gaps == [])

    for limit in [50, 1000, (1 << 20) - 1] {
      let cut = try read(JournalQuery(window: window(0, 10), directory: folder.path, fieldLimit: limit))
      #expect(cut.fields[0] == [Field("MESSAGE", Array(large[..<limit]))])
      let gap = try #require(cut.gaps(.budget).first)
      #expect(gap.detail.contains("MESSAGE") && gap.detail.contains(cut.entries[0].cursor))
      #expect(cut.gaps(.budget).count == 1)
    }
  }

  @Test("Only the units asked for are read, with what trusted senders say about them")
  func units() throws {
    let folder = try TemporaryFolder()
    let coredump = "fc2e22bc6ee647b6b90729ab34a250b1"
    let wanted: [[(String, String)]] = [
      [("_SYSTEMD_UNIT", "checkout.service")], [("_PID", "1"), ("UNIT", "checkout.service")],
      [("_UID", "0"), ("OBJECT_SYSTEMD_UNIT", "checkout.service")],
      [("_UID", "0"), ("MESSAGE_ID", coredump), ("COREDUMP_UNIT", "checkout.service")],
    ]
    let others: [[(String, String)]] = [
      [("_SYSTEMD_UNIT", "checkout.socket")], [("_PID", "17"), ("UNIT", "checkout.service")],
      [("_UID", "33"), ("OBJECT_SYSTEMD_UNIT", "checkout.service")],
      [("_SYSTEMD_UNIT", "checkout.service.d")],
      [("_UID", "33"), ("MESSAGE_ID", coredump), ("COREDUMP_UNIT", "checkout.service")], [],
    ]
    let samples = (wanted + others).enumerated().map { index, fields in
      Sample(at: Double(index), [Field("MESSAGE", "\(index)")] + fields.map { Field($0.0, $0.1) })
    }
    try folder.makeJournal(samples.flatMap(\.export))
    for name in ["checkout", "checkout.service"] {
      let query = JournalQuery(window: window(0, 100), units: [name], directory: folder.path)
      let reading = try read(query)
      #expect(reading.messages == wanted.indices.map(String.init))
    }
    let two = JournalQuery(
      window: window(0, 100), units: ["checkout", "checkout.socket"], directory: folder.path)
    #expect(try read(two).entries.count == wanted.count + 1)

    var line = JournalLine()
    let filter = JournalFilter(units: ["checkout"])
    let matches = try lines(jsonLines(folder.path)).map { bytes in
      _ = try bytes.withUnsafeBytes { try line.parse($0) }
      return filter.matches(line)
    }
    #expect(matches == wanted.map { _ in true } + others.map { _ in false })
  }

  @Test("Subfolders that are named after a machine belong to the journal, others do not")
  func subfolders() throws {
    let folder = try TemporaryFolder()
    for (index, name) in [Sample.boot, Sample.boot + ".mail", "backup"].enumerated() {
      try FileManager.default.createDirectory(
        atPath: folder.path + "/" + name, withIntermediateDirectories: false)
      try folder.makeJournal(Sample(at: Double(index), message: name).export, name: name + "/system.journal")
    }
    let reading = try read(JournalQuery(window: window(0, 10), directory: folder.path))
    #expect(reading.messages == [Sample.boot, Sample.boot + ".mail"])
  }
}
