/// Checks that a site's own tokens may carry at their end.
package enum Checksum: String, Sendable, CaseIterable {
  /// CRC-32 (ISO 3309) of the body in six digits of base 62 (0–9, A–Z, a–z), as GitHub and npm append it.
  case crc32Base62 = "crc32-base62"
  /// CRC-32 of the body in eight hexadecimal digits.
  case crc32Hex = "crc32-hex"
  /// The Luhn digit (ISO/IEC 7812-1, annex B).
  case luhn
  /// MOD 97-10 (ISO 7064): letters count from 10, the whole leaves 1.
  case mod97

  /// Whether the text ends in its right checksum.
  func accepts(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    let bytes = Array(text)
    switch self {
    case .crc32Base62:
      return bytes.count > 6 && bytes.suffix(6).elementsEqual(base62(crc32(bytes.dropLast(6))))
    case .crc32Hex:
      return bytes.count > 8 && bytes.suffix(8).map(\.lowered).elementsEqual(hex(crc32(bytes.dropLast(8))))
    case .luhn: return acceptsLuhn(bytes)
    case .mod97: return acceptsMod97(bytes)
    }
  }

  private func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
  }

  private func base62(_ value: UInt32) -> [UInt8] {
    let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    var rest = value
    let reversed = (0..<6).map { _ in
      defer { rest /= 62 }
      return digits[Int(rest % 62)]
    }
    return reversed.reversed()
  }

  private func hex(_ value: UInt32) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return (0..<8).reversed().map { digits[Int(value >> (4 * UInt32($0)) & 15)] }
  }

  private func acceptsLuhn(_ bytes: [UInt8]) -> Bool {
    let digits = bytes.filter(\.isDigit)
    guard digits.count >= 2 else { return false }
    let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
      let value = Int(digit.element - 0x30) * (digit.offset % 2 == 1 ? 2 : 1)
      return sum + (value > 9 ? value - 9 : value)
    }
    return sum % 10 == 0
  }

  /// The first four characters stand behind the others, as in an IBAN (ISO 13616).
  private func acceptsMod97(_ bytes: [UInt8]) -> Bool {
    let text = bytes.filter { $0.isDigit || $0.isLetter }
    guard text.count > 4 else { return false }
    let remainder = (text.dropFirst(4) + text.prefix(4)).reduce(0) { remainder, byte in
      byte.isDigit
        ? (remainder * 10 + Int(byte - 0x30)) % 97 : (remainder * 100 + Int(byte.lowered - 0x57)) % 97
    }
    return remainder == 1
  }
}
