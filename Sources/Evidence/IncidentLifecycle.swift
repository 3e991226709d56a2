/// A point of an incident's life. The order of the cases is the order of the lifecycle.
package enum IncidentPoint: String, Codable, Sendable, CaseIterable {
  /// The fault began.
  case started
  /// The vendor came to know of it.
  case detected
  /// The agent received the first signal.
  case opened
  case acknowledged, mitigated, resolved, closed
  /// It was open again after its end.
  case reopened
}

/// When an incident reached a point of its life, and from where that is known.
package struct IncidentMoment: Hashable, Codable, Sendable {
  /// Who says when it was.
  package enum Basis: String, Codable, Sendable {
    /// The vendor gave the time.
    case vendor
    /// It is the time at which the agent received the signal.
    case received
  }

  package var point: IncidentPoint
  package var at: Timestamp
  package var basis: Basis
  /// The source of the signal.
  package var source: String
  /// The number of the signal in the incident, from 1, as in `signals/0001.json`; `nil` where it was one of so many that
  /// it was not kept.
  package var signal: Int?

  package init(point: IncidentPoint, at: Timestamp, basis: Basis, source: String, signal: Int?) {
    self.point = point
    self.at = at
    self.basis = basis
    self.source = source
    self.signal = signal
  }
}

/// The time from one point of an incident's life to another.
package struct IncidentDuration: Hashable, Codable, Sendable {
  package var name: String
  package var seconds: Double
  package var from: IncidentMoment
  package var to: IncidentMoment
}

extension Incident {
  /// Ends and reopenings kept of one incident: one that flaps has the first and the latest ones.
  static let momentLimit = 64

  /// The moment of a point. An end or a mitigation before the latest reopening counts no more.
  package func moment(_ point: IncidentPoint) -> IncidentMoment? {
    let from = point.recurs && point != .reopened ? round : 0
    return moments[from...].last { $0.point == point }
  }

  /// Where the moments since the latest reopening begin.
  private var round: Int { moments.lastIndex { $0.point == .reopened }.map { $0 + 1 } ?? 0 }

  /// Time to detect, acknowledge, mitigate and resolve, as far as both ends are known.
  ///
  /// An acknowledgement counts from the detection, the others from the beginning of the fault. What no signal told of is
  /// replaced by the next point that is known: `from` says which. One that would be negative, because two clocks
  /// disagree, is left out.
  package var durations: [IncidentDuration] {
    let detected = moment(.detected) ?? moment(.opened)
    let begun = moment(.started) ?? detected
    let ended = moment(.resolved) ?? moment(.closed)
    return [
      duration("time_to_detect", from: moment(.started), to: detected),
      duration("time_to_acknowledge", from: detected, to: moment(.acknowledged)),
      duration("time_to_mitigate", from: begun, to: moment(.mitigated)),
      duration("time_to_resolve", from: begun, to: ended),
    ].compactMap(\.self)
  }

  private func duration(_ name: String, from: IncidentMoment?, to: IncidentMoment?) -> IncidentDuration? {
    guard let from, let to, to.at >= from.at else { return nil }
    return IncidentDuration(name: name, seconds: to.at.seconds(since: from.at), from: from, to: to)
  }
}

/// `incident.json`: an incident with what derives from its lifecycle.
package struct IncidentDocument: Encodable {
  private let incident: Incident

  private enum CodingKeys: String, CodingKey {
    case durations
  }

  package init(_ incident: Incident) {
    self.incident = incident
  }

  package func encode(to encoder: any Encoder) throws {
    try incident.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(incident.durations, forKey: .durations)
  }
}

extension Incident {
  /// What a signal did to its incident.
  package enum Change: String, Codable, Sendable, CaseIterable {
    case opened, acknowledged, updated, mitigated, resolved, closed, reopened
  }

  /// The incident that a first signal opens.
  ///
  /// - Parameters:
  ///   - signal: the first.
  ///   - id: checked, and not in use.
  ///   - number: of the signal in the incident; see `IncidentMoment.signal`.
  package init(openedBy signal: Signal, id: String, number: Int?) {
    self.init(
      id: id, key: signal.incidentKey, source: signal.source, title: signal.title,
      severity: signal.severity, openedAt: signal.receivedAt, updatedAt: signal.receivedAt,
      labels: signal.labels, links: signal.links)
    moments = [
      IncidentMoment(
        point: .opened, at: signal.receivedAt, basis: .received, source: signal.source, signal: number)
    ]
    if signal.phase == .opened {
      recordTimes(of: signal, number: number)
      project()
    } else {
      apply(signal, number: number)
    }
  }

