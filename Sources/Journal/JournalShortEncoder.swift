/// The clock on the wall that times are shown by.
package enum JournalZone: Sendable, Equatable {
  case utc
  /// The zone of the process: `TZ`, else `/etc/localtime`.
  case local
  /// A fixed number of seconds east of UTC.
  case offset(seconds: Int)
}

/// Writes entries for people, as `journalctl -o short` does:
/// `Nov 24 03:49:34 host ident[pid]: message`.
///
/// Further lines of a message are indented under its first; colours are taken out, tabs become spaces, and a
/// message that is not text is shown by its size, `[42B blob data]`, so that nothing in a log can control
/// the terminal. An entry without a message is not shown.
package struct JournalShortEncoder: Sendable {
  private let zone: JournalZone
  private var time: UInt64 = 0
  private var slots = FieldSlots(Slot.names, limit: .max)
  private var message: [UInt8] = []

  private enum Slot {
    static let names: [StaticString] = [
      "_SOURCE_REALTIME_TIMESTAMP", "_HOSTNAME", "SYSLOG_IDENTIFIER", "_COMM", "_PID", "SYSLOG_PID",
      "MESSAGE",
    ]
    static let time = 0
    static let host = 1
    static let identifiers = [2, 3]
    static let processes = [4, 5]
    static let message = 6
  }

  package init(zone: JournalZone = .local) {
    self.zone = zone
  }

  package mutating func begin(_ entry: JournalEntry) {
    time = entry.realtime
    slots.removeAll()
  }

  package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    slots.take(name, value)
  }

  package mutating func end(to output: inout [UInt8]) {
    guard takeMessage() else { return }
    let start = output.count
    let time = slots.withValue(Slot.time) { $0.decimal } ?? nil
    ShortTime.append(time ?? self.time, zone: zone, to: &output)
    appendText(Slot.host, before: " ", to: &output)
    let identifier = Slot.identifiers.first { appendText($0, before: " ", to: &output) }
    if identifier == nil { output.append(literal: " unknown") }
    let process = Slot.processes.first { appendText($0, before: "[", to: &output) }
    if process != nil { output.append(UInt8(ascii: "]")) }
    output.append(literal: ": ")
    appendMessage(indent: output.count - start, to: &output)
    output.append(UInt8(ascii: "\n"))
  }

  /// Appends a message by itself, as `journalctl -o cat` shows it, safe for the terminal.
  package static func append(message value: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    var message: [UInt8] = []
    Terminal.append(value, to: &message)
    if message.withUnsafeBytes({ JournalText.kind(of: $0) }) == .binary {
      output.append(contentsOf: "[\(blobSize(message.count)) blob data]".utf8)
    } else {
      output.append(contentsOf: message)
    }
  }

  /// - Returns: whether the entry has that field, and it is text of one line.
  @discardableResult
  private func appendText(_ slot: Int, before prefix: StaticString, to output: inout [UInt8]) -> Bool {
    slots.withValue(slot) { value in
      switch JournalText.kind(of: value) {
      case .binary, .spaced(hasNewline: true): return false
      case .plain, .quoted, .spaced(hasNewline: false):
        guard !value.isEmpty else { return false }
        output.append(literal: prefix)
        output.append(value)
        return true
      }
    } ?? false
  }

  private mutating func takeMessage() -> Bool {
    message.removeAll(keepingCapacity: true)
    return slots.withValue(Slot.message) { Terminal.append($0, to: &message) } != nil
  }

  private func appendMessage(indent: Int, to output: inout [UInt8]) {
    guard message.withUnsafeBytes({ JournalText.kind(of: $0) }) != .binary else {
      return output.append(contentsOf: "[\(blobSize(message.count)) blob data]".utf8)
    }
    let newline = UInt8(ascii: "\n")
    for byte in message.last == newline ? message.dropLast() : message[...] {
      output.append(byte)
      if byte == newline { output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent)) }
    }
  }
}

/// `512B`, `1.2K`: with one digit after the point, rounded down, as systemd shows sizes.
func blobSize(_ bytes: Int) -> String {
  var unit = 1
  for suffix in ["B", "K", "M", "G"] {
    if bytes / 1024 < unit || suffix == "G" {
      return unit == 1 ? "\(bytes)B" : "\(bytes / unit).\(bytes % unit * 10 / unit)\(suffix)"
    }
    unit *= 1024
  }
  return "\(bytes)B"
}

/// Makes a message safe and even for the terminal, as journalctl does.
private enum Terminal {
  private static let escape: UInt8 = 0x1B
  private static let bell: UInt8 = 0x07

  /// Appends the message without the escape sequences that set colours and titles, and with eight spaces for
  /// a tab.
  static func append(_ message: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    var index = 0
    while index < message.count {
      if message[index] == UInt8(ascii: "\t") {
        output.append(literal: "        ")
        index += 1
      } else if let end = endOfSequence(message, at: index) {
        index = end
      } else {
        output.append(message[index])
        index += 1
      }
    }
  }

  /// `ESC [`, digits and semicolons, `m`; or `ESC ]`, ASCII text, `BEL`.
  private static func endOfSequence(_ message: UnsafeRawBufferPointer, at start: Int) -> Int? {
    guard message.count - start > 2, message[start] == escape else { return nil }
    let isColour = message[start + 1] == UInt8(ascii: "[")
    guard isColour || message[start + 1] == UInt8(ascii: "]") else { return nil }
    var index = start + 2
    while index < message.count,
      isColour ? isColourPart(message[index]) : (0x20...0x7E).contains(message[index])
    {
      index += 1
    }
    return index < message.count && message[index] == (isColour ? UInt8(ascii: "m") : bell) ? index + 1 : nil
  }

  private static func isColourPart(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: ";")
  }
}
