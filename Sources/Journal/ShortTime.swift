internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// syslog's time, `Nov 24 03:49:34`.
enum ShortTime {
  private static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Appends the time of so many microseconds since the epoch; beyond the year 2262 it is that year's.
  static func append(_ microseconds: UInt64, zone: JournalZone, to output: inout [UInt8]) {
    let seconds = Timestamp(microseconds: microseconds).seconds
    switch zone {
    case .utc: append(seconds: seconds, to: &output)
    case .offset(let offset): append(seconds: seconds + Int64(offset.clamped), to: &output)
    case .local: append(seconds: seconds + localOffset(at: seconds), to: &output)
    }
  }

  /// Seconds east of UTC at that instant, where the process is.
  private static func localOffset(at seconds: Int64) -> Int64 {
    var time = time_t(seconds)
    var local = tm()
    guard localtime_r(&time, &local) != nil else { return 0 }
    return Int64(local.tm_gmtoff)
  }

  private static func append(seconds: Int64, to output: inout [UInt8]) {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let date = CivilDate(daysSinceEpoch: days)
    output.append(literal: months[Int(date.month) - 1])
    append(UInt64(date.day), separator: " ", to: &output)
    let second = UInt64(seconds - days * 86_400)
    append(second / 3600, separator: " ", to: &output)
    append(second / 60 % 60, separator: ":", to: &output)
    append(second % 60, separator: ":", to: &output)
  }

  private static func append(_ number: UInt64, separator: StaticString, to output: inout [UInt8]) {
    output.append(literal: separator)
    if number < 10 { output.append(UInt8(ascii: "0")) }
    output.append(decimal: number)
  }
}

extension Int {
  /// Within the offsets that civil time knows, ±24 hours.
  fileprivate var clamped: Int { Swift.min(Swift.max(self, -86_400), 86_400) }
}
