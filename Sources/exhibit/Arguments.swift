internal import ArgumentParser
internal import Evidence

extension IncidentState: ExpressibleByArgument {}

/// A point in time on the command line: RFC 3339, or the same without seconds or offset, which then is UTC.
struct TimeArgument: ExpressibleByArgument {
  var timestamp: Timestamp

  init?(argument: String) {
    let forms = [argument, argument + "Z", argument + ":00Z", argument + "T00:00:00Z"]
    guard let timestamp = forms.lazy.compactMap(Timestamp.init(rfc3339:)).first else { return nil }
    self.timestamp = timestamp
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
