/// A condition on the fields of entries: one of the alternatives holds, each of which is a set of fields
/// (`NAME=value`) that the entry must all have.
struct JournalMatch: Sendable, Equatable {
  var alternatives: [[String]]

  init(anyOf alternatives: [[String]]) {
    self.alternatives = alternatives
  }

  /// The entry has the field with one of these values.
  init(_ name: String, isOneOf values: some Sequence<String>) {
    alternatives = values.map { ["\(name)=\($0)"] }
  }

  /// What `journalctl --unit=` shows of the units: see `JournalQuery.units`.
  init(units: [String]) {
    alternatives = units.flatMap { unit in
      var alternatives = [
        ["_SYSTEMD_UNIT=\(unit)"], ["_PID=1", "UNIT=\(unit)"], ["_UID=0", "OBJECT_SYSTEMD_UNIT=\(unit)"],
        ["MESSAGE_ID=\(JournalMessage.coredump)", "_UID=0", "COREDUMP_UNIT=\(unit)"],
      ]
      if unit.hasSuffix(".slice") { alternatives.append(["_SYSTEMD_SLICE=\(unit)"]) }
      return alternatives
    }
  }
}
