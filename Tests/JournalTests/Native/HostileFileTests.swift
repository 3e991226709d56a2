import Evidence
import Foundation
import Testing

@testable import Journal

@Suite("Journal files made to harm", .enabled(if: Tool.canCompare, "needs systemd"), .timeLimit(.minutes(2)))
struct HostileFileTests {
  private func reading(_ bytes: [UInt8], _ change: (inout JournalQuery) -> Void = { _ in }) throws -> Reading
  {
    let folder = try TemporaryFolder()
    try folder.write(bytes)
    var query = JournalQuery(window: always, directory: folder.path)
    query.reader = .native
    change(&query)
    return try read(query)
  }

  private func builder(_ entries: Int, _ flavour: FileFlavour = FileFlavour()) -> JournalFileBuilder {
    var builder = JournalFileBuilder(flavour)
    for sample in serviceSamples(entries, seed: 30) { builder.append(sample) }
    return builder
  }

  @Test("A list of entries that leads back to itself ends, and hides no entry")
  func arrayLoop() throws {
    for target in 0..<4 {
      let builder = builder(200)
      var bytes = builder.file()
      let main = mainArrays(builder)
      bytes.put(UInt64(main[target]), at: main[3] + 16)
      let reading = try reading(bytes)
      #expect(reading.entries.count == 200)
      #expect(reading.gaps(.journalCorrupt).count == 1)
    }
  }

  @Test("A chain of the hash table that leads back to itself ends, and hides no entry")
  func hashLoop() throws {
    let builder = builder(200)
    for payload in ["_SYSTEMD_UNIT=cart.service", "PRIORITY=3", "_TRANSPORT=kernel"] {
      var bytes = builder.file()
      let object = try #require(builder.data[Array(payload.utf8)])
      // A field that hashes to the same bucket is not there, so the chain is followed to its end.
      bytes.put(UInt64(object), at: object + 24)
      for unit in ["cart.service", "sshd.service", "other.service"] {
        let expected = try self.reading(builder.file()) { $0.units = [unit] }
        let damaged = try self.reading(bytes) { $0.units = [unit] }
        #expect(damaged.entries == expected.entries)
      }
    }
  }

  /// Offsets of the arrays of the file's own list.
  private func mainArrays(_ builder: JournalFileBuilder) -> [Int] {
    let bytes = builder.file()
    return bytes.withUnsafeBytes { bytes in
      Array(
        sequence(first: Int(bytes.le64(176))) { bytes.le64($0 + 16) == 0 ? nil : Int(bytes.le64($0 + 16)) })
    }
  }

  @Test("A million arrays with one place each, or none, take no longer than one array", arguments: [0, 1])
  func tinyArrays(items: Int) throws {
    var bytes = builder(20).file()
    let place = Array(bytes[(mainArrays(builder(20))[0] + 24)...].prefix(4))
    let first = bytes.count
    let size = 24 + items * 4
    let step = (size + 7) & ~7
    let count = (8 << 20) / step
    bytes += [UInt8](repeating: 0, count: count * step)
    for index in 0..<count {
      let array = first + index * step
      bytes[array] = 6
      bytes.put(UInt64(size), at: array + 8)
      bytes.put(index == count - 1 ? 0 : UInt64(array + step), at: array + 16)
      if items > 0 { bytes.replaceSubrange((array + 24)..<(array + 28), with: place) }
    }
    bytes.put(UInt64(first), at: 176)
    bytes.put(UInt64(count), at: 152)
    bytes.put(UInt64(bytes.count - JournalFileBuilder.headerLength), at: 96)
    let reading = try reading(bytes)
    #expect(reading.entries.count == 20)
    #expect(!reading.gaps(.journalCorrupt).isEmpty)
  }

