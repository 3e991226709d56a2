/// One file or folder of an archive.
package struct ArchiveEntry: Hashable, Sendable {
  /// The archive's one top folder.
  package let folder: String
  /// The path below the top folder: `data/logs/journal.jsonl`; empty for the top folder itself.
  package let path: String
  package let isFolder: Bool
  /// Length of the content in bytes.
  package let size: Int
  /// Seconds since 1970-01-01T00:00:00Z.
  package let modified: Int
  /// All header blocks of the entry as they stand in the archive.
  let header: [UInt8]
}

/// Walks a `.tar.gz` or `.tar.zst` front to back in bounded memory, whoever made it.
///
/// Refuses whatever could escape from the folder that it is unpacked into, or mean two things: absolute and
/// `..` paths, links, devices, names that occur twice, a second top folder, bytes after the end.
package struct ArchiveReader: ~Copyable {
  private var stream: UnpackStream
  private let limits: BundleReader.Limits
  private let scratch: UnsafeMutableRawBufferPointer
  private var folder: String?
  private var names: Set<String> = []
  private var nameBytes = 0
  private var current: ArchiveEntry?
  private var remaining = 0
  private var isAtEnd = false

  /// - Throws: `.system`, `.invalid` if `path` is no regular file, `.damaged` if it is neither gzip nor zstd.
  package init(path: String, limits: BundleReader.Limits = .init()) throws(BundleError) {
    stream = try UnpackStream(OpenFile(reading: path), maximumBytes: limits.maximumBytes)
    scratch = .allocate(byteCount: 64 << 10, alignment: 16)
    self.limits = limits
  }

  deinit {
    scratch.deallocate()
  }

  /// Offset in the compressed file where a trailer should begin, once it was reached.
  var contentEnd: Int? { stream.contentEnd }

  /// Where the reader stands: the offset in the compressed file, and the entry.
  package var place: String {
    let name = current.map { $0.path.isEmpty ? $0.folder : $0.path }
    return "offset \(stream.offset)" + (name.map { ", in or after \($0)" } ?? "")
  }

  /// Steps to the next entry; what is left of the content of the one before is passed over.
  /// - Returns: `nil` after the last one.
  /// - Throws: `.damaged`, `.limitExceeded`, `.system`.
  package mutating func next() throws(BundleError) -> ArchiveEntry? {
    guard !isAtEnd else { return nil }
    try finishEntry()
    guard let found = try header() else {
      try finishArchive()
      return nil
    }
    let entry = try check(found)
    current = entry
    remaining = entry.size
    return entry
  }

  /// Reads on in the content of the entry.
  /// - Returns: the number of bytes put into `buffer`; 0 at the end of the content.
  /// - Throws: `.damaged`, `.limitExceeded`, `.system`.
  package mutating func readContent(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
    guard remaining > 0, buffer.count > 0 else { return 0 }
    let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(remaining)))
    guard count > 0 else { throw damaged("the archive ends within a file") }
    remaining -= count
    return count
  }

  private func damaged(_ detail: String) -> BundleError {
    .damaged(place: place, detail: detail)
  }

  /// Adds the entry to the place of errors of the layer below.
  private mutating func read(_ buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
    do throws(BundleError) {
      return try stream.read(into: buffer)
    } catch {
      switch error {
      case .damaged(_, let detail): throw .damaged(place: place, detail: detail)
      case .limitExceeded(_, let detail): throw .limitExceeded(place: place, detail: detail)
      default: throw error
      }
    }
  }

  /// Fills `count` bytes.
  private mutating func exactly(_ count: Int) throws(BundleError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let part = UnsafeMutableRawBufferPointer(rebasing: scratch.prefix(count - bytes.count))
      let length = try read(part)
      guard length > 0 else { throw damaged("the archive is cut off") }
      bytes += part.prefix(length)
    }
    return bytes
  }

  private mutating func finishEntry() throws(BundleError) {
    while remaining > 0 { _ = try readContent(into: scratch) }
    guard let current else { return }
    let rest = TarHeader.padding(after: current.size)
    guard try exactly(rest.count) == rest else { throw damaged("the padding after a file is not zero") }
  }

  /// A header with its `pax` records applied; `nil` at the end of the archive.
  private mutating func header() throws(BundleError) -> (block: TarBlock, bytes: [UInt8])? {
    let bytes = try exactly(TarHeader.blockSize)
    if bytes.allSatisfy({ $0 == 0 }) { return nil }
    let block = try parse { () throws(TarError) in try TarBlock(bytes) }
    return block.type == "x" ? try extendedHeader(pax: block, bytes) : (block, bytes)
  }

  private mutating func extendedHeader(
    pax: TarBlock, _ paxBytes: [UInt8]
  ) throws(BundleError) -> (block: TarBlock, bytes: [UInt8]) {
    guard pax.size <= limits.maximumPaxBytes else {
      throw .limitExceeded(
        place: place, detail: "a pax header is longer than \(limits.maximumPaxBytes) bytes")
    }
    let content = try exactly(pax.size)
    let records = try parse { () throws(TarError) in try PaxRecords(content) }
    let padding = try exactly(TarHeader.padding(after: content.count).count)
    let bytes = try exactly(TarHeader.blockSize)
    var block = try parse { () throws(TarError) in try TarBlock(bytes) }
    guard block.type != "x" else { throw damaged("a pax header follows another one") }
    block.name = records.path ?? block.name
    block.size = records.size ?? block.size
    return (block, paxBytes + content + padding + bytes)
  }

  /// Gives the reason why a header is refused its place.
  private func parse<Value>(_ body: () throws(TarError) -> Value) throws(BundleError) -> Value {
    do throws(TarError) {
      return try body()
    } catch {
      throw damaged(error.reason)
    }
  }

  private mutating func check(_ found: (block: TarBlock, bytes: [UInt8])) throws(BundleError) -> ArchiveEntry
  {
    let block = found.block
    var name = block.name
    nameBytes += name.utf8.count
    guard names.count < limits.maximumEntries, nameBytes <= limits.maximumNameBytes else {
      throw .limitExceeded(
        place: place,
        detail: "more than \(limits.maximumEntries) entries or \(limits.maximumNameBytes) bytes of names")
    }
    if block.type == "5", name.utf8.last == UInt8(ascii: "/") { name.removeLast() }
    if let reason = Self.violation(of: name) { throw damaged(reason) }
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    let path = parts.count > 1 ? parts[1] : ""
    guard folder == nil || folder == parts[0] else { throw damaged("there is a second top folder") }
    guard !path.isEmpty || block.type == "5" else { throw damaged("a file stands outside the top folder") }
    folder = parts[0]
    guard names.insert(path).inserted else { throw damaged("a name occurs twice: \(printable(path))") }
    return ArchiveEntry(
      folder: parts[0], path: path, isFolder: block.type == "5", size: block.size, modified: block.modified,
      header: found.bytes)
  }

  private static func violation(of name: String) -> String? {
    guard (1...4096).contains(name.utf8.count) else { return "a name is empty or longer than 4096 bytes" }
    guard !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return "a name holds control characters"
    }
    let components = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard
      !components.contains(where: { $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
    else { return "a name is absolute or leads out of its folder: \(printable(name))" }
    return nil
  }

  /// The second zero block, and nothing but zeros after it: GNU tar fills up to 10,240 bytes.
  private mutating func finishArchive() throws(BundleError) {
    isAtEnd = true
    let second = try exactly(TarHeader.blockSize)
    guard second.allSatisfy({ $0 == 0 }) else { throw damaged("there is only one block of zeros at the end") }
    while true {
      let count = try read(scratch)
      guard count > 0 else { return }
      guard scratch.prefix(count).allSatisfy({ $0 == 0 }) else {
        throw damaged("there is something after the end of the archive")
      }
    }
  }
}

/// `text` for a message: control characters replaced, cut to a sensible length.
func printable(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(200).map {
    $0.properties.generalCategory == .control ? "?" : Character($0)
  }
  return String(scalars)
}
