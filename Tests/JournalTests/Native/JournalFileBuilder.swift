import CLZ4
import CLZMA
import CZstd
import Foundation
import Testing

@testable import Journal

/// How a journal file is written: what systemd's versions and settings differ in.
struct FileFlavour: Sendable, CustomStringConvertible, Hashable {
  enum Compression: String, Sendable, CaseIterable { case none, xz, lz4, zstd }

  var isCompact = true
  var isKeyed = true
  var compression = Compression.none
  var isSealed = false

  static let all: [FileFlavour] = [true, false].flatMap { compact in
    [true, false].flatMap { keyed in
      Compression.allCases.map { FileFlavour(isCompact: compact, isKeyed: keyed, compression: $0) }
    }
  }

  var description: String {
    "\(isCompact ? "compact" : "regular"), \(isKeyed ? "keyed" : "unkeyed"), \(compression)\(isSealed ? ", sealed" : "")"
  }

  var incompatible: UInt32 {
    let compressed: [Compression: UInt32] = [.none: 0, .xz: 1, .lz4: 2, .zstd: 8]
    return (compressed[compression] ?? 0) | (isKeyed ? 4 : 0) | (isCompact ? 16 : 0)
  }
}

/// Writes journal files of any flavour, as small as they can be, by the format's description
/// (https://systemd.io/JOURNAL_FILE_FORMAT). The real writers know one compression and begin with 8 MiB.
struct JournalFileBuilder {
  let flavour: FileFlavour
  private(set) var bytes: [UInt8]
  /// Offsets of the entries, in the order of writing.
  private(set) var entries: [Int] = []
  /// Offsets of all entry arrays.
  private(set) var arrays: [Int] = []
  /// Offsets of the DATA objects by their payload.
  private(set) var data: [[UInt8]: Int] = [:]
  private var fields: [String: Int] = [:]
  private var mainList = EntryChain()
  private var dataLists: [Int: EntryChain] = [:]
  private var objects = 0
  private var tail = 0
  private var tags = 0
  private var firstSample: (realtime: UInt64, sequence: UInt64)?
  private var lastSequence: UInt64 = 0

  static let headerLength = 264
  private static let buckets = 61
  private static let fileID: [UInt8] = Array(0xA0...0xAF)

  /// Where the arrays of one list are, and how full the last one is.
  private struct EntryChain {
    var first = 0
    var last = 0
    var used = 0
    var capacity = 0
    var count = 0
  }

  init(_ flavour: FileFlavour = FileFlavour(), sequence: UInt8 = 0x51) {
    self.flavour = flavour
    bytes = Array(repeating: 0, count: Self.headerLength)
    bytes.replaceSubrange(0..<8, with: "LPKSHHRH".utf8)
    bytes[8] = flavour.isSealed ? 1 : 0
    put32(flavour.incompatible, at: 12)
    bytes.replaceSubrange(24..<40, with: Self.fileID)
    bytes.replaceSubrange(40..<56, with: Array(repeating: 0x3D, count: 16))
    bytes.replaceSubrange(72..<88, with: Array(repeating: sequence, count: 16))
    put64(Self.headerLength, at: 88)
    for (place, type) in [(120, 5), (104, 4)] as [(Int, UInt8)] {
      let table = object(type, size: 16 + Self.buckets * 16)
      put64(table + 16, at: place)
      put64(Self.buckets * 16, at: place + 8)
    }
  }

