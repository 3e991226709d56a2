internal import CSystemd
internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Reads files through libsystemd: those that the native reader does not know how to read, and all of them where the
/// configuration says so. Also what the native reader is compared with in tests.
///
/// libsystemd wants one thread: open, read and drop it on the same one.
///
/// Neither the first entry past the window's end nor one bisection by time decides anything, since a clock that was
/// set back puts entries of the window on both sides of it. All files are walked whole, up to the entries that were
/// there when they were opened: once as many were seen, the first one past the window ends the walk, or a busy host
/// might never let it end.
struct LibsystemdReader: ~Copyable {
  private let query: JournalQuery
  private let journal: SystemdJournal
  /// Entries that the files' headers promised.
  private let promised: UInt64
  private(set) var tally = JournalTally()
  /// Entries that libsystemd came to, the window's or not.
  private(set) var visited: UInt64 = 0
  private(set) var reachedEnd = false

  /// - Throws: `JournalError` when libsystemd cannot open the files together (descriptors, memory).
  init(_ query: JournalQuery, files: [JournalFile]) throws(JournalError) {
    self.query = query
    promised = files.reduce(0) { $0.addingReportingOverflow($1.header.entries).partialValue }
    let journal = try SystemdJournal(files: files.map(\.readPath))
    try journal.prepare(query)
    self.journal = journal
  }

  /// Moves to the next entry of the window.
  ///
  /// - Returns: `nil` after the last one.
  /// - Throws: `JournalError` when libsystemd cannot go on at all.
  mutating func next() throws(JournalError) -> JournalEntry? {
    while true {
      let result = try journal.check("sd_journal_next", sd_journal_next(journal.pointer))
      guard result > 0 else {
        reachedEnd = true
        return nil
      }
      visited += 1
      var realtime: UInt64 = 0
      guard sd_journal_get_realtime_usec(journal.pointer, &realtime) >= 0 else {
        tally.damaged(at: nil)
        continue
      }
      let time = Timestamp(microseconds: realtime)
      guard query.window.contains(time) else {
        guard time >= query.window.to, query.matches.isEmpty, visited > promised else { continue }
        reachedEnd = true
        return nil
      }
      guard let entry = journal.entry() else {
        tally.damaged(at: time)
        continue
      }
      return entry
    }
  }

  /// Lends the fields of the entry that `next` returned, in the order of the file; a name can come more than once.
  mutating func forEachField<E: Error>(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    sd_journal_restart_data(journal.pointer)
    var fields = 0
    while true {
      var start: UnsafeRawPointer?
      var count = 0
      let result = sd_journal_enumerate_available_data(journal.pointer, &start, &count)
      guard result > 0 else {
        if result < 0 || fields == 0 { tally.damagedField(at: nil) }
        break
      }
      fields += 1
      guard let field = JournalField(UnsafeRawBufferPointer(start: start, count: count)) else {
        tally.damagedField(at: nil)
        continue
      }
      try body(field.name, field.value)
    }
  }
}
