/// Checks that bytes are one JSON text (RFC 8259) in UTF-8 without making values of it.
///
/// Runs over every line of the logs, so it neither allocates nor decodes.
struct JSONSyntax {
  static let maximumDepth = 512

  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var depth = 0

  private init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// Whether `bytes` are one JSON object, and nothing else but white space.
  static func isObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var syntax = JSONSyntax(bytes)
    syntax.skipSpace()
    return syntax.peek == UInt8(ascii: "{") && syntax.isOneValue && isUTF8(bytes)
  }

  /// Whether `bytes` are one JSON value, and nothing else but white space.
  static func isValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var syntax = JSONSyntax(bytes)
    return syntax.isOneValue && isUTF8(bytes)
  }

  private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
  }

  private var isOneValue: Bool {
    mutating get {
      guard value() else { return false }
      skipSpace()
      return position == bytes.count
    }
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { position += 1 }
  }

  private mutating func value() -> Bool {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return container(end: "}") { $0.member() }
    case UInt8(ascii: "["): return container(end: "]") { $0.value() }
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "t"): return word("true")
    case UInt8(ascii: "f"): return word("false")
    case UInt8(ascii: "n"): return word("null")
    default: return number()
    }
  }

  /// An object or an array: `element` reads one of its parts.
  private mutating func container(end: Unicode.Scalar, _ element: (inout Self) -> Bool) -> Bool {
    position += 1
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { return false }
    skipSpace()
    if take(end) { return true }
    repeat {
      guard element(&self) else { return false }
      skipSpace()
    } while take(",")
    return take(end)
  }

  private mutating func member() -> Bool {
    skipSpace()
    guard string() else { return false }
    skipSpace()
    return take(":") && value()
  }

  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return true
      case UInt8(ascii: "\\"): guard escape() else { return false }
      case 0..<0x20: return false
      default: break
      }
    }
    return false
  }

  private mutating func escape() -> Bool {
    guard let byte = peek else { return false }
    position += 1
    guard byte == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(byte) }
    for _ in 0..<4 {
      guard let digit = peek, isHexDigit(digit) else { return false }
      position += 1
    }
    return true
  }

  private func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  private mutating func word(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    let expected = UnsafeRawBufferPointer(start: text.utf8Start, count: length)
    guard bytes.count - position >= length, bytes[position..<(position + length)].elementsEqual(expected)
    else {
      return false
    }
    position += length
    return true
  }

  private mutating func number() -> Bool {
    _ = take("-")
    guard take("0") || digits() else { return false }
    if take("."), !digits() { return false }
    guard take("e") || take("E") else { return true }
    _ = take("+") || take("-")
    return digits()
  }

  private mutating func digits() -> Bool {
    let start = position
    while let byte = peek, isDigit(byte) { position += 1 }
    return position > start
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte)
  }
}