  @Test("Entries that overlap, each with thousands of fields, do not multiply the work")
  func overlappingEntries() throws {
    let size = 64 + 60_000 * 4
    let count = 200_000
    var builder = JournalFileBuilder()
    builder.append(Sample(at: 0, message: "x"))
    var bytes = builder.file()
    let first = bytes.count
    // Every 16 bytes an entry begins: what is the size of one is the time of another.
    let words: [UInt64] = [3, UInt64(size)]
    bytes.reserveCapacity(first + count * 16 + 2 * size)
    for index in 0..<(count * 2 + size / 4) {
      withUnsafeBytes(of: words[index % 2].littleEndian) { bytes += Array($0) }
    }
    let array = bytes.count
    bytes += [UInt8](repeating: 0, count: 24 + count * 4)
    bytes[array] = 6
    bytes.put(UInt64(24 + count * 4), at: array + 8)
    for index in 0..<count {
      withUnsafeBytes(of: UInt32(first + index * 16).littleEndian) {
        bytes.replaceSubrange((array + 24 + index * 4)..<(array + 28 + index * 4), with: $0)
      }
    }
    bytes.put(UInt64(array), at: 176)
    bytes.put(UInt64(count), at: 152)
    bytes.put(UInt64(bytes.count - JournalFileBuilder.headerLength), at: 96)
    let folder = try TemporaryFolder()
    try folder.write(bytes)
    var query = JournalQuery(window: always, directory: folder.path)
    query.reader = .native
    query.units = ["other.service"]
    #expect(try read(query).entries == [])
    query.units = []
    var reader = try JournalReader(query)
    var entries = 0
    var items = 0
    while try reader.next() != nil {
      entries += 1
      if entries % 100 == 0 { reader.forEachField { _, _ in items += 1 } }
    }
    #expect(entries <= 2000)
    #expect(reader.finish(artifact: "a").gaps.contains { $0.cause == .journalCorrupt })
  }

  @Test("A field that claims 768 MiB costs what it has", arguments: FileFlavour.Compression.allCases)
  func claims(compression: FileFlavour.Compression) throws {
    var builder = builder(20, FileFlavour(compression: compression))
    builder.append(Sample(at: 100, message: String(repeating: "a long line, ", count: 1000)))
    var bytes = builder.file()
    let payload = try #require(builder.data.keys.first { $0.count > 10_000 })
    let object = try #require(builder.data[payload])
    bytes.put(768 << 20, at: object + 8)
    if compression == .lz4 { bytes.put(768 << 20, at: object + 72) }
    let reading = try reading(bytes)
    #expect(reading.entries.count == 21)
    #expect(reading.fields.last?.contains { $0.name == "MESSAGE" } == false)
    #expect(!reading.gaps(.journalCorrupt).isEmpty)
  }

  @Test(
    "A few bytes that unpack to 48 MiB are cut at the limit",
    arguments: [FileFlavour.Compression.zstd, .xz, .lz4])
  func bombs(compression: FileFlavour.Compression) throws {
    var builder = JournalFileBuilder(FileFlavour(compression: compression))
    builder.append(Sample(at: 0, [Field("MESSAGE", [UInt8](repeating: 0x41, count: 48 << 20))]))
    let bytes = builder.file()
    let reading = try reading(bytes) { $0.fieldLimit = 1 << 20 }
    #expect(reading.fields.first?.first?.value.count == 1 << 20)
    #expect(reading.gaps(.budget).count == 1)
  }

  @Test("With a broken index every entry is looked through: matches lose nothing that libsystemd gives")
  func damagedIndex() throws {
    // Not compressed: libsystemd 252 aborts the process over some damaged compressed fields.
    let original = builder(60, FileFlavour(isCompact: false)).file()
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 31)
    for round in 0..<1500 {
      var bytes = original
      let offset = Int.random(in: 272..<bytes.count, using: &random)
      bytes[offset] ^= UInt8.random(in: 1...255, using: &random)
      try folder.write(bytes)
      var query = JournalQuery(window: always, units: ["cart.service"], directory: folder.path)
      if round % 2 == 1 { query.window = window(-1, 8) }
      let ours = try read(query.reading(with: .native))
      let theirs = try read(query.reading(with: .libsystemd))
      let silent = Set(theirs.entries).subtracting(ours.entries)
      #expect(silent.isEmpty, "byte \(offset): \(silent.count) entries that libsystemd gives are missing")
    }
  }

  @Test("A file that shrinks while it is read gives what is left, and says so")
  func shrinks() throws {
    let folder = try TemporaryFolder()
    let builder = builder(5000)
    let path = try folder.write(builder.file())
    var reader = try JournalReader(JournalQuery(window: always, directory: folder.path))
    var count = 0
    for _ in 0..<500 where try reader.next() != nil {
      reader.forEachField { _, _ in }
      count += 1
    }
    try #require(truncate(path, off_t(builder.bytes.count / 2)) == 0)
    while try reader.next() != nil {
      reader.forEachField { _, _ in }
      count += 1
    }
    #expect((1000..<4000).contains(count))
    let gaps = reader.finish(artifact: "a").gaps.filter { $0.cause == .journalCorrupt }
    #expect(gaps.contains { $0.detail.contains(path) && $0.detail.contains("offset") })
  }
}
