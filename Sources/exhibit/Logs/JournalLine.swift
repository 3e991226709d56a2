/// One line of `logs/journal.jsonl` (`journalctl -o json`), read in place.
///
/// A value of a member is text, a list of numbers (bytes that are not text), a list of those (the field occurs
/// more than once), or `null` (journald found the field too large).
struct JournalLine {
  /// Where a member's name (without quotes) and its value (as JSON) stand in the line.
  struct Member {
    var name: Range<Int>
    var value: Range<Int>
  }

  let bytes: UnsafeRawBufferPointer

  /// Calls `body` for each member in order, until it returns `false`.
  ///
  /// - Throws: `JournalLineError` where the line is not one JSON object, and what `body` throws.
  func forEachMember(_ body: (Member) throws -> Bool) throws {
    var scanner = JSONScanner(bytes)
    try scanner.expect(UInt8(ascii: "{"))
    guard try !scanner.take(UInt8(ascii: "}")) else { return }
    repeat {
      let name = try scanner.string()
      try scanner.expect(UInt8(ascii: ":"))
      let value = try scanner.value()
      guard try body(Member(name: name, value: value)) else { return }
    } while try scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "}"))
  }

  func isName(_ member: Member, _ name: StaticString) -> Bool {
    member.name.count == name.utf8CodeUnitCount
      && bytes[member.name].elementsEqual(
        UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  /// The field's values as bytes: none for `null`, one for text or a list of numbers, else one each.
  func values(at range: Range<Int>) throws(JournalLineError) -> [[UInt8]] {
    var scanner = JSONScanner(bytes, in: range)
    switch scanner.peek {
    case UInt8(ascii: "\""):
      return [try scanner.decodedString()]
    case UInt8(ascii: "["):
      return try scanner.fieldList()
    case UInt8(ascii: "n"):
      return []
    default:
      // Numbers and booleans are not of journalctl's making; their text is what there is.
      return [[UInt8](bytes[range])]
    }
  }

  /// The text of the first value; `nil` when there is none. What is not UTF-8 shows as U+FFFD.
  func text(at range: Range<Int>?) throws(JournalLineError) -> String? {
    guard let range else { return nil }
    return try values(at: range).first.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The first value as a decimal number.
  func number(at range: Range<Int>?) throws(JournalLineError) -> UInt64? {
    guard let range else { return nil }
    var value: UInt64 = 0
    var digits = 0
    for byte in bytes[range] where byte != UInt8(ascii: "\"") {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits < 19 else { return nil }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
      digits += 1
    }
    return digits > 0 ? value : nil
  }
}

/// A line that is not a journal entry. It tells the place, never the content.
struct JournalLineError: Error, CustomStringConvertible {
  /// Offset in the line, in bytes.
  var offset: Int
  var expected: String

  var description: String { "not a journal entry in JSON: byte \(offset) is not \(expected)" }
}
