internal import CSystemd
package import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Reads the entries of a window of time, in the order in which `journalctl` shows them.
///
/// Every call may block on the disk, and libsystemd wants one thread: open, read and `finish` on the same
/// thread, outside the cooperative pool.
///
/// **Which entries.** Each entry is compared with the window by itself. Neither the first entry past the
/// window's end nor one bisection by time decides anything, since a clock that was set back puts entries of
/// the window on both sides of it. To bound the work, files are left out whose header says that their first
/// and last entry are both more than a day before the window, or both more than a day after it: journald
/// starts a new file when the clock goes back, so only a file of another writer can hold entries further
/// out. All other files are walked whole, up to the entries that were there when they were opened: once as
/// many were seen, the first one past the window ends the walk, or a busy host might never let it end.
///
/// The set of files is fixed when they are opened, so that what libsystemd calls an invalidation cannot
/// come: a file that journald archives meanwhile is read on, one that it deletes is a gap.
///
/// **What goes wrong with one file, entry or field** is never thrown: reading goes on with the rest, and
/// `finish` names it as a gap.
package struct JournalReader: ~Copyable {
  private let query: JournalQuery
  private let journal: SystemdJournal
  private let selection: JournalSelection
  private var tally = JournalTally()

  /// Opens the journal. Files that cannot be read, or no files at all, become gaps.
  ///
  /// - Throws: `JournalError` when libsystemd cannot open the files together (descriptors, memory).
  package init(_ query: JournalQuery) throws(JournalError) {
    self.query = query
    var attempt = 0
    while true {
      attempt += 1
      let selection = JournalSelection(.scan(directory: query.directory), window: query.window)
      do throws(JournalError) {
        let journal = try SystemdJournal(files: selection.files.map(\.path))
        if attempt < Self.attempts && Self.hasChanged(selection, query) { continue }
        try journal.prepare(query)
        self.journal = journal
        self.selection = selection
        return
      } catch {
        guard error.errno == ENOENT, attempt < Self.attempts else { throw error }
      }
    }
  }

  /// How often the journal is opened anew when journald rotates it meanwhile; rotations are minutes apart.
  private static let attempts = 4

  /// A file that journald rotates between the listing and the opening would be missed: the name is the
  /// next file's by then.
  private static func hasChanged(_ selection: JournalSelection, _ query: JournalQuery) -> Bool {
    JournalInventory.scan(directory: query.directory).identities != selection.inventory.identities
  }

  /// Moves to the next entry of the window.
  ///
  /// - Returns: `nil` after the last one.
  /// - Throws: `JournalError` when libsystemd cannot go on at all.
  package mutating func next() throws(JournalError) -> JournalEntry? {
    while true {
      let result = try journal.check("sd_journal_next", sd_journal_next(journal.pointer))
      guard result > 0 else {
        tally.reachedEnd = true
        return nil
      }
      tally.visited += 1
      var realtime: UInt64 = 0
      guard sd_journal_get_realtime_usec(journal.pointer, &realtime) >= 0 else {
        tally.damaged(at: nil)
        continue
      }
      let time = Timestamp(microseconds: realtime)
      guard query.window.contains(time) else {
        guard time >= query.window.to, query.units.isEmpty, tally.visited > selection.entries else {
          continue
        }
        tally.reachedEnd = true
        return nil
      }
      guard let entry = journal.entry() else {
        tally.damaged(at: time)
        continue
      }
      tally.count(entry)
      return entry
    }
  }

  /// Lends the fields of the entry that `next` returned, in the order of the file; a name can come more
  /// than once. The bytes are valid during the call only.
  ///
  /// Call it for every entry: it is also how the reader learns what journald itself says that it dropped.
  package mutating func forEachField<E: Error>(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    sd_journal_restart_data(journal.pointer)
    var isLoss = false
    var fields = 0
    while true {
      var start: UnsafeRawPointer?
      var count = 0
      let result = sd_journal_enumerate_available_data(journal.pointer, &start, &count)
      guard result > 0 else {
        if result < 0 || fields == 0 { tally.damagedField() }
        break
      }
      fields += 1
      guard let field = JournalField(UnsafeRawBufferPointer(start: start, count: count)) else {
        tally.damagedField()
        continue
      }
      if field.name.equals("MESSAGE_ID") { isLoss = isLoss || JournalTally.isLoss(messageID: field.value) }
      if field.value.count > query.fieldLimit { tally.cut(field.name) }
      try body(field.name, UnsafeRawBufferPointer(rebasing: field.value.prefix(query.fieldLimit)))
    }
    if isLoss { tally.noteLoss(journal) }
  }

  /// Closes the journal; also after `next` threw, or when the caller had enough.
  ///
  /// - Parameter artifact: path in the bundle of the artifact that the entries went into.
  /// - Returns: what was read and what is missing, as far as it was read.
  package consuming func finish(artifact: String) -> JournalCoverage {
    let after = JournalInventory.scan(directory: query.directory)
    var report = JournalGapReport(artifact: artifact, window: query.window, inventory: selection.inventory)
    report.addObstacles()
    report.addMissingHistory()
    report.addVacuumed(selection.files, remaining: after.identities)
    if tally.reachedEnd && query.units.isEmpty && tally.visited < selection.entries {
      report.addShortfalls(selection.files)
    }
    tally.addGaps(to: &report)
    return JournalCoverage(
      entries: tally.entries, first: tally.first, last: tally.last, files: selection.files.count,
      isVolatile: selection.inventory.isVolatile, gaps: report.gaps)
  }
}

/// What was read, and what is missing.
package struct JournalCoverage: Sendable, Equatable {
  /// Entries in the window that were read.
  package var entries: Int
  /// Times of the earliest and of the latest of them.
  package var first: Timestamp?
  package var last: Timestamp?
  /// Journal files that were walked.
  package var files: Int
  /// The journal is in memory only (`/run/log/journal`): it is lost with each reboot.
  package var isVolatile: Bool
  package var gaps: [Gap]
}

/// One DATA object, `NAME=value`.
struct JournalField {
  var name: UnsafeRawBufferPointer
  var value: UnsafeRawBufferPointer

  /// - Returns: `nil` when there is no name, or one with bytes that no name has: the object is damaged.
  init?(_ data: UnsafeRawBufferPointer) {
    var length = 0
    while length < data.count, data[length] != UInt8(ascii: "=") {
      guard (0x21...0x7E).contains(data[length]) else { return nil }
      length += 1
    }
    guard length > 0, length < data.count else { return nil }
    name = UnsafeRawBufferPointer(rebasing: data[..<length])
    value = UnsafeRawBufferPointer(rebasing: data[(length + 1)...])
  }
}
