package import Evidence
package import FoundationEssentials

extension Timeline {
  /// The timeline for a terminal: one line an event, a line for each day of `zone`. Captured text cannot
  /// reach the terminal as an escape sequence.
  ///
  /// - Parameters:
  ///   - events: in order, as `merge` returns them.
  ///   - colour: whether to mark what failed and the incident's own events with SGR sequences.
  ///   - zone: the zone of the times.
  /// - Returns: the text, with a line feed at its end.
  package static func terminal(_ events: [TimelineEvent], colour: Bool, zone: TimeZone) -> String {
    let width = events.map(\.kind.rawValue.count).max() ?? 0
    var output = ""
    var day: String?
    for event in events {
      let time = ZonedTime(event.at, in: zone)
      let heading = "\(time.date) \(zone.identifier) (UTC\(time.offset))"
      if heading != day {
        output += (day == nil ? "" : "\n") + styled(heading, "1", colour) + "\n"
        day = heading
      }
      let padding = String(repeating: " ", count: width - event.kind.rawValue.count)
      let kind = event.style.map { styled(event.kind.rawValue, $0, colour) } ?? event.kind.rawValue
      let origin = [event.source, event.actor].compactMap { $0.map(singleLine) }.joined(separator: ", ")
      output += "\(time.timeWithMilliseconds)  \(kind)\(padding)  \(singleLine(event.message))"
      if let rank = event.rank { output += styled("  [change #\(rank) before the fault]", "1", colour) }
      output += styled("  (\(origin))", "2", colour) + "\n"
    }
    return output
  }

  private static func styled(_ text: String, _ code: String, _ colour: Bool) -> String {
    colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

extension TimelineEvent {
  /// An SGR code: red for failures, yellow for changes, bold for the incident itself.
  fileprivate var style: String? {
    switch kind {
    case .unitFailed, .outOfMemory, .coredump, .gap: "31"
    case .deploy, .config, .package, .system, .clock, .boot: "33"
    case .incidentOpened, .incidentAcknowledged, .incidentMitigated, .incidentResolved, .faultStarted: "1"
    case .unitStarted, .unitStopped, .unitReloaded, .unitRestarted, .capture: nil
    }
  }
}
