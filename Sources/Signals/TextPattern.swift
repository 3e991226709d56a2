/// A pattern of texts: `*` stands for any bytes, ASCII case does not matter, the whole text has to fit.
package struct TextPattern: Hashable, Sendable {
  /// Bytes of one pattern.
  package static let limit = 512

  package let text: String
  private let bytes: [UInt8]

  /// - Parameter text: 3 to `limit` bytes, with something else than `*` in it; `nil` for anything else.
  package init?(_ text: String) {
    guard (3...Self.limit).contains(text.utf8.count), text.contains(where: { $0 != "*" }) else { return nil }
    self.text = text
    bytes = text.utf8.map(lowered)
  }

  package func matches(_ message: [UInt8]) -> Bool { wildcard(bytes, matches: message.map(lowered)) }
}

private func lowered(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
