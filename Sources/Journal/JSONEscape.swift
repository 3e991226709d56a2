/// Writes text as it stands between the quotes of a JSON string, with the escapes of `journalctl -o json`.
enum JSONEscape {
  /// Bytes of text that are escaped at a time, so that the room for the worst of them is bounded.
  static let stride = 4096
  /// Bytes that `write` may touch for so many bytes of text: the longest escape has six, and lanes are stored whole.
  static func room(for count: Int) -> Int { 6 * count + 16 }

  /// Escapes text.
  ///
  /// - Parameters:
  ///   - text: bytes of UTF-8, `stride` at most.
  ///   - output: with `room(for: text.count)` bytes.
  /// - Returns: the bytes that were written.
  static func write(_ text: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer) -> Int {
    var index = 0
    var written = 0
    // What is behind the first byte to escape is written over.
    while let lanes = text.lanes(at: index) {
      lanes.store(to: output + written)
      let plain = lanes.countBeforeJSONEscape
      index &+= plain
      written &+= plain
      guard plain < 16 else { continue }
      let byte = text[index]
      index &+= 1
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        (output + written).storeBytes(of: (UInt16(byte) << 8 | 0x5C).littleEndian, as: UInt16.self)
        written &+= 2
      } else {
        written &+= escape(byte, to: output + written)
      }
    }
    while let word = text.word(at: index) {
      output.storeBytes(of: word, toByteOffset: written, as: UInt64.self)
      let plain = word.bytesBeforeJSONEscape
      index &+= plain
      written &+= plain
      guard plain < 8 else { continue }
      written &+= escape(text[index], to: output + written)
      index &+= 1
    }
    while index < text.count {
      let byte = text[index]
      index &+= 1
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        written &+= escape(byte, to: output + written)
      } else {
        output.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
        written &+= 1
      }
    }
    return written
  }

  private static func escape(_ byte: UInt8, to output: UnsafeMutableRawPointer) -> Int {
    let letter: UInt8
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): letter = byte
    case UInt8(ascii: "\n"): letter = UInt8(ascii: "n")
    case UInt8(ascii: "\t"): letter = UInt8(ascii: "t")
    case UInt8(ascii: "\r"): letter = UInt8(ascii: "r")
    case 0x08: letter = UInt8(ascii: "b")
    case 0x0C: letter = UInt8(ascii: "f")
    default: return escapeByNumber(byte, to: output)
    }
    output.storeBytes(of: UInt8(ascii: "\\"), as: UInt8.self)
    output.storeBytes(of: letter, toByteOffset: 1, as: UInt8.self)
    return 2
  }

  private static func escapeByNumber(_ byte: UInt8, to output: UnsafeMutableRawPointer) -> Int {
    let low = byte & 15
    let digit = low < 10 ? UInt8(ascii: "0") &+ low : UInt8(ascii: "a") &+ low &- 10
    let text = [UInt8(ascii: "\\"), UInt8(ascii: "u"), 0x30, 0x30, 0x30 &+ byte >> 4, digit]
    for (offset, byte) in text.enumerated() {
      output.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
    return 6
  }
}
