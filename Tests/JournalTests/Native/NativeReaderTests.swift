import Evidence
import Foundation
import Testing

@testable import Journal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("The native reader gives what libsystemd gives", .enabled(if: Tool.canCompare, "needs journalctl"))
struct NativeReaderTests {
  @Test("Files of every flavour", arguments: FileFlavour.all)
  func flavours(flavour: FileFlavour) throws {
    let folder = try TemporaryFolder()
    var builder = JournalFileBuilder(flavour)
    for sample in serviceSamples(300, seed: 1) + randomSamples(100, seed: 2) { builder.append(sample) }
    let path = try folder.write(builder.file())
    try Tool.run(Tool.journalctl, ["--verify", "--file=" + path])
    #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) == 400)
  }

  @Test("Sealed files are read as plain ones")
  func sealed() throws {
    // One after the other: libsystemd sets libgcrypt up at the first sealed file, which two threads must not do.
    for isCompact in [true, false] {
      let folder = try TemporaryFolder()
      var builder = JournalFileBuilder(
        FileFlavour(isCompact: isCompact, isKeyed: true, compression: .zstd, isSealed: true))
      for sample in serviceSamples(100, seed: 3) { builder.append(sample) }
      try folder.write(builder.file())
      #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) == 100)
    }
  }

  @Test(
    "Files that systemd-journal-remote writes",
    arguments: [["SYSTEMD_JOURNAL_COMPACT": "0"], ["SYSTEMD_JOURNAL_KEYED_HASH": "0"], [:]],
    ["--compress=yes", "--compress=no"])
  func remote(environment: [String: String], compression: String) throws {
    let folder = try TemporaryFolder()
    let samples = serviceSamples(2000, seed: 4, boots: 3) + randomSamples(300, seed: 5)
    try Tool.run(
      Tool.remote, [compression, "--split-mode=none", "-o", folder.path + "/system.journal", "-"],
      input: samples.flatMap(\.export), environment: environment)
    #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) == 2300)
  }

  @Test(
    "Files that journald itself writes, of several namespaces and rotations",
    .enabled(if: Tool.canRunJournald, "needs root and systemd-journald"),
    arguments: [["SYSTEMD_JOURNAL_COMPACT": "0"], ["SYSTEMD_JOURNAL_KEYED_HASH": "0"], [:]])
  func journald(environment: [String: String]) throws {
    let folder = try TemporaryFolder()
    try Tool.runJournald(
      folder.path, environment: environment,
      """
      for i in $(seq 200); do echo "line $i of the service"; done | systemd-cat -t checkout -p warning
      head -c 3000 /dev/urandom | systemd-cat -t noise
      kill -USR2 $JOURNALD; sleep 0.2
      head -c 200000 /dev/zero | tr '\\0' x | systemd-cat -t long
      for i in $(seq 50); do echo "<3>later $i"; done | systemd-cat -t checkout
      """)
    // journald's own messages are among them.
    #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) > 250)
    var query = JournalQuery(window: always, directory: folder.path)
    query.identifiers = ["checkout"]
    #expect(try expectSame(query, journalctl: ["-t", "checkout"]) == 250)
  }

  @Test("217 small files of one sequence, and two that interleave")
  func manyFiles() throws {
    let folder = try TemporaryFolder()
    let samples = serviceSamples(217 * 5, seed: 6, boots: 2)
    for number in 0..<217 {
      var builder = JournalFileBuilder(FileFlavour(isKeyed: number % 2 == 0))
      for index in (number * 5)..<(number * 5 + 5) {
        builder.append(samples[index], sequence: UInt64(index + 1))
      }
      try folder.write(builder.file(), as: "system@\(number).journal")
    }
    #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) == samples.count)

    let mixed = try TemporaryFolder()
    var files = [JournalFileBuilder(), JournalFileBuilder()]
    for (index, sample) in samples.enumerated() {
      files[index % 3 == 0 ? 1 : 0].append(sample, sequence: UInt64(index + 1))
    }
    try mixed.write(files[0].file())
    try mixed.write(files[1].file(), as: "user-1000.journal")
    #expect(try expectSame(JournalQuery(window: always, directory: mixed.path)) == samples.count)
  }

  @Test("An entry that stands in two files is one entry; writers of different sequences interleave by time")
  func duplicates() throws {
    let folder = try TemporaryFolder()
    let samples = serviceSamples(100, seed: 7)
    var first = JournalFileBuilder()
    var second = JournalFileBuilder(FileFlavour(isCompact: false, isKeyed: false))
    var other = JournalFileBuilder(sequence: 0x77)
    for (index, sample) in samples.enumerated() {
      if index < 70 { first.append(sample, sequence: UInt64(index + 1)) }
      if index >= 30 { second.append(sample, sequence: UInt64(index + 1)) }
      var later = sample
      later.realtime += 1000
      later.monotonic += 1000
      other.append(later)
    }
    try folder.write(first.file())
    try folder.write(second.file(), as: "system@copy.journal")
    #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) == 100)
    try folder.write(other.file(), as: "remote.journal")
    #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) == 200)
  }

