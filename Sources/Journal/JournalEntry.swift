package import Evidence

/// A 128-bit id as systemd writes them: a boot, a machine, a message kind, a sequence.
package struct JournalID: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// - Parameter hex: exactly 32 hexadecimal digits, of either case; `nil` for anything else.
  package init?(hex: UnsafeRawBufferPointer) {
    guard hex.count == 32, let high = Hexadecimal.parse(UnsafeRawBufferPointer(rebasing: hex[0..<16])),
      let low = Hexadecimal.parse(UnsafeRawBufferPointer(rebasing: hex[16..<32]))
    else { return nil }
    self.init(high: high, low: low)
  }

  /// - Parameter text: exactly 32 hexadecimal digits, of either case; `nil` for anything else.
  package init?(text: String) {
    var text = text
    guard let id = text.withUTF8({ JournalID(hex: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = id
  }

  /// 32 lower-case hexadecimal digits.
  package var description: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends 32 lower-case hexadecimal digits.
  package func append(to output: inout [UInt8]) {
    Hexadecimal.append(high, padded: true, to: &output)
    Hexadecimal.append(low, padded: true, to: &output)
  }
}

/// What journald knows of an entry besides its fields; the parts of its cursor.
package struct JournalEntry: Hashable, Sendable {
  /// The sequence that `sequenceNumber` counts in: one run of one writer.
  package var sequenceID: JournalID
  package var sequenceNumber: UInt64
  package var bootID: JournalID
  /// Microseconds of `CLOCK_MONOTONIC` in that boot.
  package var monotonic: UInt64
  /// Microseconds since 1970-01-01T00:00:00Z when journald received the entry.
  package var realtime: UInt64
  /// XOR of the hashes of all fields.
  package var fieldsHash: UInt64

  package init(
    sequenceID: JournalID, sequenceNumber: UInt64, bootID: JournalID, monotonic: UInt64, realtime: UInt64,
    fieldsHash: UInt64
  ) {
    self.sequenceID = sequenceID
    self.sequenceNumber = sequenceNumber
    self.bootID = bootID
    self.monotonic = monotonic
    self.realtime = realtime
    self.fieldsHash = fieldsHash
  }

  /// When journald received the entry.
  package var time: Timestamp { Timestamp(microseconds: realtime) }

  /// The cursor: what `journalctl --cursor=` finds the entry by.
  package var cursor: String {
    var text: [UInt8] = []
    appendCursor(to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}

extension JournalEntry {
  /// Parses a cursor, `s=…;i=…;b=…;m=…;t=…;x=…` in hexadecimal (sd_journal_get_cursor(3)); parts that
  /// later versions may add are ignored.
  ///
  /// - Returns: `nil` when one of the six parts is missing or is not a number.
  package init?(cursor: UnsafeRawBufferPointer) {
    guard let parts = CursorParts(cursor), let sequenceID = parts.sequenceID,
      let number = parts.sequenceNumber, let bootID = parts.bootID,
      let monotonic = parts.monotonic, let realtime = parts.realtime, let hash = parts.fieldsHash
    else { return nil }
    self.init(
      sequenceID: sequenceID, sequenceNumber: number, bootID: bootID, monotonic: monotonic,
      realtime: realtime, fieldsHash: hash)
  }

  /// Takes those parts of a cursor that are there, as `EntryHeaderWriter` writes them for an entry with a context.
  mutating func take(partsOfCursor text: UnsafeRawBufferPointer) {
    guard let parts = CursorParts(text) else { return }
    sequenceNumber = parts.sequenceNumber ?? sequenceNumber
    monotonic = parts.monotonic ?? monotonic
    fieldsHash = parts.fieldsHash ?? fieldsHash
  }

  /// Appends the cursor in the form that `init(cursor:)` reads.
  package func appendCursor(to output: inout [UInt8]) {
    output.append(literal: "s=")
    sequenceID.append(to: &output)
    output.append(literal: ";i=")
    Hexadecimal.append(sequenceNumber, padded: false, to: &output)
    output.append(literal: ";b=")
    bootID.append(to: &output)
    output.append(literal: ";m=")
    Hexadecimal.append(monotonic, padded: false, to: &output)
    output.append(literal: ";t=")
    Hexadecimal.append(realtime, padded: false, to: &output)
    output.append(literal: ";x=")
    Hexadecimal.append(fieldsHash, padded: false, to: &output)
  }
}

private struct CursorParts {
  var sequenceID: JournalID?
  var sequenceNumber: UInt64?
  var bootID: JournalID?
  var monotonic: UInt64?
  var realtime: UInt64?
  var fieldsHash: UInt64?

  /// `nil` for what has not the form of a cursor.
  init?(_ cursor: UnsafeRawBufferPointer) {
    var start = 0
    while start < cursor.count {
      let end = cursor[start...].firstIndex(of: UInt8(ascii: ";")) ?? cursor.count
      guard end - start > 2, cursor[start + 1] == UInt8(ascii: "=") else { return nil }
      take(cursor[start], UnsafeRawBufferPointer(rebasing: cursor[(start + 2)..<end]))
      start = end + 1
    }
  }

  private mutating func take(_ key: UInt8, _ value: UnsafeRawBufferPointer) {
    switch key {
    case UInt8(ascii: "s"): sequenceID = JournalID(hex: value)
    case UInt8(ascii: "i"): sequenceNumber = Hexadecimal.parse(value)
    case UInt8(ascii: "b"): bootID = JournalID(hex: value)
    case UInt8(ascii: "m"): monotonic = Hexadecimal.parse(value)
    case UInt8(ascii: "t"): realtime = Hexadecimal.parse(value)
    case UInt8(ascii: "x"): fieldsHash = Hexadecimal.parse(value)
    default: break
    }
  }
}
