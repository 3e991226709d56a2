internal import Evidence
internal import FoundationEssentials

/// Turns the local times of a log, which carry no offset, into instants.
///
/// When clocks are set back, one hour of local time happens twice. Logs are written in order, so of the two
/// instants it is the earlier one that is not before the line above, else simply the earlier one. A local
/// time that clocks set forward leave out cannot be read from a correct clock; it counts on from before the
/// change.
struct LocalClock {
  private let zone: TimeZone
  private var previous = Timestamp(nanoseconds: .min)

  init(zone: TimeZone) {
    self.zone = zone
  }

  /// The instant of the next line of the log.
  ///
  /// - Parameter text: `2026-11-23 22:48:02`, as dpkg writes, or with two spaces, as apt does.
  /// - Returns: `nil` where that is no time.
  mutating func instant(of text: some StringProtocol) -> Timestamp? {
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].utf8.count == 10, parts[1].utf8.count == 8,
      let local = Timestamp(rfc3339: "\(parts[0])T\(parts[1])Z")
    else { return nil }
    let instant = resolve(local)
    previous = instant
    return instant
  }

  /// The local date at an instant: `2026-11-23`.
  func date(at instant: Timestamp) -> String {
    String(instant.adding(seconds: Double(offset(at: instant))).rfc3339.prefix(10))
  }

  private func resolve(_ local: Timestamp) -> Timestamp {
    let day = 86_400.0
    let before = offset(at: local.adding(seconds: -day))
    let after = offset(at: local.adding(seconds: day))
    let first = local.adding(seconds: -Double(max(before, after)))
    let second = local.adding(seconds: -Double(min(before, after)))
    let candidates = [first, second].filter { local == $0.adding(seconds: Double(offset(at: $0))) }
    return candidates.first { $0 >= previous } ?? candidates.first
      ?? local.adding(seconds: -Double(before))
  }

  private func offset(at instant: Timestamp) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds)))
  }
}

/// The lines of a log that are worth parsing: those whose local date is in the window or next to it.
struct DateFilter {
  private let first: [UInt8]
  private let last: [UInt8]

  init(window: TimeWindow, clock: LocalClock) {
    first = Array(clock.date(at: window.from.adding(seconds: -86_400)).utf8)
    last = Array(clock.date(at: window.to.adding(seconds: 86_400)).utf8)
  }

  /// `nil` where the line does not begin with a date.
  func admits(_ line: ArraySlice<UInt8>) -> Bool? {
    let date = line.prefix(10)
    guard date.count == 10 else { return nil }
    for (index, byte) in date.enumerated() {
      let isDash = index == 4 || index == 7
      guard isDash ? byte == UInt8(ascii: "-") : (0x30...0x39).contains(byte) else { return nil }
    }
    return !date.lexicographicallyPrecedes(first) && !last.lexicographicallyPrecedes(date)
  }
}

/// Calls `body` with each line, without its line feed, and its number from 1.
func forEachLine(of bytes: [UInt8], _ body: (Int, ArraySlice<UInt8>) -> Void) {
  var start = bytes.startIndex
  var number = 1
  while start < bytes.endIndex {
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    body(number, bytes[start..<end])
    start = end + 1
    number += 1
  }
}