  @Test("A clock that was set back by 15 minutes, in windows on both sides of it")
  func clockJump() throws {
    let folder = try TemporaryFolder()
    var samples = serviceSamples(6000, seed: 8)
    for index in 3000..<6000 { samples[index].realtime -= 900_000_000 }
    try folder.makeJournal(samples.flatMap(\.export))
    #expect(try expectSame(JournalQuery(window: always, directory: folder.path)) == 6000)
    for range in [window(-900, -500), window(-200, 700), window(600, 2000), window(0, 1)] {
      let count = try expectSame(JournalQuery(window: range, directory: folder.path), journalctl: nil)
      #expect(count == samples.count { range.contains(Timestamp(microseconds: $0.realtime)) })
    }
  }

  @Test(
    "Messages of 1 MiB, compressed or not, and fields above the limit",
    arguments: FileFlavour.Compression.allCases)
  func large(compression: FileFlavour.Compression) throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 9)
    let words = (0..<64).map { _ in "word\(UInt16.random(in: 0...999, using: &random)) " }
    let text = (0..<(1 << 17)).map { _ in words[Int.random(in: 0..<64, using: &random)] }.joined()
    var builder = JournalFileBuilder(FileFlavour(compression: compression))
    for (index, length) in [1 << 20, 10, 4095, 4096, 4097, 65_536, 200_000].enumerated() {
      builder.append(Sample(at: Double(index), message: String(text.prefix(length))))
    }
    try folder.write(builder.file())
    let query = JournalQuery(window: always, directory: folder.path)
    #expect(try expectSame(query) == 7)
    for limit in [1, 60, 4096, 65_536, (1 << 20) - 1] {
      let cut = JournalQuery(window: always, directory: folder.path, fieldLimit: limit)
      try expectSame(cut, journalctl: nil)
      let gaps = try Rendering(cut.reading(with: .native)).coverage.gaps
      #expect(gaps == (try Rendering(cut.reading(with: .libsystemd)).coverage.gaps))
    }
  }

  @Test("Matches are journalctl's")
  func matches() throws {
    let folder = try TemporaryFolder()
    let samples = serviceSamples(3000, seed: 10, boots: 3)
    var files = [JournalFileBuilder(), JournalFileBuilder(FileFlavour(isKeyed: false))]
    for (index, sample) in samples.enumerated() {
      files[index / 1500].append(sample, sequence: UInt64(index + 1))
    }
    try folder.write(files[0].file(), as: "system@1.journal")
    try folder.write(files[1].file())
    func query(_ change: (inout JournalQuery) -> Void) -> JournalQuery {
      var query = JournalQuery(window: always, directory: folder.path)
      change(&query)
      return query
    }
    let boot = try #require(
      "22222222222222222222222222222222".utf8.withContiguousStorageIfAvailable {
        JournalID(hex: UnsafeRawBufferPointer($0))
      } ?? nil)
    let cases: [(JournalQuery, [String])] = [
      (query { $0.units = ["checkout.service"] }, ["-u", "checkout"]),
      (query { $0.units = ["cart.service", "sshd.service"] }, ["-u", "cart", "-u", "sshd"]),
      (query { $0.units = ["nothing.service"] }, ["-u", "nothing"]),
      (query { $0.priority = JournalPriority("err") }, ["-p", "err"]),
      (query { $0.priority = JournalPriority("4..5") }, ["-p", "4..5"]),
      (query { $0.identifiers = ["cron", "sshd"] }, ["-t", "cron", "-t", "sshd"]),
      (query { $0.boots = [boot] }, ["-b", "\(boot)"]),
      (query { $0.transports = ["kernel"] }, ["_TRANSPORT=kernel"]),
      (
        query {
          $0.units = ["cart.service"]
          $0.priority = JournalPriority("2")
          $0.transports = ["stdout"]
          $0.boots = [boot]
        }, ["-u", "cart", "-p", "2", "_TRANSPORT=stdout", "-b", "\(boot)"]
      ),
    ]
    for (query, arguments) in cases {
      let count = try expectSame(query, journalctl: arguments)
      #expect((count == 0) == (query.units == ["nothing.service"]))
      var part = query
      part.window = window(100, 300)
      try expectSame(part, journalctl: nil)
    }
  }
}
