internal import Evidence

extension Timestamp {
  /// What `init(vendor:)` reads, for error messages.
  static let vendorForms =
    "must be an RFC 3339 time, as 2026-11-24T03:49:34Z, or seconds or milliseconds since 1970"

  /// 2200-01-01: later times are mistakes of a unit.
  private static let latest = Int64(7_258_118_400_000_000_000)

  /// A time as vendors write it: RFC 3339, also with an offset without a colon (Jira's `+0000`) or with spaces
  /// (`2026-11-24 03:49:34 UTC`), or seconds, milliseconds, microseconds or nanoseconds since 1970, which the
  /// magnitude tells apart.
  init?(vendor scalar: JSONScalar) {
    switch scalar {
    case .string(let text): self.init(vendorText: text)
    case .integer(let value): self.init(epoch: value)
    case .number(let value):
      guard value >= 0, value < 7_258_118_400 else { return nil }
      self.init(nanoseconds: Int64(value * 1e9))
    case .null, .bool, .other: return nil
    }
  }

  private init?(vendorText text: String) {
    if let time = Timestamp(rfc3339: text) {
      self = time
    } else if let value = Int64(text) {
      self.init(epoch: value)
    } else {
      self.init(rfc3339: Self.withUsualOffset(text))
    }
  }

  private init?(epoch value: Int64) {
    let unit: Int64 =
      switch value {
      case ..<0: 0
      case ..<100_000_000_000: 1_000_000_000
      case ..<100_000_000_000_000: 1_000_000
      case ..<100_000_000_000_000_000: 1000
      default: 1
      }
    let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit)
    guard unit > 0, !overflow, nanoseconds < Self.latest else { return nil }
    self.init(nanoseconds: nanoseconds)
  }

  /// `2013-03-27T16:53:58.301+0000` with the colon that RFC 3339 asks for, `2021-04-28 21:50:00 +0200` without the
  /// second space, `… UTC` as `…Z`.
  private static func withUsualOffset(_ text: String) -> String {
    var bytes = Array(text.utf8)
    if text.hasSuffix(" UTC") { return String(text.dropLast(4)) + "Z" }
    guard bytes.count > 5,
      bytes[bytes.count - 5] == UInt8(ascii: "+") || bytes[bytes.count - 5] == UInt8(ascii: "-")
    else { return text }
    bytes.insert(UInt8(ascii: ":"), at: bytes.count - 2)
    if bytes[bytes.count - 7] == UInt8(ascii: " ") { bytes.remove(at: bytes.count - 7) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension JSONScalar {
  /// Go's zero time stands for "none"; so do `null` and the empty text.
  var isNoTime: Bool {
    switch self {
    case .null, .string(""): true
    case .string(let text): text.hasPrefix("0001-01-01T00:00:00")
    case .bool, .integer, .number, .other: false
    }
  }
}
