/// A format from which random examples are made, such as `ghp_[a30][crc62]`: literals, and in brackets a letter for
/// the alphabet and the number of bytes.
///
/// Nothing that looks live stands in the source: every example is made at test time.
struct SecretPattern: Sendable {
  enum Part: Sendable, Equatable {
    case literal(String)
    case random(alphabet: String, count: ClosedRange<Int>)
    /// The checksum of what stands between the last literal and here.
    case checksum(Checksum)
  }

  enum Checksum: String, Sendable {
    /// CRC-32 in six digits of base 62, as GitHub and npm append it.
    case crc62
    /// CRC-32 in eight hexadecimal digits, as Atlassian and Grafana append it.
    case crc16
  }

  let text: String
  let parts: [Part]

  init(_ text: String) {
    self.text = text
    var parts: [Part] = []
    for (index, piece) in text.split(separator: "[", omittingEmptySubsequences: false).enumerated() {
      guard index > 0, let close = piece.firstIndex(of: "]") else {
        if !piece.isEmpty { parts.append(.literal(String(piece))) }
        continue
      }
      parts.append(Self.part(piece[..<close]))
      let rest = piece[piece.index(after: close)...]
      if !rest.isEmpty { parts.append(.literal(String(rest))) }
    }
    self.parts = parts
  }

  private static let alphabets: [Character: String] = [
    "d": "0123456789", "h": hexDigits, "H": "0123456789ABCDEF",
    "u": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "l": "abcdefghijklmnopqrstuvwxyz0123456789",
    "a": lettersAndDigits, "b": base64Alphabet, "s": lettersAndDigits + "-_",
    "B": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "y": "abcdefghijklmnopqrstuvwxyz234567",
    "q": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", "p": lettersAndDigits + "!#$%*+.-_~@",
  ]

  private static func part(_ text: Substring) -> Part {
    if let checksum = Checksum(rawValue: String(text)) { return .checksum(checksum) }
    let bounds = text.dropFirst().split(separator: "-").compactMap { Int($0) }
    guard let letter = text.first, let alphabet = alphabets[letter], let low = bounds.first else {
      preconditionFailure("the pattern has no alphabet or count: \(text)")
    }
    return .random(alphabet: alphabet, count: low...(bounds.last ?? low))
  }

  /// The literal that the format begins with, or nothing.
  var prefix: String {
    if case .literal(let literal) = parts.first { literal } else { "" }
  }

  /// A random example; without `isValid` its checksum is a random one.
  func example(isValid: Bool, using generator: inout SeededGenerator) -> String {
    var text = ""
    var bodyStart = text.startIndex
    for part in parts {
      switch part {
      case .literal(let literal):
        text += literal
        bodyStart = text.endIndex
      case .random(let alphabet, let count):
        text += random(alphabet, Int.random(in: count, using: &generator), using: &generator)
      case .checksum(let checksum):
        let body = Array(text[bodyStart...].utf8)
        let value = isValid ? crc32(body) : UInt32.random(in: .min ... .max, using: &generator)
        text += checksum == .crc62 ? base62(value) : hex(value)
      }
    }
    return text
  }
}

func random(_ alphabet: String, _ count: Int, using generator: inout SeededGenerator) -> String {
  let bytes = Array(alphabet.utf8)
  let text = (0..<count).map { _ in bytes[Int.random(in: 0..<bytes.count, using: &generator)] }
  return String(decoding: text, as: UTF8.self)
}

/// CRC-32 of ISO 3309, as zlib computes it.
private func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(UInt32.max) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
  }
}

private func base62(_ value: UInt32) -> String {
  let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  var (value, text) = (value, "")
  for _ in 0..<6 {
    text = String(digits[Int(value % 62)]) + text
    value /= 62
  }
  return text
}

private func hex(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.utf8.count) + digits
}
