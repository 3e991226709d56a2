import Evidence
import Foundation
import Testing

@Suite("Timestamp")
struct TimestampTests {
  static let extremes: [Int64] = [.min, .min + 1, -1_000_000_001, -1_000_000_000, -1, 0, 1, .max - 1, .max]

  @Test("the text of any instant reads back as the same instant")
  func roundTrip() throws {
    var generator = SystemRandomNumberGenerator()
    let random = (0..<20_000).map { _ in Int64.random(in: .min ... .max, using: &generator) }
    for nanoseconds in Self.extremes + random {
      let instant = Timestamp(nanoseconds: nanoseconds)
      #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
    }
  }

  @Test("JSON of any instant decodes to the same instant", arguments: extremes)
  func codable(nanoseconds: Int64) throws {
    let instant = Timestamp(nanoseconds: nanoseconds)
    #expect(try JSONDecoder().decode([Timestamp].self, from: JSONEncoder().encode([instant])) == [instant])
  }

  @Test("text sorts as the instants do")
  func order() {
    let instants = (0..<2000).map { _ in Timestamp(nanoseconds: .random(in: .min ... .max)) }.sorted()
    #expect(instants.map(\.rfc3339) == instants.map(\.rfc3339).sorted())
  }

  @Test(
    "parses what RFC 3339 allows",
    arguments: [
      ("1970-01-01T00:00:00Z", 0),
      ("2026-11-24T03:49:34Z", 1_795_492_174_000_000_000),
      ("2026-11-24t03:49:34z", 1_795_492_174_000_000_000),
      ("2026-11-24 03:49:34Z", 1_795_492_174_000_000_000),
      ("2026-11-24T04:49:34+01:00", 1_795_492_174_000_000_000),
      ("2026-11-23T22:19:34-05:30", 1_795_492_174_000_000_000),
      ("2026-11-24T03:49:34-00:00", 1_795_492_174_000_000_000),
      ("2026-11-24T03:49:34.5Z", 1_795_492_174_500_000_000),
      ("2026-11-24T03:49:34.000000001Z", 1_795_492_174_000_000_001),
      ("2026-11-24T03:49:34.1234567899999+00:00", 1_795_492_174_123_456_789),
      ("1969-12-31T23:59:59.999999999Z", -1),
      ("2016-12-31T23:59:60Z", 1_483_228_799_000_000_000),
      ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
    ] as [(String, Int64)])
  func parses(text: String, nanoseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.nanoseconds == nanoseconds)
  }

  @Test(
    "refuses everything else",
    arguments: [
      "", "Z", "2026-11-24", "2026-11-24T03:49:34", "2026-11-24T03:49Z", "2026-11-24T03:49:34.Z",
      "2026-11-24T24:00:00Z", "2026-11-24T03:60:00Z", "2026-11-24T03:49:61Z", "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
      "2026-11-24T03:49:34+24:00", "2026-11-24T03:49:34+0100", "2026-11-24T03:49:34Z ",
      " 2026-11-24T03:49:34Z",
      "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1677-09-21T00:12:43.145224191Z",
      "2262-04-11T23:47:16.854775808Z", "２０２６-11-24T03:49:34Z", "2026-11-24T03:49:34\u{E9}",
      "-026-11-24T03:49:34Z",
    ])
  func refuses(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("never crashes on mutated text")
  func mutations() {
    let original = Array("2026-11-24T03:49:34.123456789+01:00".utf8)
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4) {
        bytes[Int.random(in: bytes.indices)] = .random(in: 0...255)
      }
      let text = String(decoding: bytes.prefix(Int.random(in: 0...bytes.count)), as: UTF8.self)
      if let instant = Timestamp(rfc3339: text) {
        #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
      }
    }
  }

  @Test("numbers out of range are clamped, never trapped on")
  func clamping() {
    #expect(Timestamp(microseconds: .max).nanoseconds == .max)
    #expect(Timestamp(seconds: .max).nanoseconds == .max)
    #expect(Timestamp(seconds: .min).nanoseconds == .min)
    let now = Timestamp(nanoseconds: 1_795_492_174_000_000_000)
    #expect(now.adding(seconds: .infinity).nanoseconds == .max)
    #expect(now.adding(seconds: -.greatestFiniteMagnitude) < Timestamp(nanoseconds: 0))
    #expect(now.adding(seconds: .nan) == now)
    #expect(Timestamp(nanoseconds: .min).adding(seconds: -1).nanoseconds == .min)
    #expect(Timestamp(nanoseconds: .max).seconds(since: Timestamp(nanoseconds: .min)) > 0)
  }

  @Test("rounds down before the epoch too")
  func rounding() {
    let instant = Timestamp(nanoseconds: -1)
    #expect(instant.microseconds == -1)
    #expect(instant.seconds == -1)
    #expect(instant.rfc3339Seconds == "1969-12-31T23:59:59Z")
    #expect(instant.compact == "19691231T235959Z")
  }

  @Test(
    "is written as the date of HTTP headers",
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
    ] as [(Int64, String)])
  func httpDate(seconds: Int64, text: String) {
    #expect(Timestamp(seconds: seconds).httpDate == text)
  }

  @Test("a window holds its start but not its end, and never ends before it starts")
  func window() {
    let (early, late) = (Timestamp(seconds: 10), Timestamp(seconds: 20))
    let window = TimeWindow(from: early, to: late)
    #expect(window.contains(early) && !window.contains(late))
    #expect(!TimeWindow(from: late, to: early).contains(early))
    #expect(TimeWindow(from: late, to: early).to == late)
  }

  @Test("the clock agrees with Foundation's")
  func clock() {
    let before = Date().timeIntervalSince1970
    let now = Double(Timestamp.now().nanoseconds) / 1e9
    let after = Date().timeIntervalSince1970
    #expect((before - 0.001...after + 0.001).contains(now))
  }
}

@Suite("CivilDate")
struct CivilDateTests {
  /// Counts days one by one, by the rule of the calendar alone.
  @Test("agrees with the calendar's rule on every day from 1678 to 2262")
  func everyDay() throws {
    var (year, month, day): (Int64, Int64, Int64) = (1678, 1, 1)
    var days = try #require(CivilDate(year: year, month: month, day: day)).daysSinceEpoch
    var wrong = 0
    while year <= 2262 {
      let date = CivilDate(daysSinceEpoch: days)
      if (date.year, date.month, date.day) != (year, month, day) || date.daysSinceEpoch != days { wrong += 1 }
      days += 1
      day += 1
      if day > Self.length(ofMonth: month, year: year) { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
    }
    #expect(wrong == 0)
    #expect(CivilDate(year: 1970, month: 1, day: 1)?.daysSinceEpoch == 0)
  }

  @Test("agrees with Foundation's calendar on a day of every month")
  func foundation() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    for year in 1678...2262 {
      for month in 1...12 {
        let date = try #require(calendar.date(from: DateComponents(year: year, month: month, day: 15)))
        let ours = CivilDate(year: Int64(year), month: Int64(month), day: 15)
        #expect(ours?.daysSinceEpoch == Int64((date.timeIntervalSince1970 / 86_400).rounded(.down)))
      }
    }
  }

  @Test("refuses every date that is not in the calendar")
  func impossible() {
    for year: Int64 in [1900, 2000, 2023, 2024] {
      for month: Int64 in 0...13 {
        for day: Int64 in 0...32 {
          let exists = (1...12).contains(month) && day >= 1 && day <= Self.length(ofMonth: month, year: year)
          #expect((CivilDate(year: year, month: month, day: day) != nil) == exists)
        }
      }
    }
  }

  static func length(ofMonth month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
