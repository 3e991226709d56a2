import Evidence
import Foundation
import Testing

@testable import Journal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Gaps of the journal", .enabled(if: Tool.canMakeJournals, "needs systemd-journal-remote"))
struct JournalGapTests {
  @Test("A folder without journal files, and no folder at all, are gaps that name what was looked at")
  func nothing() throws {
    let folder = try TemporaryFolder()
    let empty = try read(JournalQuery(window: always, directory: folder.path))
    #expect(empty.coverage.entries == 0)
    #expect(empty.coverage.gaps.map(\.cause) == [.sourceError])
    #expect(empty.coverage.gaps[0].detail.contains("no journal file in \(folder.path)"))
    let missing = try read(JournalQuery(window: always, directory: folder.path + "/missing"))
    #expect(missing.coverage.gaps.map(\.cause) == [.sourceError])
    #expect(missing.coverage.gaps[0].detail.contains("none of \(folder.path)/missing exists"))
  }

  @Test("Files that are no journal are named, and the good one next to them is read")
  func garbage() throws {
    let folder = try TemporaryFolder()
    let good = try folder.makeJournal((0..<50).flatMap { Sample(at: Double($0), message: "\($0)").export })
    var truncated = try [UInt8](Data(contentsOf: URL(fileURLWithPath: good)).prefix(5000))
    var random = SeededGenerator(seed: 5)
    let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    for (name, bytes) in [("noise", noise), ("empty", []), ("truncated", truncated)] {
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder.path)/\(name).journal"))
    }
    truncated[8...15] = [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
    try Data(truncated).write(to: URL(fileURLWithPath: folder.path + "/flags.journal"))
    try FileManager.default.createDirectory(
      atPath: folder.path + "/folder.journal", withIntermediateDirectories: false)
    let reading = try read(JournalQuery(window: window(0, 100), directory: folder.path))
    #expect(reading.messages == (0..<50).map(String.init))
    #expect(reading.coverage.gaps.allSatisfy { $0.cause == .journalCorrupt })
    for name in ["noise", "empty", "flags", "folder"] {
      #expect(reading.coverage.gaps.count { $0.detail.contains("/\(name).journal was not read") } == 1)
    }
    #expect(reading.coverage.gaps.count { $0.detail.contains("/truncated.journal is damaged") } == 1)
    #expect(reading.coverage.gaps.count == 5)
  }

  @Test(
    "A file that libsystemd gives up silently is read as far as it goes, and named with the numbers",
    arguments: [11, 12, 13] as [UInt64])
  func shortfall(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let samples = (0..<5000).map { Sample(at: Double($0), message: "message number \($0)") }
    let path = try folder.makeJournal(samples.flatMap(\.export))
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    let used = try #require(bytes.lastIndex { $0 != 0 })
    var random = SeededGenerator(seed: seed)
    for _ in 0..<400 { bytes[Int.random(in: (used / 3)...used, using: &random)] ^= 0x55 }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let reading = try read(JournalQuery(window: window(0, 1e4), directory: folder.path))
    #expect(reading.coverage.entries > 4000)
    let gap = try #require(reading.gaps(.journalCorrupt).first { $0.detail.contains(path) })
    #expect(gap.detail.contains("of its 5000 entries"))
  }

  @Test("Entries older than the window's journal were rotated away, if there were any")
  func rotation() throws {
    let folder = try TemporaryFolder()
    let samples = (0..<10).map { Sample(at: 100 + Double($0), message: "\($0)") }
    try folder.makeJournal(samples.flatMap(\.export))
    let first = try read(JournalQuery(window: window(0, 1000), directory: folder.path))
    #expect(first.coverage.gaps.map(\.cause) == [.historyStart])
    #expect(first.coverage.gaps[0].from == window(0, 100).from)
    #expect(first.coverage.gaps[0].to == window(0, 100).to)
    #expect(first.coverage.gaps[0].detail.contains("cannot be known"))
    #expect(try read(JournalQuery(window: window(100, 1000), directory: folder.path)).coverage.gaps == [])

    let path = folder.path + "/system.journal"
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[168] = 2  // head_entry_seqnum: as if an entry had been before
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let rotated = try read(JournalQuery(window: window(0, 1000), directory: folder.path))
    #expect(rotated.coverage.gaps.map(\.cause) == [.journalRotated])
    #expect(rotated.coverage.gaps[0].to == window(0, 100).to)
  }

