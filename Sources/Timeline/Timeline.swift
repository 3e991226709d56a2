package import Evidence

/// The events of one bundle in order, and their renderings.
package enum Timeline {
  /// From this many times the same message on, only its first and its last event are kept.
  static let flapping = 5

  /// What `merge` returns.
  package struct Merged: Hashable, Sendable {
    package var events: [TimelineEvent]
    /// Events that the limit had no room for.
    package var dropped: Int
  }

  /// Merges the events of all sources.
  ///
  /// The order is time, then kind (in the order of `TimelineKind`), then message, and does not depend on
  /// the order of the groups. Equal events become one. A message that comes five times or more becomes its
  /// first event and its last, which tells the count: a flapping unit must not hide what happens beside it.
  ///
  /// - Parameters:
  ///   - groups: the events of each source, in any order.
  ///   - limit: most events to return. Beyond it the least telling kinds go first (units that start and
  ///     stop), and of one kind the oldest; an incident's own events go last.
  /// - Returns: the events in order, and how many the limit had no room for.
  package static func merge(_ groups: [[TimelineEvent]], limit: Int) -> Merged {
    let unique = Set(groups.joined())
    let collapsed = collapseFlapping(unique.sorted(by: precedes))
    guard collapsed.count > max(0, limit) else { return Merged(events: collapsed, dropped: 0) }
    let kept = collapsed.enumerated().sorted { left, right in
      let (first, second) = (left.element.kind.weight, right.element.kind.weight)
      return first == second ? left.offset > right.offset : first > second
    }.prefix(max(0, limit)).map(\.offset).sorted()
    return Merged(events: kept.map { collapsed[$0] }, dropped: collapsed.count - kept.count)
  }

  /// fault.started, incident.opened, acknowledged, mitigated, resolved: as far as they are known.
  package static func events(of incident: Incident) -> [TimelineEvent] {
    let steps: [(TimelineKind, Timestamp?, String)] = [
      (.faultStarted, incident.startedAt, "fault began, says \(incident.source): \(incident.title)"),
      (.incidentOpened, incident.openedAt, "incident \(incident.id) opened: \(incident.title)"),
      (.incidentAcknowledged, incident.acknowledgedAt, "incident \(incident.id) acknowledged"),
      (.incidentMitigated, incident.mitigatedAt, "incident \(incident.id) mitigated"),
      (.incidentResolved, incident.resolvedAt, "incident \(incident.id) resolved"),
    ]
    return steps.compactMap { kind, time, message in
      time.map {
        TimelineEvent(
          at: $0, kind: kind, message: message, severity: incident.severity, source: incident.source,
          reference: "incident.json")
      }
    }
  }

  private struct Repeat: Hashable {
    let kind: TimelineKind
    let message: String
    let source: String

    init(_ event: TimelineEvent) {
      kind = event.kind
      message = event.message
      source = event.source
    }
  }

  private static func collapseFlapping(_ events: [TimelineEvent]) -> [TimelineEvent] {
    let offsets = Dictionary(grouping: events.indices) { Repeat(events[$0]) }.filter {
      $0.value.count >= flapping
    }
    guard !offsets.isEmpty else { return events }
    return events.enumerated().compactMap { offset, event in
      guard let all = offsets[Repeat(event)], let first = all.first, let last = all.last else { return event }
      guard offset == last else { return offset == first ? event : nil }
      var summary = event
      summary.message +=
        " (\(all.count) times since \(events[first].at.rfc3339Seconds), \(all.count - 2) not shown)"
      return summary
    }
  }

  /// A total order but for equal events.
  private static func precedes(_ left: TimelineEvent, _ right: TimelineEvent) -> Bool {
    guard left.at == right.at else { return left.at < right.at }
    guard left.kind == right.kind else { return left.kind.rank < right.kind.rank }
    return left.sortKey.lexicographicallyPrecedes(right.sortKey)
  }
}

extension TimelineEvent {
  fileprivate var sortKey: [String] {
    [
      message, source, reference ?? "", severity ?? "", actor ?? "", service ?? "",
      rank.map { "\($0)" } ?? "",
    ]
  }
}

extension TimelineKind {
  private static let ranks = Dictionary(
    zip(allCases, 0...), uniquingKeysWith: { first, _ in first })

  fileprivate var rank: Int { Self.ranks[self] ?? 0 }

  /// How much a postmortem loses without events of the kind.
  fileprivate var weight: Int {
    switch self {
    case .faultStarted, .incidentOpened, .incidentAcknowledged, .incidentMitigated, .incidentResolved: 4
    case .gap, .boot, .clock, .capture, .deploy, .system: 3
    case .outOfMemory, .coredump, .unitFailed, .package: 2
    case .config, .unitRestarted: 1
    case .unitStarted, .unitStopped, .unitReloaded: 0
    }
  }
}
