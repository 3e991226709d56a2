/// Writes JSON as `journalctl -o json` does.
enum JSONText {
  /// Appends a field's value: a string where it is text, else an array of byte numbers.
  static func append(value: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    append(value: value, as: JournalText.kind(of: value), to: &output)
  }

  static func append(value: UnsafeRawBufferPointer, as kind: JournalText.Kind, to output: inout [UInt8]) {
    switch kind {
    case .plain:
      output.append(UInt8(ascii: "\""))
      output.append(value)
      output.append(UInt8(ascii: "\""))
    case .escaped:
      output.append(UInt8(ascii: "\""))
      append(escaping: value, to: &output)
      output.append(UInt8(ascii: "\""))
    case .binary:
      append(numbers: value, to: &output)
    }
  }

  private static func append(numbers bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "["))
    for (index, byte) in bytes.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      output.append(decimal: UInt64(byte))
    }
    output.append(UInt8(ascii: "]"))
  }

  /// Appends text without the quotes around it, run by run of what needs no escape.
  static func append(escaping text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    var start = 0
    while start < text.count {
      let end = endOfRun(text, from: start)
      output.append(UnsafeRawBufferPointer(rebasing: text[start..<end]))
      if end < text.count { append(escaped: text[end], to: &output) }
      start = end + 1
    }
  }

  private static func endOfRun(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while let word = text.word(at: index), !word.needsJSONEscape { index += 8 }
    while index < text.count {
      let byte = text[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
      index += 1
    }
    return index
  }

  private static func append(escaped byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\n"): output.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\t"): output.append(UInt8(ascii: "t"))
    case UInt8(ascii: "\r"): output.append(UInt8(ascii: "r"))
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x00..<0x20:
      output.append(literal: "u00")
      if byte < 0x10 { output.append(UInt8(ascii: "0")) }
      Hexadecimal.append(UInt64(byte), padded: false, to: &output)
    default: output.append(byte)
    }
  }
}
