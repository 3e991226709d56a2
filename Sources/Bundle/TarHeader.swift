/// The header of one file in the archive, as this module writes it (POSIX.1-2001 `ustar`, with a `pax` header
/// where `ustar` has no room).
///
/// Owner 0:0 without names, mode 0644: nothing of the host shows, and the same file has the same header.
struct TarHeader: Hashable, Sendable {
  static let blockSize = 512
  /// Most bytes that fit the eleven octal digits of `ustar`.
  static let largestOctal = 8_589_934_591

  /// The whole path, beginning with the top folder.
  var name: String
  /// Length of the content in bytes.
  var size: Int
  /// Seconds since 1970-01-01T00:00:00Z, 0 to `largestOctal`.
  var modified: Int

  /// Whole blocks: where needed a `pax` header and its records, then the `ustar` header.
  func encoded() -> [UInt8] {
    let records = paxRecords
    let split = Self.split(name)
    let fileBlock = Self.block(
      name: split?.name ?? Self.fallback(name), prefix: split?.prefix ?? [],
      size: size > Self.largestOctal ? 0 : size, modified: modified, type: "0")
    guard !records.isEmpty else { return fileBlock }
    let paxBlock = Self.block(
      name: Array("PaxHeader".utf8), prefix: [], size: records.count, modified: modified, type: "x")
    return paxBlock + records + Self.padding(after: records.count) + fileBlock
  }

  /// The zeros between `size` bytes of content and the next block.
  static func padding(after size: Int) -> [UInt8] {
    let rest = size % blockSize
    return [UInt8](repeating: 0, count: rest == 0 ? 0 : blockSize - rest)
  }

  /// The end of an archive.
  static let endBlocks = [UInt8](repeating: 0, count: 2 * blockSize)

  private var paxRecords: [UInt8] {
    var records: [UInt8] = []
    if Self.split(name) == nil { records += Self.paxRecord("path", name) }
    if size > Self.largestOctal { records += Self.paxRecord("size", String(size)) }
    return records
  }

  /// `<length> <key>=<value>\n`, where the length counts its own digits too.
  private static func paxRecord(_ key: String, _ value: String) -> [UInt8] {
    let body = " \(key)=\(value)\n"
    var length = body.utf8.count
    while String(length).utf8.count + body.utf8.count != length {
      length = String(length).utf8.count + body.utf8.count
    }
    return Array("\(length)\(body)".utf8)
  }

  /// The two fields for a name, or `nil` where it does not fit them or is not ASCII.
  private static func split(_ name: String) -> (name: [UInt8], prefix: [UInt8])? {
    let bytes = Array(name.utf8)
    guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
    guard bytes.count > 100 else { return (bytes, []) }
    // The longest prefix that fits leaves the shortest name.
    for index in stride(from: min(155, bytes.count - 2), to: 0, by: -1)
    where bytes[index] == UInt8(ascii: "/") {
      guard bytes.count - index - 1 <= 100 else { return nil }
      return (Array(bytes[(index + 1)...]), Array(bytes[..<index]))
    }
    return nil
  }

  /// What a reader that ignores `pax` headers gets for a name.
  private static func fallback(_ name: String) -> [UInt8] {
    name.utf8.prefix(100).map { $0 < 0x80 ? $0 : UInt8(ascii: "_") }
  }

  private static func block(
    name: [UInt8], prefix: [UInt8], size: Int, modified: Int, type: Unicode.Scalar
  ) -> [UInt8] {
    var block: [UInt8] = []
    func field(_ bytes: [UInt8], _ width: Int) {
      block += bytes + [UInt8](repeating: 0, count: width - bytes.count)
    }
    field(name, 100)
    field(octal(0o644, 7), 8)
    field(octal(0, 7), 8)
    field(octal(0, 7), 8)
    field(octal(size, 11), 12)
    field(octal(min(max(modified, 0), largestOctal), 11), 12)
    field(Array(repeating: UInt8(ascii: " "), count: 8), 8)
    field([UInt8(ascii: type)], 1)
    field([], 100)
    field(Array("ustar\0".utf8) + Array("00".utf8), 8)
    field([], 64)
    field(octal(0, 7), 8)
    field(octal(0, 7), 8)
    field(prefix, 155)
    field([], 12)
    let sum = block.reduce(0) { $0 + Int($1) }
    block.replaceSubrange(148..<156, with: octal(sum, 6) + [0, UInt8(ascii: " ")])
    return block
  }

  private static func octal(_ value: Int, _ width: Int) -> [UInt8] {
    let digits = String(value, radix: 8)
    return Array((String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits).utf8)
  }
}
