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
  /// The most bytes of one field that are read: more would have to fit in memory, for a field can hold
  /// 768 MiB. What lies beyond is a gap with the cause `budget`.
  package var fieldLimit: Int

  package static let defaultFieldLimit = 8 << 20

  package init(
    window: TimeWindow, units: [String] = [], directory: String? = nil,
    fieldLimit: Int = JournalQuery.defaultFieldLimit
  ) {
    self.window = window
    self.units = units.map(unitName)
    self.directory = directory
    self.fieldLimit = min(max(1, fieldLimit), 768 << 20)
  }
}

private let unitSuffixes = [
  ".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice",
  ".scope",
]

/// The unit's full name, as systemctl(1) completes it.
func unitName(_ name: String) -> String {
  unitSuffixes.contains { name.hasSuffix($0) } ? name : name + ".service"
}
