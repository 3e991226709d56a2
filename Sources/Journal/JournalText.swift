/// Tells text from binary by journalctl's own rule, so that the same values come out as text.
///
/// Text is UTF-8 (shortest form, no surrogates, no noncharacters) without control characters (C0, DEL, C1)
/// other than tab and newline.
enum JournalText {
  enum Kind: Equatable {
    /// Text that stands in JSON as it is.
    case plain
    /// Text with a quote or a backslash in it.
    case quoted
    /// Text with a tab or a newline in it, whose escapes in JSON have a letter.
    case spaced(hasNewline: Bool)
    case binary
  }

  static func kind(of bytes: UnsafeRawBufferPointer) -> Kind {
    var index = 0
    var needsEscape = false
    var (hasTab, hasNewline) = (false, false)
    while index < bytes.count {
      if let lanes = bytes.lanes(at: index), lanes.isPrintableASCII {
        needsEscape = needsEscape || lanes.hasQuoteOrBackslash
        index &+= 16
        continue
      }
      if let lanes = bytes.lastLanes, index &+ 16 > bytes.count, lanes.isPrintableASCII {
        // With some of the bytes before it, which were seen.
        needsEscape = needsEscape || lanes.hasQuoteOrBackslash
        break
      }
      if let word = bytes.word(at: index), word.isPrintableASCII {
        needsEscape = needsEscape || word.hasQuoteOrBackslash
        index &+= 8
        continue
      }
      let byte = bytes[index]
      if byte < 0x80 {
        guard byte >= 0x20 && byte != 0x7F || byte == 0x09 || byte == 0x0A else { return .binary }
        hasNewline = hasNewline || byte == 0x0A
        hasTab = hasTab || byte == 0x09
        needsEscape = needsEscape || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
        index += 1
      } else {
        let length = scalarLength(bytes, at: index)
        guard length > 0 else { return .binary }
        index += length
      }
    }
    if hasNewline || hasTab { return .spaced(hasNewline: hasNewline) }
    return needsEscape ? .quoted : .plain
  }

  /// Bytes of the printable character beyond ASCII at that place; 0 when there is none.
  private static func scalarLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    let lead = UInt32(bytes[index])
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2, lead < 0xF5, bytes.count - index >= length else { return 0 }
    var scalar = lead & (0x7F >> UInt32(length))
    for offset in 1..<length {
      let byte = bytes[index + offset]
      guard byte & 0xC0 == 0x80 else { return 0 }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    let smallest: UInt32 = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0xA0
    let isSurrogate = scalar & 0xFFFF_F800 == 0xD800
    let isNoncharacter = (0xFDD0...0xFDEF).contains(scalar) || scalar & 0xFFFE == 0xFFFE
    return scalar >= smallest && scalar < 0x110000 && !isSurrogate && !isNoncharacter ? length : 0
  }
}

extension UnsafeRawBufferPointer {
  /// Eight bytes at once; `nil` where there are not as many left.
  @inline(__always)
  func word(at index: Int) -> UInt64? {
    index &+ 8 <= count ? loadUnaligned(fromByteOffset: index, as: UInt64.self) : nil
  }

  /// The last sixteen bytes; `nil` where there are not as many.
  @inline(__always)
  var lastLanes: Lanes? { lanes(at: count &- 16) }

  /// Sixteen bytes at once; `nil` where there are not as many left.
  @inline(__always)
  func lanes(at index: Int) -> Lanes? {
    guard let base = baseAddress, index >= 0, index &+ 16 <= count else { return nil }
    return Lanes(at: base + index)
  }
}

/// Questions to eight bytes at once. A byte's top bit in the result of `x - 0x01…01 & ~x` tells that it was
/// zero; a borrow can only come from a byte that was, so that "is there one" is exact.
extension UInt64 {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var tops: UInt64 { 0x8080_8080_8080_8080 }

  @inline(__always)
  private func hasByte(below limit: UInt64) -> UInt64 { (self &- Self.ones &* limit) & ~self & Self.tops }

  /// All bytes are 0x20…0x7E.
  @inline(__always)
  var isPrintableASCII: Bool {
    self & Self.tops | hasByte(below: 0x20) | (self ^ Self.ones &* 0x7F).hasByte(below: 1) == 0
  }

  @inline(__always)
  var hasQuoteOrBackslash: Bool {
    (self ^ Self.ones &* 0x22).hasByte(below: 1) | (self ^ Self.ones &* 0x5C).hasByte(below: 1) != 0
  }

  /// Some byte cannot stand in a JSON string as it is.
  @inline(__always)
  var needsJSONEscape: Bool { bytesBeforeJSONEscape < 8 }

  /// How many bytes, as they stand in memory, can stand in a JSON string as they are, before one that cannot.
  @inline(__always)
  var bytesBeforeJSONEscape: Int {
    // The lowest mark is exact: a borrow goes upwards only.
    let word = UInt64(littleEndian: self)
    let marks =
      word.hasByte(below: 0x20) | (word ^ Self.ones &* 0x22).hasByte(below: 1)
      | (word ^ Self.ones &* 0x5C).hasByte(below: 1)
    return marks.trailingZeroBitCount >> 3
  }
}
