import Evidence
import Foundation
import Testing

@testable import Journal

@Suite("Damaged journal files", .enabled(if: Tool.canCompare, "needs systemd"), .timeLimit(.minutes(5)))
struct CorruptionTests {
  /// One damaged file after the other in the same place.
  final class Bench {
    let folder: TemporaryFolder
    let path: String
    let original: [UInt8]
    let promised: Int

    init(_ original: [UInt8], entries: Int) throws {
      folder = try TemporaryFolder()
      path = folder.path + "/system.journal"
      self.original = original
      promised = entries
    }

    /// Expects that nothing is lost silently. Whatever crashes or hangs ends the test run.
    /// - Returns: the number of entries that could be read.
    @discardableResult
    func examine(_ bytes: [UInt8], _ what: @autoclosure () -> String) throws -> Int {
      try bytes.withUnsafeBytes { bytes in
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path, isDirectory: false).creating())
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(bytes))
        try file.close()
      }
      let query = JournalQuery(window: always, directory: folder.path)
      let ours = try entries(query)
      let theirs: Set<JournalEntry>
      do {
        // Without the fields: libsystemd 252 aborts the process over some damaged compressed ones.
        theirs = try entries(query.reading(with: .libsystemd), withFields: false).entries
      } catch is JournalError {
        theirs = []
      }
      let silent = theirs.subtracting(ours.entries)
      #expect(silent.isEmpty, "\(what()): \(silent.count) entries that libsystemd gives are missing")
      if ours.entries.count < promised {
        let isNamed = ours.coverage.gaps.contains { $0.cause == .journalCorrupt && $0.detail.contains(path) }
        #expect(
          isNamed,
          "\(what()): \(ours.entries.count) of \(promised) entries, and no word of it: \(ours.coverage.gaps)")
      }
      return ours.entries.count
    }

    private func entries(_ query: JournalQuery, withFields: Bool = true) throws -> (
      entries: Set<JournalEntry>, coverage: JournalCoverage
    ) {
      var reader = try JournalReader(query)
      var found: Set<JournalEntry> = []
      var bytes = 0
      while let entry = try reader.next() {
        found.insert(entry)
        guard withFields else { continue }
        reader.forEachField { bytes += $0.count + $1.count }
      }
      return (found, reader.finish(artifact: "a"))
    }
  }

  static func smallFile(_ flavour: FileFlavour, entries: Int = 60) -> [UInt8] {
    var builder = JournalFileBuilder(flavour)
    for sample in serviceSamples(entries, seed: 20) { builder.append(sample) }
    return builder.file()
  }

  static let flavours = [
    FileFlavour(compression: .zstd), FileFlavour(isCompact: false, compression: .lz4),
    FileFlavour(isCompact: false, isKeyed: false), FileFlavour(isKeyed: false, compression: .xz),
  ]

  @Test("2,500 bytes flipped, one at a time, of each of four flavours", arguments: flavours)
  func flips(flavour: FileFlavour) throws {
    let bench = try Bench(Self.smallFile(flavour), entries: 60)
    var random = SeededGenerator(seed: 21)
    var whole = 0
    for _ in 0..<2500 {
      var bytes = bench.original
      let offset = Int.random(in: 0..<bytes.count, using: &random)
      let flip = UInt8.random(in: 1...255, using: &random)
      bytes[offset] ^= flip
      if try bench.examine(bytes, "\(flavour), byte \(offset) ^ \(flip)") == 60 { whole += 1 }
    }
    #expect(whole > 1000)
  }

  @Test("250 files of each of four flavours, cut at any place", arguments: flavours)
  func truncations(flavour: FileFlavour) throws {
    let bench = try Bench(Self.smallFile(flavour), entries: 60)
    var random = SeededGenerator(seed: 22)
    for _ in 0..<250 {
      let length = Int.random(in: 0..<bench.original.count, using: &random)
      try bench.examine(Array(bench.original[..<length]), "\(flavour), cut at \(length)")
    }
  }

  @Test("Pages and tails of zeros", arguments: flavours)
  func zeros(flavour: FileFlavour) throws {
    let bench = try Bench(Self.smallFile(flavour), entries: 60)
    for start in stride(from: 0, to: bench.original.count, by: 512) {
      for length in [512, 4096, bench.original.count] {
        var bytes = bench.original
        for offset in start..<min(start + length, bytes.count) { bytes[offset] = 0 }
        try bench.examine(bytes, "\(flavour), zeros from \(start), \(length)")
      }
    }
  }

  @Test("Numbers replaced by those that break sums and products", arguments: flavours)
  func hostileNumbers(flavour: FileFlavour) throws {
    let bench = try Bench(Self.smallFile(flavour), entries: 60)
    let numbers: [UInt64] = [
      0, 1, 7, 8, 15, 16, 24, 63, 64, UInt64(bench.original.count), UInt64(bench.original.count) &- 8,
      768 << 20,
      1 << 31, 1 << 32, 1 << 47, UInt64(Int64.max), UInt64(Int64.max) - 7, 1 << 63, .max, .max - 7,
    ]
    var random = SeededGenerator(seed: 23)
    for place in stride(from: 8, to: 272, by: 8) {
      for number in numbers {
        var builder = bench.original
        builder.put(number, at: place)
        try bench.examine(builder, "\(flavour), \(number) at \(place)")
      }
    }
    for _ in 0..<500 {
      let place = Int.random(in: 34..<(bench.original.count / 8), using: &random) * 8
      var bytes = bench.original
      bytes.put(numbers.randomElement(using: &random) ?? 0, at: place)
      try bench.examine(bytes, "\(flavour), number at \(place)")
    }
  }

  @Test("Several bytes flipped at once", arguments: flavours)
  func manyFlips(flavour: FileFlavour) throws {
    let bench = try Bench(Self.smallFile(flavour), entries: 60)
    var random = SeededGenerator(seed: 24)
    for round in 0..<250 {
      var bytes = bench.original
      for _ in 0..<Int.random(in: 2...40, using: &random) {
        bytes[Int.random(in: 272..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
      try bench.examine(bytes, "\(flavour), round \(round)")
    }
  }
}

extension [UInt8] {
  /// Overwrites eight bytes, little-endian.
  mutating func put(_ value: UInt64, at place: Int) {
    Swift.withUnsafeBytes(of: value.littleEndian) { replaceSubrange(place..<(place + 8), with: $0) }
  }
}

extension URL {
  fileprivate func creating() throws -> URL {
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: self) }
    return self
  }
}
