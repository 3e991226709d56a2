/// syslog's priorities, 0 (`emerg`) to 7 (`debug`); a lower number is more severe.
package struct JournalPriority: Sendable, Equatable {
  package let range: ClosedRange<UInt8>

  private static let names = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]

  /// The word for a priority: `err` for 3; `nil` beyond 7.
  package static func name(_ priority: UInt64) -> String? {
    priority < 8 ? names[Int(priority)] : nil
  }

  /// Reads what `journalctl --priority=` takes: one priority, which means it and all that are more severe,
  /// or a range `FROM..TO`; each a number 0…7 or a name.
  ///
  /// - Returns: `nil` for anything else.
  package init?(_ text: String) {
    guard let dots = text.firstRange(of: "..") else {
      guard let least = JournalPriority.number(text[...]) else { return nil }
      range = 0...least
      return
    }
    guard let first = JournalPriority.number(text[..<dots.lowerBound]),
      let second = JournalPriority.number(text[dots.upperBound...])
    else { return nil }
    range = min(first, second)...max(first, second)
  }

  private static func number(_ text: Substring) -> UInt8? {
    let aliases = ["error": "err", "warn": "warning", "panic": "emerg"]
    let name = aliases[String(text)] ?? String(text)
    if let index = names.firstIndex(of: name) { return UInt8(index) }
    return UInt8(text).flatMap { $0 < 8 && text.count == 1 ? $0 : nil }
  }
}

/// Picks lines of a bundle's journal.
package struct JournalFilter: Sendable {
  /// Full unit names; none means all. The rule is that of `JournalQuery.units`.
  private let units: [[UInt8]]
  private let priority: JournalPriority?
  private let identifiers: [[UInt8]]

  /// - Parameters:
  ///   - units: a name without a suffix means `.service`.
  ///   - priority: entries without a priority do not match any.
  ///   - identifiers: of `SYSLOG_IDENTIFIER`; none means all.
  package init(units: [String] = [], priority: JournalPriority? = nil, identifiers: [String] = []) {
    self.identifiers = identifiers.map { Array($0.utf8) }
    self.units = units.map { Array(unitName($0).utf8) }
    self.priority = priority
  }

  package func matches(_ line: JournalLine) -> Bool {
    var evidence = UnitEvidence()
    var hasPriority = false
    var hasIdentifier = false
    line.forEachField { name, value in
      if let priority, name.equals("PRIORITY"), value.count == 1 {
        hasPriority = hasPriority || priority.range.contains(value[0] &- UInt8(ascii: "0"))
      }
      if !identifiers.isEmpty, name.equals("SYSLOG_IDENTIFIER") {
        hasIdentifier = hasIdentifier || identifiers.contains { $0.elementsEqual(value) }
      }
      if !units.isEmpty { evidence.take(name, value, units: units) }
    }
    return (priority == nil || hasPriority) && (identifiers.isEmpty || hasIdentifier)
      && (units.isEmpty || evidence.isMatch)
  }
}

/// What an entry's fields say about the units that are looked for. Anyone can write `UNIT=`: it counts only
/// together with a trusted field that tells who wrote it.
private struct UnitEvidence {
  private var isOwn = false
  private var isNamedByManager = false
  private var isNamedByDaemon = false
  private var isNamedByCoredump = false
  private var isManager = false
  private var isRoot = false
  private var isCoredump = false

  var isMatch: Bool {
    isOwn || isManager && isNamedByManager || isRoot && isNamedByDaemon
      || isRoot && isCoredump && isNamedByCoredump
  }

  mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, units: [[UInt8]]) {
    func isWanted() -> Bool { units.contains { $0.elementsEqual(value) } }
    if name.equals("_SYSTEMD_UNIT") {
      isOwn = isOwn || isWanted()
    } else if name.equals("_SYSTEMD_SLICE") {
      isOwn = isOwn || value.suffix(6).elementsEqual(".slice".utf8) && isWanted()
    } else if name.equals("UNIT") {
      isNamedByManager = isNamedByManager || isWanted()
    } else if name.equals("OBJECT_SYSTEMD_UNIT") {
      isNamedByDaemon = isNamedByDaemon || isWanted()
    } else if name.equals("COREDUMP_UNIT") {
      isNamedByCoredump = isNamedByCoredump || isWanted()
    } else if name.equals("_PID") {
      isManager = value.equals("1")
    } else if name.equals("_UID") {
      isRoot = value.equals("0")
    } else if name.equals("MESSAGE_ID") {
      isCoredump = JournalID(hex: value) == JournalMessage.coredump
    }
  }
}
