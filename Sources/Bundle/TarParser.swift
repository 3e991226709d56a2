/// What a header block of an archive of any origin says. Every field is checked; nothing traps.
struct TarBlock: Hashable, Sendable {
  var name: String
  var size: Int
  var modified: Int
  /// `0` a file, `5` a folder, `x` a `pax` header; no other type gets this far.
  var type: Unicode.Scalar

  /// - Throws: the reason, in words, as `TarError`.
  init(_ block: [UInt8]) throws(TarError) {
    guard block.count == TarHeader.blockSize else { throw TarError("the archive is cut off") }
    // GNU tar's own format has a magic of its own, and other things in the place of the prefix.
    let isPOSIX = block[257..<265].elementsEqual("ustar\000".utf8)
    guard isPOSIX || block[257..<265].elementsEqual("ustar  \0".utf8) else {
      throw TarError("not a ustar header")
    }
    let sum = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
    guard try Self.octal(block[148..<156]) == sum else { throw TarError("the header's checksum is wrong") }
    type = block[156] == 0 ? "0" : Unicode.Scalar(block[156])
    guard ["0", "5", "x"].contains(type) else {
      throw TarError("an entry is neither a file nor a folder (type \(block[156]))")
    }
    size = try Self.octal(block[124..<136])
    modified = try Self.octal(block[136..<148])
    guard type != "5" || size == 0 else { throw TarError("a folder has content") }
    let prefix = isPOSIX ? try Self.text(block[345..<500]) : ""
    let base = try Self.text(block[0..<100])
    name = prefix.isEmpty ? base : "\(prefix)/\(base)"
  }

  private static func text(_ field: ArraySlice<UInt8>) throws(TarError) -> String {
    guard let text = String(validating: field.prefix { $0 != 0 }, as: UTF8.self) else {
      throw TarError("a name is not UTF-8")
    }
    return text
  }

  /// Octal digits, perhaps after spaces, ended by NUL, space or the end of the field.
  private static func octal(_ field: ArraySlice<UInt8>) throws(TarError) -> Int {
    let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    let rest = field[digits.endIndex...]
    guard !digits.isEmpty, rest.allSatisfy({ $0 == 0 || $0 == 0x20 }) else {
      throw TarError("a numeric field is not octal")
    }
    // Twelve digits at most: no overflow.
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }
}

/// The records of a `pax` header that matter to a file.
struct PaxRecords: Hashable, Sendable {
  var path: String?
  var size: Int?

  init() {}

  /// - Throws: the reason, in words.
  init(_ bytes: [UInt8]) throws(TarError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard let length = Self.decimal(digits), length > digits.count + 3, length <= rest.count,
        rest[digits.endIndex] == 0x20,
        let record = rest.prefix(length).dropFirst(digits.count + 1).dropLastLine(),
        let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { throw TarError("a pax record is malformed") }
      try set(String(decoding: record[..<equals], as: UTF8.self), record[(equals + 1)...])
      rest = rest.dropFirst(length)
    }
  }

  private mutating func set(_ key: String, _ value: ArraySlice<UInt8>) throws(TarError) {
    switch key {
    case "path":
      guard let text = String(validating: value, as: UTF8.self) else { throw TarError("a name is not UTF-8") }
      path = text
    case "size":
      guard let number = Self.decimal(value) else { throw TarError("a pax size is not a number") }
      size = number
    case "mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment":
      // Of no consequence to the content.
      break
    default:
      throw TarError("a pax record has an unexpected key")
    }
  }

  private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
    guard (1...18).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}

extension ArraySlice<UInt8> {
  /// The slice without its final newline, or `nil` if it does not end in one.
  fileprivate func dropLastLine() -> ArraySlice<UInt8>? {
    last == UInt8(ascii: "\n") ? dropLast() : nil
  }
}

/// Why a header is refused.
struct TarError: Error, Hashable, Sendable {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
