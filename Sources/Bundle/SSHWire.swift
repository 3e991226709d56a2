internal import FoundationEssentials

/// Builds the wire encoding of RFC 4251, section 5.
struct SSHWireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ value: some Sequence<UInt8>) {
    bytes += value
  }

  mutating func uint32(_ value: UInt32) {
    bytes += littleEndian(value).reversed()
  }

  /// A `string`: its length in four bytes, then its bytes.
  mutating func string(_ value: some Collection<UInt8>) {
    uint32(UInt32(truncatingIfNeeded: value.count))
    bytes += value
  }
}

/// Reads the wire encoding of RFC 4251, section 5; `nil` wherever the input ends too early.
struct SSHWireReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func raw(_ count: Int) -> [UInt8]? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func uint32() -> UInt32? {
    raw(4)?.reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func string() -> [UInt8]? {
    uint32().flatMap { raw(Int($0)) }
  }

  /// Whether the next `string` is `text`.
  mutating func string(is text: String) -> Bool {
    string().map { $0.elementsEqual(text.utf8) } ?? false
  }

  mutating func remainder() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }
}

/// OpenSSH's text form of binary blobs: base 64 in lines of 70 between two marks.
enum SSHArmor {
  static func encode(_ blob: [UInt8], label: String) -> [UInt8] {
    let text = Array(Data(blob).base64EncodedString().utf8)
    let lines = stride(from: 0, to: text.count, by: 70).map { text[$0..<min($0 + 70, text.count)] }
    let body = lines.flatMap { $0 + [UInt8(ascii: "\n")] }
    return Array("-----BEGIN \(label)-----\n".utf8) + body + Array("-----END \(label)-----\n".utf8)
  }

  /// - Returns: `nil` for anything that `encode(_:label:)` would not write.
  static func decode(_ armored: [UInt8], label: String) -> [UInt8]? {
    let lines = armored.split(separator: UInt8(ascii: "\n"))
    guard lines.count > 2,
      let blob = Data(base64Encoded: Data(lines.dropFirst().dropLast().joined())),
      encode(Array(blob), label: label) == armored
    else { return nil }
    return Array(blob)
  }
}
