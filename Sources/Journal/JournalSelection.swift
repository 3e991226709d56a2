internal import Evidence

/// The files that can hold entries of the window.
struct JournalSelection {
  /// Entries of a file may lie this far outside of what its header says (see `JournalReader`).
  static let slackMicroseconds: Int64 = 86_400_000_000

  var inventory: JournalInventory
  var files: [JournalFile]

  init(_ inventory: JournalInventory, window: TimeWindow) {
    self.inventory = inventory
    files = inventory.files.filter { JournalSelection.mayHold($0.header, window) }
  }

  /// How many entries the headers promised when the files were opened.
  var entries: UInt64 {
    files.reduce(0) { $0.addingReportingOverflow($1.header.entries).partialValue }
  }

  static func mayHold(_ header: JournalFileHeader, _ window: TimeWindow) -> Bool {
    let head = Int64(clamping: header.headRealtime)
    let tail = Int64(clamping: header.tailRealtime)
    guard header.entries > 0, head > 0, tail > 0 else { return true }
    let from = window.from.microseconds - slackMicroseconds
    let to = window.to.microseconds + slackMicroseconds
    return max(head, tail) >= from && min(head, tail) < to
  }

  /// Microseconds between the window and the times that the header names; 0 where they meet, or where the header
  /// names none.
  static func distance(_ header: JournalFileHeader, _ window: TimeWindow) -> Int64 {
    let head = Int64(clamping: header.headRealtime)
    let tail = Int64(clamping: header.tailRealtime)
    guard header.entries > 0, head > 0, tail > 0 else { return 0 }
    return max(0, min(head, tail) - window.to.microseconds, window.from.microseconds - max(head, tail))
  }
}
