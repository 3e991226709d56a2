/// Writes JSON as `journalctl -o json` does.
enum JSONText {
  /// Appends a field's value: a string where it is text, else an array of byte numbers.
  static func append(value: UnsafeRawBufferPointer, to output: inout some ByteOutput & ~Copyable) {
    append(value: value, as: JournalText.kind(of: value), to: &output)
  }

  static func append(
    value: UnsafeRawBufferPointer, as kind: JournalText.Kind, to output: inout some ByteOutput & ~Copyable
  ) {
    switch kind {
    case .plain:
      output.append(UInt8(ascii: "\""))
      output.append(value)
      output.append(UInt8(ascii: "\""))
    case .quoted, .spaced:
      output.append(UInt8(ascii: "\""))
      append(escaping: value, to: &output)
      output.append(UInt8(ascii: "\""))
    case .binary:
      append(numbers: value, to: &output)
    }
  }

  private static func append(
    numbers bytes: UnsafeRawBufferPointer, to output: inout some ByteOutput & ~Copyable
  ) {
    output.append(UInt8(ascii: "["))
    for (index, byte) in bytes.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      if byte >= 100 { output.append(UInt8(ascii: "0") + byte / 100) }
      if byte >= 10 { output.append(UInt8(ascii: "0") + byte / 10 % 10) }
      output.append(UInt8(ascii: "0") + byte % 10)
    }
    output.append(UInt8(ascii: "]"))
  }

  /// Appends text without the quotes around it.
  static func append(escaping text: UnsafeRawBufferPointer, to output: inout some ByteOutput & ~Copyable) {
    var rest = text
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(JSONEscape.stride))
      output.append(room: JSONEscape.room(for: part.count)) { JSONEscape.write(part, to: $0) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
    }
  }
}
