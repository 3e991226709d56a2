/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
///
/// The range is 1677-09-21 to 2262-04-11, what 64 bits hold; text is always RFC 3339 in UTC with nine
/// fraction digits, so that timestamps sort as text and the same instant is always the same bytes.
package struct Timestamp: Hashable, Comparable, Sendable {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// - Parameter microseconds: microseconds since the epoch, as journald's `__REALTIME_TIMESTAMP`.
  ///   A value out of range (a corrupt journal field) is clamped.
  package init(microseconds: UInt64) {
    let (product, overflow) = Int64(clamping: microseconds).multipliedReportingOverflow(by: 1000)
    nanoseconds = overflow ? .max : product
  }

  /// - Parameter seconds: seconds since the epoch; a value out of range is clamped.
  package init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    nanoseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  /// Microseconds since the epoch, rounded down.
  package var microseconds: Int64 { floorDivide(nanoseconds, 1000).quotient }

  /// Seconds since the epoch, rounded down.
  package var seconds: Int64 { floorDivide(nanoseconds, 1_000_000_000).quotient }

  package static func < (left: Self, right: Self) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Adds a number of seconds, clamped to the representable range; what is not a number adds nothing.
  package func adding(seconds: Double) -> Timestamp {
    guard !seconds.isNaN else { return self }
    let delta = Int64(max(min(seconds, 9e9), -9e9) * 1e9)
    let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
    return Timestamp(nanoseconds: overflow ? (delta < 0 ? .min : .max) : sum)
  }

  /// Seconds from `earlier` to this instant.
  package func seconds(since earlier: Timestamp) -> Double {
    (Double(nanoseconds) - Double(earlier.nanoseconds)) / 1e9
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339, UTC, nanoseconds: `2026-11-24T03:49:34.123456789Z`.
  package var rfc3339: String {
    let (seconds, fraction) = floorDivide(nanoseconds, 1_000_000_000)
    return secondsText(seconds) + "." + padded(fraction, 9) + "Z"
  }

  /// RFC 3339, UTC, whole seconds: `2026-11-24T03:49:34Z`.
  package var rfc3339Seconds: String { secondsText(seconds) + "Z" }

  /// ISO 8601 basic form in UTC, for names: `20261124T034934Z`.
  package var compact: String { rfc3339Seconds.filter { $0 != "-" && $0 != ":" } }

  /// The date of HTTP headers (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
  package var httpDate: String {
    let (days, secondOfDay) = floorDivide(seconds, 86_400)
    let date = CivilDate(daysSinceEpoch: days)
    // 1970-01-01 was a Thursday.
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(floorDivide(days, 7).remainder)]
    let month = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][Int(date.month) - 1]
    return "\(weekday), \(padded(date.day, 2)) \(month) \(padded(date.year, 4)) \(timeText(secondOfDay)) GMT"
  }

  package var description: String { rfc3339 }

  private func secondsText(_ seconds: Int64) -> String {
    let (days, secondOfDay) = floorDivide(seconds, 86_400)
    let date = CivilDate(daysSinceEpoch: days)
    return
      "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(timeText(secondOfDay))"
  }

  private func timeText(_ second: Int64) -> String {
    "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
  }
}

extension Timestamp {
  /// Parses RFC 3339 (section 5.6) with any offset and any number of fraction digits, of which the
  /// first nine count. `T` may be a space, `T` and `Z` may be lower case, as the RFC allows.
  ///
  /// A leap second (`23:59:60`) is read as the second before it, as POSIX time has none.
  ///
  /// - Returns: `nil` for anything else, an impossible date, or an instant that 64 bits do not hold.
  package init?(rfc3339 text: String) {
    var scanner = DigitScanner(text)
    guard
      let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"),
      let day = scanner.number(2), scanner.take("T", "t", " "), let hour = scanner.number(2),
      scanner.take(":"),
      let minute = scanner.number(2), scanner.take(":"), let second = scanner.number(2),
      let fraction = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd,
      hour < 24, minute < 60, second <= 60,
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    let secondOfDay = hour * 3600 + minute * 60 + min(second, 59) - offset
    let exact = Int128(date.daysSinceEpoch * 86_400 + secondOfDay) * 1_000_000_000 + Int128(fraction)
    guard let nanoseconds = Int64(exactly: exact) else { return nil }
    self.nanoseconds = nanoseconds
  }
}

extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let parsed = Timestamp(rfc3339: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not an RFC 3339 time; write it like 2026-11-24T03:49:34Z")
    }
    self = parsed
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rfc3339)
  }
}

/// A half-open interval of time: `from` is in it, `to` is not.
package struct TimeWindow: Hashable, Sendable, Codable {
  package var from: Timestamp
  package var to: Timestamp

  package init(from: Timestamp, to: Timestamp) {
    self.from = from
    self.to = max(from, to)
  }

  package func contains(_ instant: Timestamp) -> Bool {
    from <= instant && instant < to
  }
}

/// A date of the proleptic Gregorian calendar.
///
/// The conversion counts in eras of 400 years (146,097 days) from 0000-03-01, which puts the leap day
/// at the end of each year and makes both directions exact without tables.
package struct CivilDate: Hashable, Sendable {
  package let year: Int64
  package let month: Int64
  package let day: Int64

  package init(daysSinceEpoch: Int64) {
    let (era, dayOfEra) = floorDivide(daysSinceEpoch + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// - Returns: `nil` when there is no such day.
  package init?(year: Int64, month: Int64, day: Int64) {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    self.year = year
    self.month = month
    self.day = day
    guard CivilDate(daysSinceEpoch: daysSinceEpoch) == self else { return nil }
  }

  package var daysSinceEpoch: Int64 {
    let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

private func padded(_ value: Int64, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Reads fixed-width decimal fields from ASCII text.
private struct DigitScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = Substring(text).utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func number(_ width: Int) -> Int64? {
    var value: Int64 = 0
    guard rest.count >= width else { return nil }
    for byte in rest.prefix(width) {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    rest = rest.dropFirst(width)
    return value
  }

  mutating func take(_ choices: Unicode.Scalar...) -> Bool {
    guard let first = rest.first, choices.contains(Unicode.Scalar(first)) else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// Nanoseconds of an optional fraction.
  mutating func fraction() -> Int64? {
    guard take(".") else { return 0 }
    var value: Int64 = 0
    var digits = 0
    while let byte = rest.first, (0x30...0x39).contains(byte) {
      if digits < 9 { value = value * 10 + Int64(byte - 0x30) }
      digits += 1
      rest = rest.dropFirst()
    }
    guard digits > 0 else { return nil }
    for _ in min(digits, 9)..<9 { value *= 10 }
    return value
  }

  /// Seconds east of UTC.
  mutating func offset() -> Int64? {
    if take("Z", "z") { return 0 }
    let sign: Int64 = rest.first == UInt8(ascii: "-") ? -1 : 1
    guard take("+", "-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
