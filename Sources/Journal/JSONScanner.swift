/// Reads the JSON (RFC 8259) that journal entries are made of: strings and numbers of bytes.
struct JSONScanner {
  private let text: UnsafeRawBufferPointer
  private var index = 0

  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
    skipSpace()
  }

  var isAtEnd: Bool { index == text.count }

  var isAtDigit: Bool { index < text.count && (0x30...0x39).contains(text[index]) }

  func error(_ expected: String) -> JournalLineError {
    JournalLineError(position: index, expected: expected)
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard index < text.count, text[index] == byte else { return false }
    index += 1
    skipSpace()
    return true
  }

  mutating func take(literal: StaticString) -> Bool {
    guard UnsafeRawBufferPointer(rebasing: text[index...]).hasPrefix(literal) else { return false }
    index += literal.utf8CodeUnitCount
    skipSpace()
    return true
  }

  mutating func expect(_ byte: UInt8, _ what: String) throws(JournalLineError) {
    guard take(byte) else { throw error(what) }
  }

  /// The rest of an array of byte numbers, from its first number on.
  mutating func byteNumbers(into output: inout [UInt8]) throws(JournalLineError) {
    repeat {
      var number = 0
      guard isAtDigit else { throw error("a number") }
      while isAtDigit && number <= 255 {
        number = number * 10 + Int(text[index] - UInt8(ascii: "0"))
        index += 1
      }
      guard let byte = UInt8(exactly: number) else { throw error("a number below 256") }
      output.append(byte)
      skipSpace()
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"), "a comma or the end of the array")
  }

  mutating func string(into output: inout [UInt8]) throws(JournalLineError) {
    guard index < text.count, text[index] == UInt8(ascii: "\"") else { throw error("a string") }
    index += 1
    while true {
      let end = endOfRun()
      output.append(UnsafeRawBufferPointer(rebasing: text[index..<end]))
      index = end
      guard index < text.count, text[index] >= 0x20 else { throw error("the end of the string") }
      index += 1
      if text[index - 1] == UInt8(ascii: "\"") { break }
      try escape(into: &output)
    }
    skipSpace()
  }

  private func endOfRun() -> Int {
    var end = index
    while let word = text.word(at: end), !word.needsJSONEscape { end += 8 }
    while end < text.count, text[end] >= 0x20, text[end] != UInt8(ascii: "\""),
      text[end] != UInt8(ascii: "\\")
    {
      end += 1
    }
    return end
  }

  private mutating func escape(into output: inout [UInt8]) throws(JournalLineError) {
    guard index < text.count else { throw error("an escape") }
    let letter = text[index]
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(letter)
    case UInt8(ascii: "n"): output.append(0x0A)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "r"): output.append(0x0D)
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "f"): output.append(0x0C)
    case UInt8(ascii: "u"): output.append(contentsOf: String(try scalar()).utf8)
    default:
      index -= 1
      throw error("an escape")
    }
  }

  /// What follows `\u`: one code unit, or two that make a pair.
  private mutating func scalar() throws(JournalLineError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, takePairStart() else { throw error("the second half of a surrogate pair") }
    let second = try codeUnit()
    let value = 0x10000 &+ (first - 0xD800) << 10 &+ (second &- 0xDC00)
    guard (0xDC00...0xDFFF).contains(second), let scalar = Unicode.Scalar(value) else {
      throw error("the second half of a surrogate pair")
    }
    return scalar
  }

  private mutating func takePairStart() -> Bool {
    guard text.count - index >= 2, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u")
    else {
      return false
    }
    index += 2
    return true
  }

  private mutating func codeUnit() throws(JournalLineError) -> UInt32 {
    guard text.count - index >= 4,
      let value = Hexadecimal.parse(UnsafeRawBufferPointer(rebasing: text[index..<(index + 4)]))
    else { throw error("four hexadecimal digits") }
    index += 4
    return UInt32(value)
  }

  private mutating func skipSpace() {
    while index < text.count, isSpace(text[index]) { index += 1 }
  }
}

private func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
}
