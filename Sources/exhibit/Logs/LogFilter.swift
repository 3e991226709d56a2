internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Which journal entries to show. An entry must pass every condition that is set.
struct LogFilter {
  /// Full unit names, or patterns as fnmatch(3) has them; any of them is enough.
  var units: [String] = []
  /// 0 (emerg) to 7 (debug).
  var priorities: ClosedRange<Int> = 0...7
  /// Bytes that the message must hold.
  var text: [UInt8] = []
  var since: Timestamp?
  var until: Timestamp?

  /// - Throws: `JournalLineError`.
  func passes(_ line: JournalLine) throws -> Bool {
    guard needsFields else { return true }
    let fields = try LogFields(line)
    return try isInTime(fields, line) && hasPriority(fields, line) && isOfUnit(fields, line) && holdsText(fields, line)
  }

  private var needsFields: Bool {
    !units.isEmpty || priorities != 0...7 || !text.isEmpty || since != nil || until != nil
  }

  private func isInTime(_ fields: LogFields, _ line: JournalLine) throws -> Bool {
    guard since != nil || until != nil else { return true }
    guard let time = try line.number(at: fields.realtime).map(Timestamp.init(microseconds:)) else { return false }
    return since.map { $0 <= time } ?? true && until.map { time <= $0 } ?? true
  }

  /// An entry without a priority passes no `-p`, as with journalctl.
  private func hasPriority(_ fields: LogFields, _ line: JournalLine) throws -> Bool {
    guard priorities != 0...7 else { return true }
    guard let priority = try line.number(at: fields.priority) else { return false }
    return priority <= 7 && priorities.contains(Int(priority))
  }

  private func isOfUnit(_ fields: LogFields, _ line: JournalLine) throws -> Bool {
    guard !units.isEmpty else { return true }
    return try fields.units.contains { range in
      guard let name = try line.text(at: range) else { return false }
      return units.contains { $0 == name || fnmatch($0, name, 0) == 0 }
    }
  }

  private func holdsText(_ fields: LogFields, _ line: JournalLine) throws -> Bool {
    guard !text.isEmpty else { return true }
    guard let range = fields.message else { return false }
    return try line.values(at: range).contains { message in
      message.withUnsafeBytes { LogFilter.contains($0, text) }
    }
  }

  private static func contains(_ bytes: UnsafeRawBufferPointer, _ text: [UInt8]) -> Bool {
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

extension LogFilter {
  private static let suffixes = [
    ".service", ".socket", ".target", ".mount", ".automount", ".swap", ".timer", ".path", ".slice", ".scope",
    ".device",
  ]

  /// `nginx` means `nginx.service`, as for systemctl.
  static func unitName(_ text: String) -> String {
    suffixes.contains(where: text.hasSuffix) || text.contains("*") ? text : text + ".service"
  }

  /// Parses `err`, `3`, or `warning..err`; a single one means all that are at least as severe.
  static func priorities(parsing text: String) -> ClosedRange<Int>? {
    let ends = text.split(separator: ".", omittingEmptySubsequences: false).map { priority(String($0)) }
    switch ends.count {
    case 1: return ends[0].map { 0...$0 }
    case 3:
      guard text.contains(".."), let first = ends[0], let second = ends[2] else { return nil }
      return min(first, second)...max(first, second)
    default: return nil
    }
  }

  private static func priority(_ text: String) -> Int? {
    let names = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
    if let index = names.firstIndex(of: text) { return index }
    return Int(text).flatMap { (0...7).contains($0) ? $0 : nil }
  }
}

/// Where the fields that filters and the short form need stand in a line.
struct LogFields {
  var realtime: Range<Int>?
  var priority: Range<Int>?
  var message: Range<Int>?
  var hostname: Range<Int>?
  var identifier: Range<Int>?
  var command: Range<Int>?
  var processID: Range<Int>?
  var units: [Range<Int>] = []

  init(_ line: JournalLine) throws {
    try line.forEachMember { member in
      take(member, of: line)
      return true
    }
  }

  private mutating func take(_ member: JournalLine.Member, of line: JournalLine) {
    if line.isName(member, "MESSAGE") {
      message = member.value
    } else if line.isName(member, "PRIORITY") {
      priority = member.value
    } else if line.isName(member, "__REALTIME_TIMESTAMP") {
      realtime = member.value
    } else if line.isName(member, "_HOSTNAME") {
      hostname = member.value
    } else if line.isName(member, "SYSLOG_IDENTIFIER") {
      identifier = member.value
    } else if line.isName(member, "_COMM") {
      command = member.value
    } else if line.isName(member, "_PID") || line.isName(member, "SYSLOG_PID") && processID == nil {
      processID = member.value
    } else if Self.unitFields.contains(where: { line.isName(member, $0) }) {
      units.append(member.value)
    }
  }

  /// The unit that wrote the entry, and the units that the service manager and systemd-coredump wrote it about.
  private static let unitFields: [StaticString] = [
    "_SYSTEMD_UNIT", "UNIT", "OBJECT_SYSTEMD_UNIT", "COREDUMP_UNIT", "_SYSTEMD_USER_UNIT", "USER_UNIT",
  ]
}
