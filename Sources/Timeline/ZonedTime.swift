internal import Evidence
internal import FoundationEssentials

/// An instant as people of one zone write it.
struct ZonedTime {
  /// `2026-11-24`
  let date: String
  /// `04:49:34`
  let time: String
  /// `04:49:34.123`
  let timeWithMilliseconds: String
  /// `+01:00`
  let offset: String

  init(_ instant: Timestamp, in zone: TimeZone) {
    let seconds = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds)))
    let local = instant.adding(seconds: Double(seconds)).rfc3339
    date = String(local.prefix(10))
    time = String(local.dropFirst(11).prefix(8))
    timeWithMilliseconds = String(local.dropFirst(11).prefix(12))
    let minutes = abs(seconds) / 60
    offset = (seconds < 0 ? "-" : "+") + [minutes / 60, minutes % 60].map(twoDigits).joined(separator: ":")
  }
}

/// `T-00:05:12`, `T+26:00:00`: hours, minutes and seconds from `reference` to `instant`, rounded down to
/// whole seconds of distance.
func relativeTime(_ instant: Timestamp, to reference: Timestamp) -> String {
  let distance = instant.seconds(since: reference)
  return (distance < 0 ? "T-" : "T+") + durationText(abs(distance))
}

/// `00:05:12`
func durationText(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded(.down))
  return [whole / 3600, whole / 60 % 60, whole % 60].map(twoDigits).joined(separator: ":")
}

private func twoDigits(_ value: Int) -> String {
  value < 10 ? "0\(value)" : String(value)
}
