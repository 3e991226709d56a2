internal import Evidence
internal import Journal

/// Which journal entries to show. An entry must pass every condition that is set.
struct LogSelection {
  /// Units and priorities.
  var fields = JournalFilter()
  /// Text that the message must hold, byte for byte.
  var text = ""
  var since: Timestamp?
  var until: Timestamp?
  var boot: JournalID?

  func matches(_ line: JournalLine) -> Bool {
    let time = line.entry.time
    guard since.map({ $0 <= time }) ?? true, until.map({ time <= $0 }) ?? true else { return false }
    return boot.map { $0 == line.entry.bootID } ?? true && fields.matches(line) && holdsText(line)
  }

  /// Whether the message holds the text.
  func holdsText(_ line: JournalLine) -> Bool {
    guard !text.isEmpty else { return true }
    var found = false
    line.forEachField { name, value in
      found = found || name.elementsEqual("MESSAGE".utf8) && Self.contains(value, text.utf8)
    }
    return found
  }

  private static func contains(_ bytes: UnsafeRawBufferPointer, _ text: String.UTF8View) -> Bool {
    guard let first = text.first else { return true }
    var rest = bytes[...]
    while rest.count >= text.count, let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: text) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
