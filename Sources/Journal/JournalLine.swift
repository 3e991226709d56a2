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
/// Lines are parsed in the order of the file: an entry can refer to a context, a line of fields that it shares with
/// others, which stands before it (see `JournalContexts`). Its fields are joined here.
///
/// A value of it is reused from line to line and allocates only when a line is larger than those before.
package struct JournalLine: Sendable {
  /// What stood in `__CURSOR`, `__REALTIME_TIMESTAMP`, `__MONOTONIC_TIMESTAMP` and `_BOOT_ID`.
  package private(set) var entry = JournalEntry.none
  /// Whether the line has no fields of others: it can stand alone.
  package private(set) var isWhole = true
  private var fields: [Field] = []
  private var storage: [UInt8] = []
  private var contextName: Range<Int>?
  private var contexts = ContextTable()
  private var context: ContextTable.Context?

  fileprivate struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  package init() {}

  /// Takes the line in, and forgets the one before.
  ///
  /// - Parameter line: one JSON object; white space around it is allowed.
  /// - Returns: whether it is an entry; `false` for a context, of which there is nothing to show.
  /// - Throws: `JournalLineError` for anything that `ChunkRenderer` and journalctl do not write, and for an entry whose
  ///   context is not among the lines before.
  @discardableResult
  package mutating func parse(_ line: UnsafeRawBufferPointer) throws(JournalLineError) -> Bool {
    fields.removeAll(keepingCapacity: true)
    storage.removeAll(keepingCapacity: true)
    entry = .none
    (contextName, context, isWhole) = (nil, nil, true)
    var scanner = JSONScanner(line)
    try scanner.expect(UInt8(ascii: "{"), "an object")
    if !scanner.take(UInt8(ascii: "}")) {
      repeat { try parseMember(&scanner) } while scanner.take(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "}"), "a comma or the end of the object")
    }
    guard scanner.isAtEnd else { throw scanner.error("nothing more") }
    guard let contextName else {
      guard entry.realtime > 0 else { throw JournalLineError(position: 0, expected: "__REALTIME_TIMESTAMP") }
      return true
    }
    if entry.realtime == 0 {
      contexts.insert(storage[contextName], entry: entry, fields: fields, storage: storage)
      return false
    }
    context = contexts.find(storage[contextName])
    guard let context else {
      throw JournalLineError(position: 0, expected: "the context that it refers to in a line before it,")
    }
    isWhole = false
    entry.sequenceID = context.entry.sequenceID
    entry.bootID = context.entry.bootID
    return true
  }

  /// Lends the fields in the order of the line, those of `entry` left out, and then those of its context.
  package func forEachField<E: Error>(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try Self.lend(fields, of: storage, body)
    if let context { try Self.lend(context.fields, of: context.storage, body) }
  }

  private static func lend<E: Error>(
    _ fields: [Field], of storage: [UInt8],
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
    if storage[name].elementsEqual(Self.contextKey) {
      contextName = value
      return
    }
    let isHeader = storage.withUnsafeBytes { bytes in
      let value = UnsafeRawBufferPointer(rebasing: bytes[value])
      return entry.take(UnsafeRawBufferPointer(rebasing: bytes[name]), value)
    }
    if !isHeader { fields.append(Field(name: name, value: value)) }
  }
}

extension JournalLine {
  private static let contextKey = Array("__CONTEXT".utf8)
}

/// The contexts of the chunk that is being read.
private struct ContextTable: Sendable {
  struct Context: Sendable {
    /// The boot and the sequence.
    var entry: JournalEntry
    var fields: [JournalLine.Field]
    var storage: [UInt8]
  }

  private var chunk: [UInt8] = []
  private var contexts: [[UInt8]: Context] = [:]

  mutating func insert(
    _ name: ArraySlice<UInt8>, entry: JournalEntry, fields: [JournalLine.Field], storage: [UInt8]
  ) {
    let chunk = name.prefix { $0 != UInt8(ascii: ".") }
    if !chunk.elementsEqual(self.chunk) {
      self.chunk = Array(chunk)
      contexts.removeAll(keepingCapacity: true)
    }
    contexts[Array(name)] = Context(entry: entry, fields: fields, storage: storage)
  }

  func find(_ name: ArraySlice<UInt8>) -> Context? { contexts[Array(name)] }
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
    } else if name.equals("__CURSOR_PARTS") {
      take(partsOfCursor: value)
    } else if name.equals("__SEQNUM") {
      // As systemd 254 and later writes it.
      sequenceNumber = value.decimal ?? sequenceNumber
    } else if name.equals("__SEQNUM_ID") {
      sequenceID = JournalID(hex: value) ?? sequenceID
    } else if name.equals("__XOR_HASH") {
      // As bundles had it before there was `__CURSOR_PARTS`.
      fieldsHash = Hexadecimal.parse(value) ?? fieldsHash
    } else if name.equals("_BOOT_ID") {
      bootID = JournalID(hex: value) ?? bootID
    } else {
      return false
    }
    return true
  }
}
