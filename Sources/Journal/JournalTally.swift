internal import Evidence

/// What was seen while reading: counts, and losses that show only then.
package struct JournalTally: Sendable {
  /// Entries of the window.
  private(set) var entries = 0
  private(set) var first: Timestamp?
  private(set) var last: Timestamp?

  package init() {}

  private var jumps = ClockJumps()
  private var damagedEntries = Loss()
  /// Places of files at which an entry should be and is none.
  private var lostPlaces: [String: LostPlaces] = [:]
  private var damagedFields = Loss()
  private var cutFields: [CutField] = []
  private var cutFieldCount = 0
  private var missedByKernel = Loss()
  private var suppressed: [String: Loss] = [:]
  /// Entries of units that were beyond the limit for one unit.
  private var omitted: [String: Loss] = [:]

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

    mutating func add(_ other: Loss) {
      add(other.count, at: other.first)
      add(0, at: other.last)
    }
  }

  private struct LostPlaces {
    var count = 0
    var first: Int
    var last: Int
  }

  private struct CutField {
    var name: String
    var entry: JournalEntry
  }

  mutating func count(_ entry: JournalEntry) {
    entries += 1
    let time = entry.time
    first = min(first ?? time, time)
    last = max(last ?? time, time)
    jumps.take(entry)
  }

  mutating func omit(_ entry: JournalEntry, of unit: String) {
    omitted[unit, default: Loss()].add(1, at: entry.time)
  }

  mutating func damaged(at time: Timestamp?) { damagedEntries.add(1, at: time) }

  /// There is no entry where the file's list has one.
  mutating func lostEntry(in path: String, at offset: Int) {
    lost(LostPlaces(count: 1, first: offset, last: offset), in: path)
  }

  private mutating func lost(_ places: LostPlaces, in path: String) {
    let key = lostPlaces[path] != nil || lostPlaces.count < Self.detailLimit ? path : "more files"
    var sum = lostPlaces[key] ?? LostPlaces(first: places.first, last: places.last)
    sum.count += places.count
    sum.first = min(sum.first, places.first)
    sum.last = max(sum.last, places.last)
    lostPlaces[key] = sum
  }

  mutating func damagedField(at time: Timestamp?) { damagedFields.add(1, at: time) }

  mutating func cut(_ name: UnsafeRawBufferPointer, of entry: JournalEntry) {
    cutFieldCount += 1
    guard cutFields.count < Self.detailLimit else { return }
    cutFields.append(CutField(name: String(decoding: name, as: UTF8.self), entry: entry))
  }

  /// Adds what another reader of the same journal saw.
  package mutating func add(_ other: JournalTally) {
    entries += other.entries
    first = [first, other.first].compactMap(\.self).min()
    last = [last, other.last].compactMap(\.self).max()
    jumps.add(other.jumps)
    for (path, places) in other.lostPlaces.sorted(by: { $0.key < $1.key }) { lost(places, in: path) }
    damagedEntries.add(other.damagedEntries)
    damagedFields.add(other.damagedFields)
    missedByKernel.add(other.missedByKernel)
    cutFieldCount += other.cutFieldCount
    cutFields += other.cutFields.prefix(Self.detailLimit - cutFields.count)
    omitted.merge(other.omitted) { mine, other in
      var sum = mine
      sum.add(other)
      return sum
    }
    for (unit, loss) in other.suppressed.sorted(by: { $0.key < $1.key }) {
      suppressed[suppressionKey(unit), default: Loss()].add(loss)
    }
  }

  private func suppressionKey(_ unit: String) -> String {
    suppressed[unit] != nil || suppressed.count < Self.detailLimit ? unit : "other units"
  }

  static func isLoss(messageID: UnsafeRawBufferPointer) -> Bool {
    let id = JournalID(hex: messageID)
    return id == JournalMessage.journalSuppressed || id == JournalMessage.kernelMissed
  }

  /// Takes down what journald says in an entry that it dropped. Only its own word counts: the transport `driver` is
  /// a field that no other program can set.
  mutating func noteLoss(_ notice: LossNotice, of entry: JournalEntry) {
    guard notice.isFromJournald else { return }
    let words = notice.message.split(separator: " ")
    let inText = words.count > 1 ? UInt64(words[1]) : nil
    guard words.first == "Suppressed" else {
      return missedByKernel.add(inText ?? 1, at: entry.time)
    }
    let unit = words.count > 4 ? String(words[4]) : "an unknown unit"
    suppressed[suppressionKey(unit), default: Loss()].add(notice.dropped ?? inText ?? 1, at: entry.time)
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
    for (unit, loss) in omitted.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
      report.add(
        .budget, from: loss.first, to: loss.last,
        "the \(loss.count) oldest entries of \(unit) were left out: it has more than the limit for one unit; raise "
          + "journal.max_entries_per_unit")
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
    jumps.addGaps(to: &report)
    addDamage(to: &report)
  }

  private func addDamage(to report: inout JournalGapReport) {
    for (path, places) in lostPlaces.sorted(by: { $0.key < $1.key }) {
      report.add(
        .journalCorrupt,
        "\(path) is damaged: \(places.count) entries between offsets \(places.first) and \(places.last) could not "
          + "be read")
    }
    for (loss, what) in [(damagedEntries, "entries"), (damagedFields, "fields")] where loss.count > 0 {
      report.add(
        .journalCorrupt, from: loss.first, to: loss.last,
        "\(loss.count) \(what) could not be read: a journal file is damaged (journalctl --verify names it)")
    }
  }
}

/// The fields of an entry in which journald says that it lost messages.
struct LossNotice: Sendable {
  private enum Slot: Int { case messageID, transport, message, dropped }

  static let names: [StaticString] = ["MESSAGE_ID", "_TRANSPORT", "MESSAGE", "N_DROPPED"]
  private var slots = FieldSlots(names, limit: 512)

  mutating func removeAll() { slots.removeAll() }

  mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    slots.take(name, value)
  }

  /// Whether the entry bears one of the message ids of losses.
  var isPresent: Bool { slots.withValue(Slot.messageID.rawValue, JournalTally.isLoss) ?? false }

  var isFromJournald: Bool { slots.withValue(Slot.transport.rawValue) { $0.equals("driver") } ?? false }

  var message: String { slots.text(Slot.message.rawValue) ?? "" }

  var dropped: UInt64? { slots.withValue(Slot.dropped.rawValue) { $0.decimal } ?? nil }
}