  /// Takes in what a further signal says. Signals may come late and in any order: a point keeps the earliest time that
  /// was given for it, and the state goes back by a reopening only.
  ///
  /// - Parameters:
  ///   - signal: about this incident.
  ///   - number: of the signal in the incident; see `IncidentMoment.signal`.
  ///   - isLast: whether it ends the incident as a whole, where it is made up of several.
  /// - Returns: what it did; `.updated` for one that tells nothing new of the lifecycle.
  @discardableResult
  package mutating func apply(_ signal: Signal, number: Int?, isLast: Bool = true) -> Change {
    let before = state
    updatedAt = max(updatedAt, signal.receivedAt)
    if isNews(signal) {
      severity = signal.severity ?? severity
      labels.merge(signal.labels) { _, new in new }
    } else {
      labels.merge(signal.labels) { old, _ in old }
    }
    for link in signal.links where !links.contains(link) && links.count < Self.linkLimit {
      links.append(link)
    }
    defer { project() }
    recordTimes(of: signal, number: number)
    switch signal.phase {
    case .opened:
      guard !before.isOpen, !isLate(signal) else { return .updated }
      state = .open
      record(.reopened, signal, given: nil, number)
      return .reopened
    case .updated, .ignored: return .updated
    case .acknowledged:
      return reach(.acknowledged, .acknowledged, signal, given: signal.times.acknowledged, number)
    case .mitigated: return reach(.mitigated, .mitigated, signal, given: signal.times.mitigated, number)
    case .resolved, .closed: return end(signal, number, isLast: isLast)
    }
  }

  /// Whether what the signal tells of is over already by what is known: the vendor says when it happened, and that was
  /// before the end. Without a word of the vendor the order of arrival counts.
  package func isLate(_ signal: Signal) -> Bool {
    guard let occurred = signal.times.occurred, let end = moment(.resolved) ?? moment(.closed) else {
      return false
    }
    return occurred <= end.at
  }

  private static let linkLimit = 64

  /// Whether its labels and severity are newer than those that are known.
  private func isNews(_ signal: Signal) -> Bool { state.isOpen || !isLate(signal) }

  private mutating func reach(
    _ point: IncidentPoint, _ next: IncidentState, _ signal: Signal, given: Timestamp?, _ number: Int?
  ) -> Change {
    record(point, signal, given: given, number)
    // A word that is older than the reopening says nothing of the state after it.
    guard state.isOpen, state.rank < next.rank, !precedesReopening(signal) else { return .updated }
    state = next
    return point == .mitigated ? .mitigated : .acknowledged
  }

  private mutating func end(_ signal: Signal, _ number: Int?, isLast: Bool) -> Change {
    guard !precedesReopening(signal) else { return .updated }
    let closes = signal.phase == .closed
    guard isLast else { return .updated }
    record(closes ? .closed : .resolved, signal, given: closes ? nil : signal.times.resolved, number)
    let before = state
    let next: IncidentState = closes ? .closed : .resolved
    guard before.rank < next.rank else { return .updated }
    state = next
    return before.isOpen ? .resolved : .closed
  }

  /// Whether the signal's event was before the latest reopening.
  package func precedesReopening(_ signal: Signal) -> Bool {
    guard let reopened = moment(.reopened), reopened.basis == .vendor, let occurred = signal.times.occurred
    else {
      return false
    }
    return occurred < reopened.at
  }

  /// What vendors say in passing of points that are not this signal's own.
  private mutating func recordTimes(of signal: Signal, number: Int?) {
    let times = signal.times
    let given: [(IncidentPoint, Timestamp?)] = [
      (.started, times.started), (.detected, times.detected), (.acknowledged, times.acknowledged),
      (.mitigated, times.mitigated),
    ]
    for (point, at) in given {
      guard let at, !point.recurs || at >= roundStart else { continue }
      record(IncidentMoment(point: point, at: at, basis: .vendor, source: signal.source, signal: number))
    }
  }

  /// Records the point that a signal is about: at the time that its vendor gives, else that of its receipt.
  private mutating func record(_ point: IncidentPoint, _ signal: Signal, given: Timestamp?, _ number: Int?) {
    let vendor = [given, signal.times.occurred].compactMap(\.self).first { !point.recurs || $0 >= roundStart }
    record(
      IncidentMoment(
        point: point, at: vendor ?? signal.receivedAt, basis: vendor == nil ? .received : .vendor,
        source: signal.source, signal: number))
  }

  /// What is older than this is of an earlier round.
  private var roundStart: Timestamp { moment(.reopened)?.at ?? Timestamp(nanoseconds: .min) }

  /// Keeps the best time of each point, of those that recur one a round.
  private mutating func record(_ moment: IncidentMoment) {
    let from = moment.point.recurs ? round : 0
    if let known = moments[from...].firstIndex(where: { $0.point == moment.point }) {
      if moment.supersedes(moments[known]) { moments[known] = moment }
      return
    }
    if moments.count >= Self.momentLimit, let oldest = moments.firstIndex(where: \.point.recurs) {
      moments.remove(at: oldest)
    }
    moments.append(moment)
  }

  /// The times by name, from the moments.
  private mutating func project() {
    startedAt = moment(.started)?.at
    detectedAt = moment(.detected)?.at
    acknowledgedAt = moment(.acknowledged)?.at
    mitigatedAt = moment(.mitigated)?.at
    resolvedAt = (moment(.resolved) ?? moment(.closed))?.at
    closedAt = moment(.closed)?.at
  }
}

extension IncidentPoint {
  /// Whether it may be reached again after a reopening.
  fileprivate var recurs: Bool {
    switch self {
    case .mitigated, .resolved, .closed, .reopened: true
    case .started, .detected, .opened, .acknowledged: false
    }
  }
}

extension IncidentMoment {
  /// A vendor's word is better than the time of receipt, and of two vendors' words the earlier.
  fileprivate func supersedes(_ other: IncidentMoment) -> Bool {
    basis == other.basis ? at < other.at : basis == .vendor
  }
}

extension IncidentState {
  fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
