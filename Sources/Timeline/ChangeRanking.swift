package import Evidence

/// The changes before a fault, in the order in which to look at them.
package struct ChangeRanking: Hashable, Sendable {
  /// One change, and why it stands where it stands.
  package struct Change: Hashable, Sendable {
    /// From 1.
    package var rank: Int
    package var event: TimelineEvent
    /// Seconds from the change to the fault.
    package var secondsToOnset: Double
    /// What counted, most points first.
    package var reasons: [Reason]

    package var points: Int { reasons.reduce(0) { $0 + $1.points } }
  }

  /// One thing that counts, in words.
  package struct Reason: Hashable, Sendable {
    package var points: Int
    package var text: String
  }

  package var changes: [Change] = []
  /// Changes beyond the limit.
  package var omitted = 0

  package init() {}
}

extension Timeline {
  /// Changes that a ranking has at most.
  package static let rankingLimit = 50

  /// What `rankChanges` returns.
  package struct Ranked: Sendable {
    /// As they came in, with `rank` where they have one.
    package var events: [TimelineEvent]
    package var ranking: ChangeRanking
  }

  /// Ranks what changed before the fault began (or, where that is not known, before the incident was opened).
  ///
  /// Changes are deploys, configuration, packages, the system, reloads and steps of the clock. Each gets fixed points
  /// for how near it is, whether it is of the incident's service, what failed after it and whether it failed itself; of
  /// equal points the later change comes first. The result depends on the arguments alone, and every point has its
  /// reason: it tells where to look first, and no cause.
  ///
  /// - Parameters:
  ///   - events: in order, as `merge` returns them.
  ///   - incident: whose fault it is.
  /// - Returns: the events with their ranks, and the ranking.
  package static func rankChanges(_ events: [TimelineEvent], of incident: Incident) -> Ranked {
    let scorer = ChangeScorer(events, incident)
    var scored: [Scored] = []
    for (offset, event) in events.enumerated() where scorer.isCandidate(event) {
      scored.append(Scored(offset: offset, reasons: scorer.reasons(for: event)))
    }
    scored.sort { $0.points == $1.points ? $0.offset > $1.offset : $0.points > $1.points }
    var result = Ranked(events: events, ranking: ChangeRanking())
    for (index, entry) in scored.prefix(rankingLimit).enumerated() {
      result.events[entry.offset].rank = index + 1
      result.ranking.changes.append(
        ChangeRanking.Change(
          rank: index + 1, event: result.events[entry.offset],
          secondsToOnset: scorer.onset.seconds(since: events[entry.offset].at), reasons: entry.reasons))
    }
    result.ranking.omitted = max(0, scored.count - rankingLimit)
    return result
  }

  private struct Scored {
    let offset: Int
    let reasons: [ChangeRanking.Reason]
    let points: Int

    init(offset: Int, reasons: [ChangeRanking.Reason]) {
      self.offset = offset
      self.reasons = reasons
      points = reasons.reduce(0) { $0 + $1.points }
    }
  }

  /// `ranked-changes.jsonl`: one change a line, the first rank first. Names are always in the same order.
  package static func jsonLines(_ ranking: ChangeRanking) -> [UInt8] {
    var output: [UInt8] = []
    for change in ranking.changes { append(change, to: &output) }
    return output
  }

  private static func append(_ change: ChangeRanking.Change, to output: inout [UInt8]) {
    let event = change.event
    output += "{".utf8 + change.jsonFields + ",\"datetime\":\"\(event.at.rfc3339)\"".utf8
    let texts: [(String, String?)] = [
      ("kind", event.kind.rawValue), ("message", event.message), ("severity", event.severity),
      ("source", event.source), ("service", event.service), ("ref", event.reference), ("actor", event.actor),
    ]
    for case (let name, let value?) in texts {
      output += ",\"\(name)\":".utf8
      appendJSONString(value, to: &output)
    }
    output += "}\n".utf8
  }
}

extension ChangeRanking.Change {
  /// The members of a JSON object that say where the change stands and why: `rank`, `points`, `seconds_to_onset`, `reasons`.
  package var jsonFields: [UInt8] {
    var output = Array("\"rank\":\(rank),\"points\":\(points)".utf8)
    output += ",\"seconds_to_onset\":\(Int(secondsToOnset.rounded(.down))),\"reasons\":[".utf8
    for (index, reason) in reasons.enumerated() {
      output += "\(index == 0 ? "" : ","){\"points\":\(reason.points),\"text\":".utf8
      Timeline.appendJSONString(reason.text, to: &output)
      output += "}".utf8
    }
    return output + "]".utf8
  }
}
