package import Evidence

/// What to read of the journal.
package struct JournalQuery: Sendable {
  /// Entries are taken by the time at which journald received them.
  package var window: TimeWindow
  /// Exact unit names, without patterns; none means all. A name without a suffix means `.service`.
  ///
  /// An entry belongs to a unit when the unit's process wrote it, and when the service manager, a daemon of
  /// root, or systemd-coredump wrote it about the unit, as `journalctl --unit=` has it.
  package var units: [String]
  /// Journal files lie in this folder and in its subfolders that are named after a machine id, as for
  /// `journalctl --directory=`; `nil` means this host's journal, all namespaces included.
  package var directory: String?
  /// The files as they were frozen at the signal; `nil` reads those that there are now.
  package var freeze: JournalFreeze?
  /// The most bytes of one field that are read: more would have to fit in memory, for a field can hold
  /// 768 MiB. What lies beyond is a gap with the cause `budget`.
  package var fieldLimit: Int

  /// Only entries of these priorities; `nil` for all, those without one included.
  package var priority: JournalPriority?
  /// Only entries with one of these values of `SYSLOG_IDENTIFIER`; none means all.
  package var identifiers: [String] = []
  /// Only entries of these boots; none means all.
  package var boots: [JournalID] = []
  /// Only entries that came to journald that way (`kernel`, `stdout`, `syslog`, …); none means all.
  package var transports: [String] = []
  /// Only what tells of units that failed, core dumps and kills for want of memory; of the kernel's entries all.
  package var onlyFailures = false
  /// The most entries of one unit that are rendered, the newest ones; `nil` for all. See `UnitLimits`.
  package var unitLimit: Int?
  /// Which reader reads the files.
  package var reader = JournalReaderChoice.automatic

  package static let defaultFieldLimit = 8 << 20

  package init(
    window: TimeWindow, units: [String] = [], directory: String? = nil,
    freeze: JournalFreeze? = nil, fieldLimit: Int = JournalQuery.defaultFieldLimit
  ) {
    self.window = window
    self.units = units.map(unitName)
    self.directory = directory
    self.freeze = freeze
    self.fieldLimit = min(max(1, fieldLimit), 768 << 20)
  }
}

extension JournalQuery {
  /// What an entry must match besides the window: all of these.
  var matches: [JournalMatch] {
    var matches: [JournalMatch] = []
    if !units.isEmpty { matches.append(JournalMatch(units: units)) }
    if let priority { matches.append(JournalMatch("PRIORITY", isOneOf: priority.range.map { "\($0)" })) }
    if !identifiers.isEmpty { matches.append(JournalMatch("SYSLOG_IDENTIFIER", isOneOf: identifiers)) }
    if !boots.isEmpty { matches.append(JournalMatch("_BOOT_ID", isOneOf: boots.map(\.description))) }
    if !transports.isEmpty { matches.append(JournalMatch("_TRANSPORT", isOneOf: transports)) }
    if onlyFailures {
      let ids = [
        JournalMessage.unitFailed, JournalMessage.coredump, JournalMessage.unitOutOfMemory,
        JournalMessage.unitOomdKill,
      ]
      matches.append(
        JournalMatch(anyOf: ids.map { ["MESSAGE_ID=\($0)"] } + [["_TRANSPORT=kernel"]]))
    }
    return matches
  }
}

/// Who reads the journal files.
package enum JournalReaderChoice: String, Sendable, CaseIterable {
  /// The native reader, and libsystemd for the files that it does not know how to read.
  case automatic = "auto"
  /// The native reader only: other files are gaps.
  case native
  case libsystemd
}

private let unitSuffixes = [
  ".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice",
  ".scope",
]

/// The unit's full name, as systemctl(1) completes it.
func unitName(_ name: String) -> String {
  unitSuffixes.contains { name.hasSuffix($0) } ? name : name + ".service"
}