  @Test("What journald and the kernel say that they dropped is counted; an impostor's word is not")
  func dropped() throws {
    let folder = try TemporaryFolder()
    func suppressed(_ seconds: Double, _ count: Int, _ unit: String, transport: String = "driver") -> Sample {
      Sample(
        at: seconds,
        [
          Field("MESSAGE_ID", "a596d6fe7bfa4994828e72309e95d61e"), Field("N_DROPPED", "\(count)"),
          Field("MESSAGE", "Suppressed \(count) messages from \(unit)"), Field("_TRANSPORT", transport),
        ])
    }
    let samples = [
      suppressed(0, 100, "checkout.service"), suppressed(1, 7, "cart.service"),
      suppressed(30, 23, "checkout.service"), suppressed(31, 5, "forged.service", transport: "journal"),
      Sample(
        at: 40,
        [
          Field("MESSAGE_ID", "e9bf28e6e834481bb6f48f548ad13606"), Field("_TRANSPORT", "driver"),
          Field("MESSAGE", "Missed 42 kernel messages"),
        ]),
    ]
    try folder.makeJournal(samples.flatMap(\.export))
    let gaps = try read(JournalQuery(window: window(0, 100), directory: folder.path)).coverage.gaps
    #expect(gaps.map(\.cause) == [.journalSuppressed, .journalSuppressed, .journalSuppressed])
    #expect(gaps[0].detail.hasPrefix("journald dropped 7 messages of cart.service"))
    #expect(gaps[1].detail.hasPrefix("journald dropped 123 messages of checkout.service"))
    #expect(gaps[1].from == window(0, 1).from && gaps[1].to == window(30, 31).from)
    #expect(gaps[2].detail.hasPrefix("journald missed 42 kernel messages"))
  }

  @Test("No permission is told apart from nothing there", .enabled(if: geteuid() == 0, "needs root"))
  func permission() throws {
    let folder = try TemporaryFolder()
    let path = try folder.makeJournal(Sample(at: 0, message: "secret").export)
    chmod(path, 0o600)
    chmod(folder.path, 0o755)
    let file = try asNobody { try read(JournalQuery(window: window(0, 1), directory: folder.path)) }
    #expect(file.coverage.entries == 0)
    #expect(file.coverage.gaps.map(\.cause) == [.permission])
    #expect(file.coverage.gaps[0].detail.contains(path))

    chmod(folder.path, 0o700)
    let closed = try asNobody { try read(JournalQuery(window: window(0, 1), directory: folder.path)) }
    #expect(closed.coverage.gaps.map(\.cause) == [.permission])
    #expect(closed.coverage.gaps[0].detail.contains(folder.path))
    #expect(try read(JournalQuery(window: window(0, 1), directory: folder.path)).messages == ["secret"])
  }

  @Test("A journal in memory only is said to be lost with each reboot")
  func volatile() throws {
    var header = [UInt8](repeating: 0, count: JournalFileHeader.length)
    header.replaceSubrange(0..<8, with: "LPKSHHRH".utf8)
    for (offset, value) in [(88, 256), (152, 10), (168, 1), (184, Sample.start), (192, Sample.start + 1)] {
      withUnsafeBytes(of: UInt64(value).littleEndian) {
        header.replaceSubrange(offset..<(offset + 8), with: $0)
      }
    }
    let parsed = try #require(header.withUnsafeBytes { JournalFileHeader($0) })
    var inventory = JournalInventory()
    inventory.files = [
      JournalFile(
        path: "/run/log/journal/\(Sample.boot)/system.journal", identity: FileIdentity(device: 1, inode: 2),
        header: parsed)
    ]
    var report = JournalGapReport(artifact: "a", window: window(-10, 10), inventory: inventory)
    report.addMissingHistory()
    #expect(report.gaps.map(\.cause) == [.historyStart])
    #expect(report.gaps[0].detail.contains("Storage=persistent"))
  }

  @Test("A file that journald deletes while it is read is a gap")
  func vacuumed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.makeJournal((0..<10).flatMap { Sample(at: Double($0), message: "\($0)").export })
    var reader = try JournalReader(JournalQuery(window: window(0, 100), directory: folder.path))
    #expect(try reader.next() != nil)
    try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/system@archived.journal")
    while try reader.next() != nil {}
    #expect(reader.finish(artifact: "a").gaps == [])

    var second = try JournalReader(JournalQuery(window: window(0, 100), directory: folder.path))
    #expect(try second.next() != nil)
    try FileManager.default.removeItem(atPath: folder.path + "/system@archived.journal")
    while try second.next() != nil {}
    let gaps = second.finish(artifact: "a").gaps
    #expect(gaps.map(\.cause) == [.journalRotated])
  }

  /// Runs with the file permissions of an unprivileged user: setfsuid(2) is for the calling thread alone,
  /// where setuid(2) would be for all tests.
  private func asNobody<R>(_ body: () throws -> R) throws -> R {
    let group = try #require(change("setfsgid"))
    let user = try #require(change("setfsuid"))
    _ = (group(65534), user(65534))
    defer { _ = (user(0), group(0)) }
    return try body()
  }

  /// The Swift overlay does not import <sys/fsuid.h>.
  private func change(_ name: String) -> (@convention(c) (UInt32) -> Int32)? {
    // Both functions have this C type on Linux, whatever the architecture.
    dlsym(nil, name).map { unsafeBitCast($0, to: (@convention(c) (UInt32) -> Int32).self) }
  }
}
