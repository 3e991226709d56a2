internal import Evidence

/// Finds the part of a file that can hold entries of a window, without reading the rest.
///
/// Entries stand in the order in which they were written, which is the order of their times only while the clock
/// was not set. journald begins a new file when the clock goes back; other writers do not. So the times of every
/// 256th entry are looked at first: where they do not grow, or where the clock ran differently from the monotonic
/// one between two of them, or where the service manager logged that the clock was set, the whole file is walked.
enum WindowSearch {
  static let stride = 256
  /// Difference of the clock and of the monotonic clock, between neighbours, that counts as the clock being set,
  /// in microseconds: slewing (adjtime) changes a clock by 0.05 % at most.
  static let driftLimit: Int64 = 1_000_000

  /// - Returns: places in the list; all of them when nothing else is sure.
  static func places(
    of window: TimeWindow, in list: EntryList, _ file: NativeFile, _ reader: inout ObjectReader
  ) -> Range<Int> {
    let all = 0..<list.count
    if list.count <= 2 * stride || isWhole(file, in: window) { return all }
    guard list.brokenAt == nil, !clockWasSet(file, &reader) else { return all }
    var start = 0
    var end = list.count
    var last: JournalEntry?
    for index in sequence(first: 0, next: { $0 + stride < list.count ? $0 + stride : nil }) {
      guard let offset = list.offset(at: index, file, &reader), let entry = reader.probe(file, at: offset),
        isSteady(from: last, to: entry)
      else { return all }
      last = entry
      if entry.time < window.from { start = index }
      if entry.time >= window.to && end == list.count { end = index }
    }
    return start..<max(start, end)
  }

  /// Whether all of the file is wanted, by what its header says: then there is nothing to search.
  private static func isWhole(_ file: NativeFile, in window: TimeWindow) -> Bool {
    window.contains(Timestamp(microseconds: file.headRealtime))
      && window.contains(Timestamp(microseconds: file.tailRealtime))
  }

  private static func isSteady(from last: JournalEntry?, to entry: JournalEntry) -> Bool {
    guard let last else { return true }
    guard entry.realtime >= last.realtime, entry.sequenceNumber > last.sequenceNumber else { return false }
    guard entry.bootID == last.bootID else { return true }
    let offset = Int64(entry.realtime) - Int64(entry.monotonic)
    let lastOffset = Int64(last.realtime) - Int64(last.monotonic)
    return abs(offset - lastOffset) < driftLimit
  }

  private static func clockWasSet(_ file: NativeFile, _ reader: inout ObjectReader) -> Bool {
    let match = FileMatch(
      [JournalMatch("MESSAGE_ID", isOneOf: ["\(JournalMessage.clockChanged)"])], file, &reader)
    return !match.isImpossible
  }
}