  /// Appends an entry.
  mutating func append(_ sample: Sample, sequence: UInt64? = nil) {
    let boot = Self.bytes(ofID: sample.boot)
    var payloads = sample.fields.map { Array($0.name.utf8) + [0x3D] + $0.value }
    payloads.append(Array("_BOOT_ID=\(sample.boot)".utf8))
    var items: [(offset: Int, hash: UInt64)] = []
    var xor: UInt64 = 0
    for payload in payloads {
      let offset = dataObject(payload)
      guard !items.contains(where: { $0.offset == offset }) else { continue }
      items.append((offset, hash(payload)))
      xor ^= payload.withUnsafeBytes { DataHash.jenkins($0) }
    }
    items.sort { $0.offset < $1.offset }
    let itemSize = flavour.isCompact ? 4 : 16
    let entry = object(3, size: 64 + items.count * itemSize)
    lastSequence = sequence ?? lastSequence + 1
    for (value, place) in [(lastSequence, 16), (sample.realtime, 24), (sample.monotonic, 32), (xor, 56)] {
      put64(value, at: entry + place)
    }
    bytes.replaceSubrange((entry + 40)..<(entry + 56), with: boot)
    for (index, item) in items.enumerated() {
      let place = entry + 64 + index * itemSize
      if flavour.isCompact {
        put32(UInt32(item.offset), at: place)
      } else {
        put64(item.offset, at: place)
        put64(item.hash, at: place + 8)
      }
    }
    entries.append(entry)
    var list = mainList
    link(entry, &list)
    mainList = list
    for item in items { linkData(item.offset, entry) }
    if firstSample == nil { firstSample = (sample.realtime, lastSequence) }
    put64(sample.realtime, at: 192)
    put64(sample.monotonic, at: 200)
    bytes.replaceSubrange(56..<72, with: boot)
    if flavour.isSealed && entries.count % 10 == 1 { appendTag() }
  }

  /// The file as journald leaves it when it archives it.
  func file(state: UInt8 = 2) -> [UInt8] {
    var copy = self
    copy.bytes[16] = state
    let numbers: [(Int, Int)] = [
      (bytes.count - Self.headerLength, 96), (tail, 136), (objects, 144), (entries.count, 152),
      (Int(lastSequence), 160), (Int(firstSample?.sequence ?? 0), 168), (mainList.first, 176),
      (Int(firstSample?.realtime ?? 0), 184), (data.count, 208), (fields.count, 216), (tags, 224),
      (arrays.count, 232),
    ]
    for (value, place) in numbers { copy.put64(value, at: place) }
    copy.put32(UInt32(mainList.last), at: 256)
    copy.put32(UInt32(mainList.used), at: 260)
    return copy.bytes
  }

  // MARK: Objects

  private mutating func object(_ type: UInt8, flags: UInt8 = 0, size: Int) -> Int {
    let offset = bytes.count
    bytes += Array(repeating: 0, count: (size + 7) & ~7)
    bytes[offset] = type
    bytes[offset + 1] = flags
    put64(size, at: offset + 8)
    objects += 1
    tail = offset
    return offset
  }

  private func hash(_ payload: [UInt8]) -> UInt64 {
    payload.withUnsafeBytes { payload in
      Self.fileID.withUnsafeBytes { id in
        flavour.isKeyed ? DataHash.sip(payload, key: id.id(0)) : DataHash.jenkins(payload)
      }
    }
  }

  private mutating func dataObject(_ payload: [UInt8]) -> Int {
    if let known = data[payload] { return known }
    let (stored, flag) = compressed(payload)
    let start = flavour.isCompact ? 72 : 64
    let offset = object(1, flags: flag, size: start + stored.count)
    bytes.replaceSubrange((offset + start)..<(offset + start + stored.count), with: stored)
    put64(hash(payload), at: offset + 16)
    chain(offset, hash: hash(payload), table: 104)
    let name = String(decoding: payload.prefix { $0 != 0x3D }, as: UTF8.self)
    let field = fieldObject(name)
    put64(number(at: field + 32), at: offset + 32)
    put64(offset, at: field + 32)
    data[payload] = offset
    return offset
  }

  private mutating func fieldObject(_ name: String) -> Int {
    if let known = fields[name] { return known }
    let payload = Array(name.utf8)
    let offset = object(2, size: 40 + payload.count)
    bytes.replaceSubrange((offset + 40)..<(offset + 40 + payload.count), with: payload)
    put64(hash(payload), at: offset + 16)
    chain(offset, hash: hash(payload), table: 120)
    fields[name] = offset
    return offset
  }

  /// Hangs an object into the hash table whose place stands there in the header.
  private mutating func chain(_ offset: Int, hash: UInt64, table: Int) {
    let bucket = number(at: table) + Int(hash % UInt64(Self.buckets)) * 16
    let last = number(at: bucket + 8)
    put64(offset, at: last == 0 ? bucket : last + 24)
    put64(offset, at: bucket + 8)
  }

