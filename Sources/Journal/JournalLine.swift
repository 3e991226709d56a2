/// Why a line is not an entry. The position is the offset of a byte in the line; the line itself is not
/// repeated.
package struct JournalLineError: Error, Equatable, CustomStringConvertible {
  package var position: Int
  package var expected: String

  package var description: String {
    "not a journal entry in JSON: expected \(expected) at byte \(position)"
  }
}

/// One line of `logs/journal.jsonl`, or of `journalctl -o json`, as fields again.
///
/// A value of it is reused from line to line and allocates only when a line is larger than those before.
package struct JournalLine: Sendable {
  /// What stood in `__CURSOR`, `__REALTIME_TIMESTAMP`, `__MONOTONIC_TIMESTAMP` and `_BOOT_ID`.
  package private(set) var entry = JournalEntry.none
  private var fields: [Field] = []
  private var storage: [UInt8] = []

  private struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  package init() {}

  /// Takes the line in, and forgets the one before.
  ///
  /// - Parameter line: one JSON object; white space around it is allowed.
  /// - Throws: `JournalLineError` for anything that `JournalJSONEncoder` and journalctl do not write.
  package mutating func parse(_ line: UnsafeRawBufferPointer) throws(JournalLineError) {
    fields.removeAll(keepingCapacity: true)
    storage.removeAll(keepingCapacity: true)
    entry = .none
    var scanner = JSONScanner(line)
    try scanner.expect(UInt8(ascii: "{"), "an object")
    if !scanner.take(UInt8(ascii: "}")) {
      repeat { try parseMember(&scanner) } while scanner.take(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "}"), "a comma or the end of the object")
    }
    guard scanner.isAtEnd else { throw scanner.error("nothing more") }
    guard entry.realtime > 0 else { throw JournalLineError(position: 0, expected: "__REALTIME_TIMESTAMP") }
  }

  /// Lends the fields in the order of the line, those of `entry` left out.
  package func forEachField<E: Error>(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try storage.withUnsafeBufferPointer { storage throws(E) in
      let bytes = UnsafeRawBufferPointer(storage)
      for field in fields {
        try body(
          UnsafeRawBufferPointer(rebasing: bytes[field.name]),
          UnsafeRawBufferPointer(rebasing: bytes[field.value]))
      }
    }
  }

  /// The first value of that name, with invalid UTF-8 replaced.
  package func text(of name: StaticString) -> String? {
    var found: String?
    forEachField { candidate, value in
      if found == nil && candidate.equals(name) { found = String(decoding: value, as: UTF8.self) }
    }
    return found
  }

  private mutating func parseMember(_ scanner: inout JSONScanner) throws(JournalLineError) {
    let nameStart = storage.count
    try scanner.string(into: &storage)
    let name = nameStart..<storage.count
    try scanner.expect(UInt8(ascii: ":"), "a colon")
    guard scanner.take(UInt8(ascii: "[")) else { return try parseValue(&scanner, name: name) }
    if scanner.isAtDigit {
      let start = storage.count
      try scanner.byteNumbers(into: &storage)
      return add(name, start..<storage.count)
    }
    guard !scanner.take(UInt8(ascii: "]")) else { return add(name, storage.count..<storage.count) }
    repeat {
      if scanner.take(UInt8(ascii: "[")) {
        let start = storage.count
        if !scanner.take(UInt8(ascii: "]")) { try scanner.byteNumbers(into: &storage) }
        add(name, start..<storage.count)
      } else {
        try parseValue(&scanner, name: name)
      }
    } while scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "]"), "a comma or the end of the array")
  }

  /// A string, or `null`: what journalctl writes without `--all` for a large value, which is no value.
  private mutating func parseValue(
    _ scanner: inout JSONScanner, name: Range<Int>
  ) throws(JournalLineError) {
    if scanner.take(literal: "null") { return }
    let start = storage.count
    try scanner.string(into: &storage)
    add(name, start..<storage.count)
  }

  private mutating func add(_ name: Range<Int>, _ value: Range<Int>) {
    let isHeader = storage.withUnsafeBytes { bytes in
      let value = UnsafeRawBufferPointer(rebasing: bytes[value])
      return entry.take(UnsafeRawBufferPointer(rebasing: bytes[name]), value)
    }
    if !isHeader { fields.append(Field(name: name, value: value)) }
  }
}

extension JournalEntry {
  fileprivate static var none: JournalEntry {
    let id = JournalID(high: 0, low: 0)
    return JournalEntry(
      sequenceID: id, sequenceNumber: 0, bootID: id, monotonic: 0, realtime: 0, fieldsHash: 0)
  }

  /// - Returns: whether the field belongs to the entry rather than to its fields.
  fileprivate mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    guard name.count >= 8, name[0] == UInt8(ascii: "_") else { return false }
    if name.equals("__CURSOR") {
      if let entry = JournalEntry(cursor: value) {
        sequenceID = entry.sequenceID
        sequenceNumber = entry.sequenceNumber
        fieldsHash = entry.fieldsHash
      }
    } else if name.equals("__REALTIME_TIMESTAMP") {
      realtime = value.decimal ?? 0
    } else if name.equals("__MONOTONIC_TIMESTAMP") {
      monotonic = value.decimal ?? 0
    } else if name.equals("_BOOT_ID") {
      bootID = JournalID(hex: value) ?? bootID
    } else {
      return false
    }
    return true
  }
}
