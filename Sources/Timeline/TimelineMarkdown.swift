package import Evidence
package import FoundationEssentials

extension Timeline {
  /// `timeline.md`: what the author of a postmortem pastes.
  ///
  /// First the facts, then what the evidence lacks, then one table a day of all events in order, with times
  /// in UTC, in the host's zone, and from the opening of the incident.
  ///
  /// - Parameters:
  ///   - incident: whose timeline it is.
  ///   - host: where the evidence is from.
  ///   - window: of the capture.
  ///   - events: in order, as `merge` returns them.
  ///   - ranking: the changes before the fault, as `rankChanges` returns them.
  ///   - gaps: of all artifacts.
  ///   - zone: the host's.
  /// - Returns: Markdown with tables (GitHub's dialect), in UTF-8.
  package static func markdown(
    incident: Incident, host: HostFacts, window: TimeWindow, events: [TimelineEvent],
    ranking: ChangeRanking = ChangeRanking(), gaps: [Gap], zone: TimeZone
  ) -> [UInt8] {
    var lines = ["# Timeline of \(markdownCell(incident.id)): \(markdownCell(incident.title))", ""]
    lines += head(incident: incident, host: host, window: window, zone: zone)
    lines += ["", "## What changed before it broke", ""]
    lines += rankingTable(ranking)
    lines += ["", "## Gaps in the evidence", ""]
    lines += gapTable(gaps)
    lines += ["", "## Events", ""]
    lines += eventTables(events, openedAt: incident.openedAt, zone: zone)
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private static func head(
    incident: Incident, host: HostFacts, window: TimeWindow, zone: TimeZone
  ) -> [String] {
    func moment(_ time: Timestamp) -> String {
      let local = ZonedTime(time, in: zone)
      return "\(time.rfc3339Seconds) (\(local.date) \(local.time) \(local.offset))"
    }
    func step(_ time: Timestamp?) -> String? {
      time.map { "\(moment($0)), \(relativeTime($0, to: incident.openedAt))" }
    }
    let facts: [(String, String?)] = [
      ("Incident", "\(markdownCell(incident.id)), from \(markdownCell(incident.source))"),
      ("State", incident.state.rawValue),
      ("Severity", incident.severity.map { markdownCell($0) }),
      ("Fault started", step(incident.startedAt)),
      ("Opened", moment(incident.openedAt)),
      ("Acknowledged", step(incident.acknowledgedAt)),
      ("Mitigated", step(incident.mitigatedAt)),
      ("Resolved", step(incident.resolvedAt)),
      ("Host", hostText(host)),
      ("Host's clock", clockText(host)),
      ("Window", "\(moment(window.from)) to \(moment(window.to))"),
    ]
    return ["| Fact | Value |", "|---|---|"]
      + facts.compactMap { name, value in value.map { "| \(name) | \($0) |" } }
  }

  private static func hostText(_ host: HostFacts) -> String {
    [host.hostname, host.os, host.kernel.map { "kernel \($0)" }].compactMap { $0.map { markdownCell($0) } }
      .joined(separator: ", ")
  }

  private static func clockText(_ host: HostFacts) -> String? {
    guard let synchronised = host.clockSynchronised else { return nil }
    let offset = host.clockOffset.map { ", offset \($0) s" } ?? ""
    return (synchronised ? "synchronised" : "NOT synchronised: its times may be off") + offset
  }

  private static func rankingTable(_ ranking: ChangeRanking) -> [String] {
    guard !ranking.changes.isEmpty else { return ["No change is known in the window before the fault."] }
    let rows = ranking.changes.map { change in
      let why = change.reasons.map { "\(markdownCell($0.text)) (\($0.points))" }.joined(separator: "; ")
      let cells = [
        "\(change.rank)", change.event.at.rfc3339Seconds, change.event.kind.rawValue,
        markdownCell(change.event.message), why,
      ]
      return "| \(cells.joined(separator: " | ")) |"
    }
    let rest =
      ranking.omitted == 0 ? [] : ["", "\(ranking.omitted) more changes are further down the ranking."]
    return [
      "Ranked by fixed points for what is behind each change, which are shown. A place to look first, not a verdict.",
      "", "| # | UTC | Kind | What | Why here |", "|---|---|---|---|---|",
    ] + rows + rest
  }

  private static func gapTable(_ gaps: [Gap]) -> [String] {
    guard !gaps.isEmpty else { return ["None known."] }
    return ["| Artifact | From (UTC) | To (UTC) | Cause | What is missing |", "|---|---|---|---|---|"]
      + gaps.map { gap in
        let times = [gap.from, gap.to].map { $0?.rfc3339Seconds ?? "" }
        let cells =
          [markdownCell(gap.artifact)] + times + [gap.cause.rawValue, markdownCell(gap.detail)]
        return "| \(cells.joined(separator: " | ")) |"
      }
  }

  private static func eventTables(
    _ events: [TimelineEvent], openedAt: Timestamp, zone: TimeZone
  ) -> [String] {
    guard !events.isEmpty else { return ["None in the window."] }
    var lines: [String] = []
    var day: Substring?
    for event in events {
      let text = event.at.rfc3339
      if text.prefix(10) != day {
        if day != nil { lines.append("") }
        day = text.prefix(10)
        lines += [
          "### \(text.prefix(10)) (UTC)", "",
          "| UTC | \(markdownCell(zone.identifier)) | From opening | Kind | What | Source | Actor |",
          "|---|---|---|---|---|---|---|",
        ]
      }
      lines.append(row(event, openedAt: openedAt, zone: zone))
    }
    return lines
  }

  private static func row(_ event: TimelineEvent, openedAt: Timestamp, zone: TimeZone) -> String {
    let cells = [
      String(event.at.rfc3339.dropFirst(11).prefix(12)), ZonedTime(event.at, in: zone).time,
      relativeTime(event.at, to: openedAt), event.kind.rawValue, markdownCell(event.message),
      markdownCell(event.source), markdownCell(event.actor ?? ""),
    ]
    return "| \(cells.joined(separator: " | ")) |"
  }
}
