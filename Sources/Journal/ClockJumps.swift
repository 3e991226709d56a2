internal import Evidence

/// Finds where the host's clock was set back while its monotonic clock went on.
struct ClockJumps: Sendable {
  struct Jump: Sendable, Equatable {
    /// Of the last entry before, and of the first one after.
    var from: Timestamp
    var to: Timestamp
    /// Microseconds by which the clock was set back.
    var distance: Int64
  }

  /// Microseconds: slewing (adjtime(3)) and what entries wait for each other are far below.
  static let threshold: Int64 = 1_000_000
  /// So many are named; the rest is counted.
  private static let detailLimit = 8

  private(set) var named: [Jump] = []
  private(set) var count = 0
  private var first: JournalEntry?
  private var last: JournalEntry?

  /// Takes the next entry, in the order of reading.
  @inline(__always)
  mutating func take(_ entry: JournalEntry) {
    if let last { compare(last, entry) } else { first = entry }
    last = entry
  }

  /// Adds what was found in the entries that follow.
  mutating func add(_ other: ClockJumps) {
    if let last, let next = other.first { compare(last, next) }
    first = first ?? other.first
    last = other.last ?? last
    count += other.count
    named += other.named.prefix(Self.detailLimit - named.count)
  }

  private mutating func compare(_ last: JournalEntry, _ entry: JournalEntry) {
    guard entry.realtime < last.realtime, entry.bootID == last.bootID else { return }
    // What a correct clock shows depends on the time since the boot alone. The numbers are below 2^55.
    let distance =
      (Int64(clamping: last.realtime) - Int64(clamping: last.monotonic))
      - (Int64(clamping: entry.realtime) - Int64(clamping: entry.monotonic))
    guard distance > Self.threshold else { return }
    count += 1
    if named.count < Self.detailLimit {
      named.append(Jump(from: last.time, to: entry.time, distance: distance))
    }
  }

  func addGaps(to report: inout JournalGapReport) {
    for jump in named {
      report.add(
        .clockJump, from: min(jump.from, jump.to), to: max(jump.from, jump.to),
        "the host's clock was set back by \(jump.distance / 1_000_000) s, from \(jump.from.rfc3339Seconds) to "
          + "\(jump.to.rfc3339Seconds): entries stand in the order of writing, times between come twice, and what "
          + "was logged before the jump may be stamped as outside of the window; let NTP slew the clock instead"
      )
    }
    if count > named.count {
      report.add(.clockJump, "the clock was set back \(count - named.count) times more")
    }
  }
}
