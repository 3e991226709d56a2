internal import Evidence

/// Reads the entries of a window of time, in the order in which `journalctl` shows them.
///
/// Every call may block on the disk; open, read and `finish` on one thread, outside the cooperative pool.
///
/// **Which entries.** Each entry is compared with the window by itself. To bound the work, files are left out whose
/// header says that their first and last entry are both more than a day before the window, or both more than a
/// day after it: journald starts a new file when the clock goes back, so only a file of another writer can hold
/// entries further out. Entries that were written after the files were opened are not read.
///
/// **What goes wrong with one file, entry or field** is never thrown: reading goes on with the rest, and
/// `finish` names it as a gap.
package struct JournalReader: ~Copyable {
  private let plan: JournalPlan
  private var merge: JournalMerge
  private var source: (any JournalSource)?
  private var tally = JournalTally()
  private var notice = LossNotice()
  private var items = ItemList()

  /// Opens the journal. Files that cannot be read, or no files at all, become gaps.
  ///
  /// - Throws: `JournalError` when files cannot be opened for lack of descriptors or memory.
  package init(_ query: JournalQuery) throws(JournalError) {
    let plan = try JournalPlan(query)
    let merge = try JournalMerge(plan)
    self.plan = plan
    self.merge = merge
  }

  /// Moves to the next entry of the window.
  ///
  /// - Returns: `nil` after the last one.
  /// - Throws: `JournalError` when libsystemd, where it has to help, cannot go on at all.
  package mutating func next() throws(JournalError) -> JournalEntry? {
    source = try merge.next()
    guard let entry = source?.current else { return nil }
    tally.count(entry)
    return entry
  }

  /// Lends the fields of the entry that `next` returned, in the order of the file; a name can come more
  /// than once. The bytes are valid during the call only.
  ///
  /// Call it for every entry: it is also how the reader learns what journald itself says that it dropped.
  package mutating func forEachField<E: Error>(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    guard let entry = source?.current else { return }
    notice.removeAll()
    let limit = plan.query.fieldLimit
    if let native = source as? NativeSource {
      let complete = merge.reader.items(native.file, at: native.currentOffset, into: &items)
      if !complete { tally.damaged(at: entry.time) }
      for index in 0..<items.count {
        let item = items[index]
        guard let found = merge.reader.field(native.file, item), let field = JournalField(found.payload)
        else {
          tally.damagedField(at: entry.time)
          continue
        }
        if !found.isIntact { tally.damagedField(at: entry.time) }
        try lend(field, of: entry, limit, body)
      }
    } else {
      try merge.libsystemd?.forEachField { name, value throws(E) in
        try lend(JournalField(name: name, value: value), of: entry, limit, body)
      }
    }
    if notice.isPresent { tally.noteLoss(notice, of: entry) }
  }

  private mutating func lend<E: Error>(
    _ field: JournalField, of entry: JournalEntry, _ limit: Int,
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    notice.take(field.name, field.value)
    if field.value.count > limit { tally.cut(field.name, of: entry) }
    try body(field.name, UnsafeRawBufferPointer(rebasing: field.value.prefix(limit)))
  }

  /// Closes the journal; also after `next` threw, or when the caller had enough.
  ///
  /// - Parameter artifact: path in the bundle of the artifact that the entries went into.
  /// - Returns: what was read and what is missing, as far as it was read.
  package consuming func finish(artifact: String) -> JournalCoverage {
    var tally = tally
    let findings = merge.findings(of: plan)
    tally.add(findings.tally)
    return JournalCoverage(plan, findings: findings, tally: tally, artifact: artifact)
  }
}
