import Evidence
import Foundation
import Testing

@testable import Journal

@Suite("Losses that the journal's files and times show")
struct JournalLossTests {
  private func reading(
    _ folder: TemporaryFolder, _ window: TimeWindow, reader: JournalReaderChoice = .native
  ) throws -> Reading {
    var query = JournalQuery(window: window, directory: folder.path)
    query.reader = reader
    return try read(query)
  }

  /// Files of one sequence that hold these parts of it.
  private func write(_ parts: [ClosedRange<Int>], into folder: TemporaryFolder) throws {
    for part in parts {
      var builder = JournalFileBuilder()
      for index in part {
        builder.append(Sample(at: Double(index), message: "\(index)"), sequence: UInt64(index))
      }
      try folder.write(builder.file(), as: "system@\(part.lowerBound).journal")
    }
  }

  @Test("A file that was deleted from the middle is a hole, with the number of its entries")
  func hole() throws {
    let folder = try TemporaryFolder()
    try write([1...100, 101...200, 301...400, 402...500], into: folder)
    let gaps = try reading(folder, window(0, 1000)).gaps(.journalRotated)
    #expect(gaps.count == 2)
    let details = gaps.map(\.detail).sorted()
    #expect(details[0].hasPrefix("1 entries between"))
    #expect(details[1].hasPrefix("100 entries between"))
    let hole = try #require(gaps.first { $0.detail.hasPrefix("100") })
    #expect(hole.from == window(200, 301).from && hole.to == window(200, 301).to)
    #expect(try reading(folder, window(10, 150)).gaps(.journalRotated) == [])
    #expect(try reading(folder, window(250, 260)).gaps(.journalRotated).count == 1)
  }

  @Test("Files that interleave, and writers of their own, are no holes")
  func noHole() throws {
    let folder = try TemporaryFolder()
    var files = [JournalFileBuilder(), JournalFileBuilder(), JournalFileBuilder(sequence: 0x99)]
    for index in 1...300 {
      let file = index % 10 == 0 ? 1 : 0
      files[file].append(Sample(at: Double(index), message: "\(index)"), sequence: UInt64(index))
      files[2].append(
        Sample(at: Double(index) + 0.5, message: "other \(index)"), sequence: UInt64(index + 5000))
    }
    for (number, file) in files.enumerated() { try folder.write(file.file(), as: "\(number).journal") }
    let result = try reading(folder, window(2, 1000))
    #expect(result.entries.count == 299 + 299)
    #expect(result.coverage.gaps == [])
  }

  @Test("A file that journald had to leave behind names what may be missing behind its end")
  func unclean() throws {
    let folder = try TemporaryFolder()
    var before = JournalFileBuilder()
    var after = JournalFileBuilder(sequence: 0x52)
    for index in 0..<50 {
      before.append(Sample(at: Double(index), message: "\(index)"))
      after.append(Sample(at: Double(index + 200), message: "\(index)", monotonic: Double(index)))
    }
    try folder.write(before.file(state: 1), as: "system@0001-0002.journal~")
    try folder.write(after.file(state: 1))
    let gaps = try reading(folder, window(0, 1000)).gaps(.journalCorrupt)
    #expect(gaps.count == 1)
    #expect(gaps[0].detail.contains("system@0001-0002.journal~ was not closed cleanly"))
    #expect(gaps[0].from == window(49, 200).from && gaps[0].to == window(49, 200).to)
    #expect(try reading(folder, window(0, 40)).gaps(.journalCorrupt) == [])
    #expect(try reading(folder, window(400, 500)).gaps(.journalCorrupt) == [])
    #expect(try reading(folder, window(210, 220)).gaps(.journalCorrupt).count == 1)
  }

  @Test("A clock that was set back by more than a second is named", arguments: [-900.0, -2, -0.5, 3600])
  func clockJump(jump: Double) throws {
    let folder = try TemporaryFolder()
    var builder = JournalFileBuilder()
    for index in 0..<600 {
      builder.append(
        Sample(
          at: Double(index) / 4 + (index < 300 ? 0 : jump), message: "\(index)",
          monotonic: Double(index) / 4 + 9))
    }
    try folder.write(builder.file())
    for reader in [JournalReaderChoice.native, .libsystemd] {
      let result = try reading(folder, window(-5000, 5000), reader: reader)
      #expect(result.entries.count == 600)
      let gaps = result.gaps(.clockJump)
      #expect(gaps.count == (jump < -1 ? 1 : 0))
      if let gap = gaps.first {
        #expect(gap.detail.contains("set back by \(Int(-jump)) s"))
        #expect(gap.to == window(0, 74.75).to)
      }
    }
  }

  @Test("Another boot with an earlier clock is no jump; jumps are found between parts that were read apart")
  func boots() throws {
    var (left, right) = (ClockJumps(), ClockJumps())
    func entry(_ seconds: Double, monotonic: Double, boot: UInt64 = 1) -> JournalEntry {
      JournalEntry(
        sequenceID: JournalID(high: 1, low: 1), sequenceNumber: 1, bootID: JournalID(high: boot, low: 1),
        monotonic: UInt64(monotonic * 1e6), realtime: Sample.start + UInt64(seconds * 1e6), fieldsHash: 0)
    }
    left.take(entry(100, monotonic: 10))
    left.take(entry(50, monotonic: 5, boot: 2))
    #expect(left.count == 0)
    right.take(entry(20, monotonic: 6, boot: 2))
    right.take(entry(21, monotonic: 7, boot: 2))
    #expect(right.count == 0)
    left.add(right)
    #expect(left.count == 1 && left.named.map(\.distance) == [31_000_000])
  }

  @Test("An entry that a worker finds to be none is named with its file and place")
  func lostPlace() throws {
    var (first, second) = (JournalTally(), JournalTally())
    first.lostEntry(in: "/a/system.journal", at: 4096)
    second.lostEntry(in: "/a/system.journal", at: 512)
    second.lostEntry(in: "/b/system.journal", at: 64)
    first.add(second)
    var report = JournalGapReport(artifact: "a", window: always, inventory: JournalInventory())
    first.addGaps(to: &report)
    #expect(report.gaps.map(\.cause) == [.journalCorrupt, .journalCorrupt])
    #expect(
      report.gaps[0].detail.contains("/a/system.journal is damaged: 2 entries between offsets 512 and 4096"))
  }
}
