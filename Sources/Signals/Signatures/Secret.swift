internal import Crypto
internal import FoundationEssentials

/// A shared secret. Its text is in no description and no message.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package var description: String { "a secret" }
  package var debugDescription: String { description }

  /// In constant time: digests have one length, and swift-crypto compares them without a branch.
  func equals(_ presented: [UInt8]) -> Bool {
    SHA256.hash(data: bytes) == SHA256.hash(data: presented)
  }

  /// Whether `code` is the HMAC-SHA256 of all `parts`, one after the other. In constant time.
  func authenticates(_ code: [UInt8], of parts: [[UInt8]]) -> Bool {
    var hash = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    for part in parts { hash.update(data: part) }
    // swift-crypto compares a code with data in constant time.
    return hash.finalize() == Data(code)
  }
}

/// Strict base64 with padding (RFC 4648, section 4).
func base64Decoded(_ text: [UInt8]) -> [UInt8]? {
  Data(base64Encoded: Data(text)).map(Array.init)
}

/// Hexadecimal of either case.
func hexadecimalDecoded(_ text: [UInt8]) -> [UInt8]? {
  guard text.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count / 2)
  for index in stride(from: 0, to: text.count, by: 2) {
    guard let high = nibble(text[index]), let low = nibble(text[index + 1]) else { return nil }
    bytes.append(high << 4 | low)
  }
  return bytes
}

private func nibble(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
