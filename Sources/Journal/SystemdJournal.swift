internal import CSystemd

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The C handle, closed when it goes out of scope. Results are libsystemd's: negative is an error number.
///
/// libsystemd binds a handle to the thread that uses it: it is neither `Copyable` nor `Sendable`.
struct SystemdJournal: ~Copyable {
  let pointer: OpaquePointer

  init(files paths: [String]) throws(JournalError) {
    var opened: OpaquePointer?
    let result = withCStrings(paths) { sd_journal_open_files(&opened, $0, 0) }
    guard result >= 0, let opened else { throw JournalError(call: "sd_journal_open_files", result: result) }
    pointer = opened
  }

  deinit {
    sd_journal_close(pointer)
  }

  /// Opens one file and closes it again.
  static func probe(_ path: String) -> Int32 {
    var opened: OpaquePointer?
    let result = withCStrings([path]) { sd_journal_open_files(&opened, $0, 0) }
    if result >= 0 { sd_journal_close(opened) }
    return result
  }

  /// The number of entries that libsystemd reaches in one file.
  static func count(_ path: String) throws(JournalError) -> UInt64 {
    let journal = try SystemdJournal(files: [path])
    var entries: UInt64 = 0
    guard sd_journal_seek_head(journal.pointer) >= 0 else { return 0 }
    while sd_journal_next(journal.pointer) > 0 { entries += 1 }
    return entries
  }

  /// Goes to the first entry that the query can want.
  func prepare(_ query: JournalQuery) throws(JournalError) {
    // Above the limit by more than the longest field name, so that a field that was cut shows as too long.
    try check(
      "sd_journal_set_data_threshold",
      sd_journal_set_data_threshold(pointer, query.fieldLimit + 4096))
    try match(query.matches)
    try check("sd_journal_seek_head", sd_journal_seek_head(pointer))
  }

  /// What the cursor says of the current entry; `nil` when the entry cannot be read.
  func entry() -> JournalEntry? {
    var cursor: UnsafeMutablePointer<CChar>?
    guard sd_journal_get_cursor(pointer, &cursor) >= 0, let cursor else { return nil }
    defer { free(cursor) }
    return JournalEntry(cursor: UnsafeRawBufferPointer(start: cursor, count: strlen(cursor)))
  }

  /// Restricts the entries to those that match all of these.
  func match(_ matches: [JournalMatch]) throws(JournalError) {
    for match in matches {
      for alternative in match.alternatives {
        for field in alternative {
          try check("sd_journal_add_match", sd_journal_add_match(pointer, field, field.utf8.count))
        }
        try check("sd_journal_add_disjunction", sd_journal_add_disjunction(pointer))
      }
      try check("sd_journal_add_conjunction", sd_journal_add_conjunction(pointer))
    }
  }

  @discardableResult
  func check(_ call: String, _ result: Int32) throws(JournalError) -> Int32 {
    guard result >= 0 else { throw JournalError(call: call, result: result) }
    return result
  }
}

/// Lends the texts as the null-terminated array of C strings that libsystemd wants.
private func withCStrings<R>(_ texts: [String], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> R)
  -> R
{
  var starts: [Int] = []
  var characters: [CChar] = []
  for text in texts {
    starts.append(characters.count)
    characters.append(contentsOf: text.utf8CString)
  }
  return characters.withUnsafeBufferPointer { storage in
    var pointers = starts.map { start in storage.baseAddress.map { $0 + start } }
    pointers.append(nil)
    return body(&pointers)
  }
}
