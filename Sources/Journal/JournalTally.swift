internal import Evidence

/// What was seen while reading: counts, and losses that show only then.
struct JournalTally {
  /// Entries of the window; entries that libsystemd came to, the window's or not.
  private(set) var entries = 0
  var visited: UInt64 = 0
  var reachedEnd = false
  private(set) var first: Timestamp?
  private(set) var last: Timestamp?

  private var current: JournalEntry?
  private var damagedEntries = Loss()
  private var damagedFields = Loss()
  private var cutFields: [CutField] = []
  private var cutFieldCount = 0
  private var missedByKernel = Loss()
  private var suppressed: [String: Loss] = [:]

  /// Names and cursors are kept of so many fields, and units of suppressed messages; the rest is counted.
  private static let detailLimit = 32

  struct Loss {
    var count: UInt64 = 0
    var first: Timestamp?
    var last: Timestamp?

    mutating func add(_ amount: UInt64, at time: Timestamp?) {
      let (sum, overflow) = count.addingReportingOverflow(amount)
      count = overflow ? .max : sum
      guard let time else { return }
      first = min(first ?? time, time)
      last = max(last ?? time, time)
    }
  }

  private struct CutField {
    var name: String
    var entry: JournalEntry
  }

  mutating func count(_ entry: JournalEntry) {
    current = entry
    entries += 1
    let time = entry.time
    first = min(first ?? time, time)
    last = max(last ?? time, time)
  }

  mutating func damaged(at time: Timestamp?) { damagedEntries.add(1, at: time) }
  mutating func damagedField() { damagedFields.add(1, at: current?.time) }

  mutating func cut(_ name: UnsafeRawBufferPointer) {
    cutFieldCount += 1
    guard cutFields.count < Self.detailLimit, let current else { return }
    cutFields.append(CutField(name: String(decoding: name, as: UTF8.self), entry: current))
  }

  static func isLoss(messageID: UnsafeRawBufferPointer) -> Bool {
    let id = JournalID(hex: messageID)
    return id == JournalMessage.journalSuppressed || id == JournalMessage.kernelMissed
  }

  /// Takes down what journald says in the current entry that it dropped. Only its own word counts: the
  /// transport `driver` is a field that no other program can set.
  mutating func noteLoss(_ journal: borrowing SystemdJournal) {
    guard let current, journal.value(of: "_TRANSPORT")?.equals("driver") == true else { return }
    let message = journal.value(of: "MESSAGE").map { String(decoding: $0.prefix(512), as: UTF8.self) } ?? ""
    let words = message.split(separator: " ")
    let inText = words.count > 1 ? UInt64(words[1]) : nil
    guard words.first == "Suppressed" else {
      return missedByKernel.add(inText ?? 1, at: current.time)
    }
    let count = journal.value(of: "N_DROPPED")?.decimal ?? inText ?? 1
    let unit = words.count > 4 ? String(words[4]) : "an unknown unit"
    let key = suppressed[unit] != nil || suppressed.count < Self.detailLimit ? unit : "other units"
    suppressed[key, default: Loss()].add(count, at: current.time)
  }

  func addGaps(to report: inout JournalGapReport) {
    for (unit, loss) in suppressed.sorted(by: { $0.key < $1.key }) {
      report.add(
        .journalSuppressed, from: loss.first, to: loss.last,
        "journald dropped \(loss.count) messages of \(unit) by its rate limit, as it said at these times; "
          + "raise LogRateLimitBurst= of the unit or RateLimitBurst= in journald.conf")
    }
    if missedByKernel.count > 0 {
      report.add(
        .journalSuppressed, from: missedByKernel.first, to: missedByKernel.last,
        "journald missed \(missedByKernel.count) kernel messages, as it said at these times: the kernel wrote "
          + "faster than journald read; a larger log_buf_len= keeps more")
    }
    for field in cutFields {
      report.add(
        .budget, from: field.entry.time, to: field.entry.time,
        "field \(field.name) was cut at the limit for one field; the whole value is in the host's journal at "
          + "cursor \(field.entry.cursor)")
    }
    if cutFieldCount > cutFields.count {
      report.add(
        .budget, "\(cutFieldCount - cutFields.count) more fields were cut at the limit for one field")
    }
    addDamage(to: &report)
  }

  private func addDamage(to report: inout JournalGapReport) {
    for (loss, what) in [(damagedEntries, "entries"), (damagedFields, "fields")] where loss.count > 0 {
      report.add(
        .journalCorrupt, from: loss.first, to: loss.last,
        "\(loss.count) \(what) could not be read: a journal file is damaged (journalctl --verify names it)")
    }
  }
}