  private mutating func appendTag() {
    tags += 1
    let offset = object(7, size: 64)
    put64(tags, at: offset + 16)
  }

  private mutating func linkData(_ data: Int, _ entry: Int) {
    var list = dataLists[data] ?? EntryChain()
    if list.count == 0 {
      put64(entry, at: data + 40)
      list.count = 1
    } else {
      link(entry, &list)
      put64(list.first, at: data + 48)
    }
    put64(list.count, at: data + 56)
    if flavour.isCompact {
      put32(UInt32(list.last), at: data + 64)
      put32(UInt32(list.used), at: data + 68)
    }
    dataLists[data] = list
  }

  private mutating func link(_ entry: Int, _ list: inout EntryChain) {
    let size = flavour.isCompact ? 4 : 8
    if list.used == list.capacity {
      list.capacity = max(4, list.capacity * 2)
      let array = object(6, size: 24 + list.capacity * size)
      arrays.append(array)
      if list.last > 0 { put64(array, at: list.last + 16) } else { list.first = array }
      (list.last, list.used) = (array, 0)
    }
    let place = list.last + 24 + list.used * size
    if flavour.isCompact { put32(UInt32(entry), at: place) } else { put64(entry, at: place) }
    list.used += 1
    list.count += 1
  }

  // MARK: Numbers

  mutating func put64(_ value: some BinaryInteger, at place: Int) {
    withUnsafeBytes(of: UInt64(value).littleEndian) { bytes.replaceSubrange(place..<(place + 8), with: $0) }
  }

  mutating func put32(_ value: UInt32, at place: Int) {
    withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<(place + 4), with: $0) }
  }

  func number(at place: Int) -> Int {
    bytes.withUnsafeBytes { Int($0.le64(place)) }
  }

  static func bytes(ofID id: String) -> [UInt8] {
    let digits = Array(id.utf8).map { Hexadecimal.digit($0) ?? 0 }
    return stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  // MARK: Compression

  /// Compressed where that makes it smaller, and what it is compressed with.
  private func compressed(_ payload: [UInt8]) -> (bytes: [UInt8], flag: UInt8) {
    guard payload.count >= 40 else { return (payload, 0) }
    var output = [UInt8](repeating: 0, count: payload.count + 1024)
    let (written, flag) = output.withUnsafeMutableBytes { output in
      payload.withUnsafeBytes { Self.compress($0, flavour.compression, into: output) }
    }
    return written > 0 && written < payload.count ? (Array(output[..<written]), flag) : (payload, 0)
  }

  private static func compress(
    _ payload: UnsafeRawBufferPointer, _ compression: FileFlavour.Compression,
    into output: UnsafeMutableRawBufferPointer
  ) -> (Int, UInt8) {
    switch compression {
    case .none:
      return (0, 0)
    case .zstd:
      let count = ZSTD_compress(output.baseAddress, output.count, payload.baseAddress, payload.count, 3)
      return (ZSTD_isError(count) == 0 ? count : 0, 4)
    case .lz4:
      output.storeBytes(of: UInt64(payload.count).littleEndian, as: UInt64.self)
      let count = LZ4_compress_default(
        payload.assumingMemoryBound(to: CChar.self).baseAddress,
        output.assumingMemoryBound(to: CChar.self).baseAddress.map { $0 + 8 }, Int32(payload.count),
        Int32(output.count - 8))
      return (count > 0 ? Int(count) + 8 : 0, 2)
    case .xz:
      var position = 0
      let result = lzma_easy_buffer_encode(
        0, LZMA_CHECK_NONE, nil, payload.assumingMemoryBound(to: UInt8.self).baseAddress, payload.count,
        output.assumingMemoryBound(to: UInt8.self).baseAddress, &position, output.count)
      return (result == LZMA_OK ? position : 0, 1)
    }
  }
}

extension TemporaryFolder {
  /// Writes a file into the folder.
  /// - Returns: its path.
  @discardableResult
  func write(_ bytes: [UInt8], as name: String = "system.journal") throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}
