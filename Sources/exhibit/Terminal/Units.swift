internal import Evidence

/// Text for quantities, short enough for a table and exact enough to act on.
enum Units {
  /// Binary units with one fraction digit from KiB on: `999 B`, `1.4 MiB`.
  static func bytes(_ count: Int) -> String {
    let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(max(0, count))
    var index = 0
    // 1023.95 would print as 1024.0 of the smaller unit.
    while value >= (index == 0 ? 1024 : 1023.95), index < names.count - 1 {
      value /= 1024
      index += 1
    }
    return index == 0 ? "\(max(0, count)) B" : "\(tenths(value)) \(names[index])"
  }

  /// The two largest units of a span: `45s`, `3m 20s`, `2h 5m`, `3d 4h`.
  static func duration(seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let total = Int(max(0, min(seconds, 1e12)))
    switch total {
    case ..<60: return "\(total)s"
    case ..<3600: return pair(total, 60, "m", "s")
    case ..<86_400: return pair(total / 60, 60, "h", "m")
    default: return pair(total / 3600, 24, "d", "h")
    }
  }

  /// How long ago `instant` was, in one unit: `now`, `12s ago`, `3m ago`; `in 5m` for the future.
  static func relative(_ instant: Timestamp, to now: Timestamp) -> String {
    let seconds = now.seconds(since: instant)
    let distance = Int(min(abs(seconds), 1e12))
    let text =
      switch distance {
      case 0: "now"
      case ..<60: "\(distance)s"
      case ..<3600: "\(distance / 60)m"
      case ..<86_400: "\(distance / 3600)h"
      default: "\(distance / 86_400)d"
      }
    guard distance > 0 else { return text }
    return seconds > 0 ? "\(text) ago" : "in \(text)"
  }

  /// `2026-11-24 03:49:34Z (3m ago)`.
  static func moment(_ instant: Timestamp, now: Timestamp) -> String {
    let text = instant.rfc3339Seconds.split(separator: "T").joined(separator: " ")
    return "\(text) (\(relative(instant, to: now)))"
  }

  /// A ratio from 0 to 1 as whole per cent, rounded down, so that only the whole is `100 %`.
  static func percent(_ ratio: Double) -> String {
    guard ratio.isFinite else { return "?" }
    return "\(Int(max(0, min(ratio, 1)) * 100)) %"
  }

  /// Parses `90s`, `5m`, `2h`, `1d`. The unit is required: a bare number is as likely to be meant as
  /// seconds as it is as minutes.
  static func parseDuration(_ text: String) -> Duration? {
    let scale: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard
      let unit = text.last, let factor = scale[unit], let number = Int64(text.dropLast()), number > 0,
      case let (seconds, overflow) = number.multipliedReportingOverflow(by: factor), !overflow
    else { return nil }
    return .seconds(seconds)
  }

  private static func pair(_ value: Int, _ base: Int, _ large: String, _ small: String) -> String {
    value % base == 0 ? "\(value / base)\(large)" : "\(value / base)\(large) \(value % base)\(small)"
  }

  private static func tenths(_ value: Double) -> String {
    let scaled = Int((value * 10).rounded())
    return "\(scaled / 10).\(scaled % 10)"
  }
}

extension Duration {
  /// The span in seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
