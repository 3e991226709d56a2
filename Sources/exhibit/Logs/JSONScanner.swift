/// Steps over JSON (RFC 8259) in place; strict about structure, lenient about what stands in numbers.
struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>? = nil) {
    self.bytes = bytes
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  /// The next byte that is not white space; 0 at the end.
  var peek: UInt8 {
    mutating get {
      while position < end {
        let byte = bytes[position]
        guard byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return byte }
        position += 1
      }
      return 0
    }
  }

  mutating func take(_ byte: UInt8) throws(JournalLineError) -> Bool {
    guard peek == byte, position < end else { return false }
    position += 1
    return true
  }

  mutating func expect(_ byte: UInt8) throws(JournalLineError) {
    guard try take(byte) else { throw unexpected("\"\(Character(Unicode.Scalar(byte)))\"") }
  }

  /// Steps over a string.
  ///
  /// - Returns: where its content stands, without the quotes.
  mutating func string() throws(JournalLineError) -> Range<Int> {
    try expect(UInt8(ascii: "\""))
    let start = position
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return start..<(position - 1)
      case UInt8(ascii: "\\"): position += 2
      default: position += 1
      }
    }
    throw unexpected("the end of a string")
  }

  /// Steps over a value of any kind; nesting is counted, not followed.
  ///
  /// - Returns: where it stands.
  mutating func value() throws(JournalLineError) -> Range<Int> {
    let first = peek
    let start = position
    if first == UInt8(ascii: "\"") {
      _ = try string()
      return start..<position
    }
    var depth = 0
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        _ = try string()
        continue
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if depth == 0 { return try scalar(from: start) }
        depth -= 1
        if depth == 0 {
          position += 1
          return start..<position
        }
      case UInt8(ascii: ",") where depth == 0: return try scalar(from: start)
      default: break
      }
      position += 1
    }
    throw unexpected("the end of a value")
  }

  private func scalar(from start: Int) throws(JournalLineError) -> Range<Int> {
    guard position > start else { throw unexpected("a value") }
    return start..<position
  }

  private func unexpected(_ expected: String) -> JournalLineError {
    JournalLineError(offset: position, expected: expected)
  }
}

extension JSONScanner {
  /// The content of a string with its escapes resolved.
  mutating func decodedString() throws(JournalLineError) -> [UInt8] {
    let range = try string()
    guard bytes[range].contains(UInt8(ascii: "\\")) else { return [UInt8](bytes[range]) }
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == UInt8(ascii: "\\") {
        try appendEscape(at: &index, to: &result)
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  /// The values of a field that is a list: of numbers (one value), or of strings and such lists.
  mutating func fieldList() throws(JournalLineError) -> [[UInt8]] {
    try expect(UInt8(ascii: "["))
    var values: [[UInt8]] = []
    var own: [UInt8]?
    guard try !take(UInt8(ascii: "]")) else { return [[]] }
    repeat {
      switch peek {
      case UInt8(ascii: "\""): values.append(try decodedString())
      case UInt8(ascii: "["): values.append(try byteList())
      case UInt8(ascii: "n"): _ = try value()
      default: own = (own ?? []) + [try byte()]
      }
    } while try take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return own.map { [$0] + values } ?? values
  }

  private mutating func byteList() throws(JournalLineError) -> [UInt8] {
    try expect(UInt8(ascii: "["))
    var result: [UInt8] = []
    guard try !take(UInt8(ascii: "]")) else { return [] }
    repeat { result.append(try byte()) } while try take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return result
  }

  private mutating func byte() throws(JournalLineError) -> UInt8 {
    let range = try value()
    let text = String(decoding: bytes[range], as: UTF8.self)
    guard let number = UInt8(text.trimmingTrailingSpace) else { throw unexpected("a byte from 0 to 255") }
    return number
  }

  private func appendEscape(at index: inout Int, to result: inout [UInt8]) throws(JournalLineError) {
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "b"): 0x08,
      UInt8(ascii: "f"): 0x0C, UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F,
    ]
    guard index + 1 < end else { throw unexpected("an escape") }
    if let byte = simple[bytes[index + 1]] {
      result.append(byte)
      index += 2
      return
    }
    guard let unit = hexadecimal(at: index) else { throw unexpected("an escape") }
    index += 6
    guard let low = hexadecimal(at: index), UTF16.isLeadSurrogate(unit), UTF16.isTrailSurrogate(low) else {
      result += String(decoding: [unit], as: UTF16.self).utf8
      return
    }
    index += 6
    result += String(decoding: [unit, low], as: UTF16.self).utf8
  }

  /// The code unit of a `\uXXXX` that begins at `index`.
  private func hexadecimal(at index: Int) -> UInt16? {
    guard index + 6 <= end, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else { return nil }
    return UInt16(String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
  }
}

extension String {
  fileprivate var trimmingTrailingSpace: Substring {
    self[...(lastIndex { !$0.isWhitespace } ?? startIndex)]
  }
}
