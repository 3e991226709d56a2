internal import ArgumentParser
internal import Evidence

extension IncidentState: ExpressibleByArgument {}

/// A point in time on the command line: RFC 3339, or the same without seconds or offset, which then is UTC;
/// `now`, or how long ago: `15m`, `2h ago`.
struct TimeArgument: ExpressibleByArgument {
  var timestamp: Timestamp

  init?(argument: String) {
    self.init(argument: argument, now: .now())
  }

  init?(argument: String, now: Timestamp) {
    let forms = [argument, argument + "Z", argument + ":00Z", argument + "T00:00:00Z"]
    if let timestamp = forms.lazy.compactMap(Timestamp.init(rfc3339:)).first {
      self.timestamp = timestamp
    } else if argument == "now" {
      timestamp = now
    } else {
      let span = argument.hasSuffix(" ago") ? String(argument.dropLast(4)) : argument
      guard let duration = Units.parseDuration(span) else { return nil }
      timestamp = now.adding(seconds: -duration.inSeconds)
    }
  }
}

/// A span on the command line: `90s`, `5m`, `2h`, `1d`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
  var duration: Duration

  init?(argument: String) {
    guard let duration = Units.parseDuration(argument) else { return nil }
    self.duration = duration
  }

  init(_ duration: Duration) {
    self.duration = duration
  }

  var description: String { Units.duration(seconds: duration.inSeconds) }
  var defaultValueDescription: String { description }
}
