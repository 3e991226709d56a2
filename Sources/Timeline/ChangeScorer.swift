internal import Evidence

/// Gives the points of `Timeline.rankChanges`.
struct ChangeScorer {
  /// A failure this many seconds after a change is near it.
  private static let nearFailure = 600.0
  /// Labels of incidents that name a service, in the words of the usual senders.
  private static let serviceLabels = [
    "service", "service_name", "app", "application", "job", "unit", "name", "container", "deployment",
    "component",
  ]

  let onset: Timestamp
  /// Of the incident, sorted.
  private let services: [Words]
  private let title: Words
  private let failures: Occurrences
  private let starts: Occurrences

  /// - Parameters:
  ///   - events: in order.
  ///   - incident: what they led to.
  init(_ events: [TimelineEvent], _ incident: Incident) {
    onset = min(incident.startedAt ?? incident.openedAt, incident.openedAt)
    let names = Set(Self.serviceLabels.compactMap { incident.labels[$0] }.map(serviceName))
    services = names.sorted().map(Words.init).filter(\.isTelling)
    title = Words(incident.title)
    failures = Occurrences(events.lazy.filter { $0.kind.isFailure })
    starts = Occurrences(
      events.lazy.filter { $0.kind == .unitStarted || $0.kind == .unitReloaded && $0.service != nil })
  }

  func isCandidate(_ event: TimelineEvent) -> Bool { event.at <= onset && weight(event) != nil }

  /// - Parameter event: a candidate.
  /// - Returns: what counts, most points first.
  func reasons(for event: TimelineEvent) -> [ChangeRanking.Reason] {
    let subject = Subject(event)
    let all = [
      distance(event), kind(event), ownFailure(event), sameService(subject), failure(after: event, subject),
      restart(after: event, subject),
    ]
    return all.compactMap(\.self).sorted {
      $0.points == $1.points ? $0.text < $1.text : $0.points > $1.points
    }
  }

  private func distance(_ event: TimelineEvent) -> ChangeRanking.Reason {
    let seconds = onset.seconds(since: event.at)
    let points =
      switch seconds {
      case ...300: 40
      case ...900: 30
      case ...3600: 20
      case ...21_600: 10
      default: 5
      }
    return .init(points: points, text: "\(durationText(seconds)) before the fault")
  }

  private func kind(_ event: TimelineEvent) -> ChangeRanking.Reason? {
    weight(event).map { .init(points: $0, text: "a change of the kind \(event.kind.rawValue)") }
  }

  /// `nil` for what is no change: a reload of one unit is an effect, of all units a change.
  private func weight(_ event: TimelineEvent) -> Int? {
    switch event.kind {
    case .deploy: 15
    case .config, .package, .system: 10
    case .clock: 5
    case .unitReloaded: event.service == nil ? 5 : nil
    default: nil
    }
  }

  private func ownFailure(_ event: TimelineEvent) -> ChangeRanking.Reason? {
    event.severity == "err" ? .init(points: 20, text: "the change itself failed") : nil
  }

  private func sameService(_ subject: Subject) -> ChangeRanking.Reason? {
    if let service = subject.service, service.isTelling, services.contains(service) || title.contains(service)
    {
      return .init(points: 30, text: "of the incident's service \(service.text)")
    }
    return services.first { subject.message.contains($0) }.map {
      .init(points: 15, text: "names the incident's service \($0.text)")
    }
  }

  private func failure(after event: TimelineEvent, _ subject: Subject) -> ChangeRanking.Reason? {
    if let (name, time) = failures.first(after: event.at, where: subject.isRelated) {
      return .init(
        points: 30, text: "\(name.text) failed \(durationText(time.seconds(since: event.at))) after it")
    }
    guard let (name, time) = failures.first(after: event.at, where: { _ in true }),
      time.seconds(since: event.at) <= Self.nearFailure
    else { return nil }
    return .init(
      points: 10, text: "\(name.text) failed \(durationText(time.seconds(since: event.at))) after it")
  }

  /// A change of what a program reads once comes into effect when it starts.
  private func restart(after event: TimelineEvent, _ subject: Subject) -> ChangeRanking.Reason? {
    guard event.kind != .unitReloaded,
      let (name, time) = starts.first(after: event.at, where: subject.isRelated), time <= onset
    else { return nil }
    return .init(
      points: 10,
      text: "\(name.text) started or reloaded \(durationText(time.seconds(since: event.at))) after it")
  }
}

/// What a change is about.
private struct Subject {
  let service: Words?
  let message: Words

  init(_ event: TimelineEvent) {
    service = event.service.map { Words(serviceName($0)) }
    message = Words(event.message)
  }

  /// Whether a unit is the change's service, or the change names it.
  func isRelated(_ unit: Words) -> Bool {
    unit.isTelling && (service == unit || message.contains(unit))
  }
}

/// When the units of some events were in them. At most `limit` units, the first ones: a host has some hundred.
private struct Occurrences {
  private static let limit = 512

  private var units: [(name: Words, times: [Timestamp])] = []

  /// - Parameter events: in order.
  init(_ events: some Sequence<TimelineEvent>) {
    var places: [String: Int] = [:]
    for event in events {
      let name = event.service.map(serviceName) ?? event.kind.rawValue
      if let place = places[name] {
        units[place].times.append(event.at)
      } else if units.count < Self.limit {
        places[name] = units.count
        units.append((Words(name), [event.at]))
      }
    }
  }

  func first(after time: Timestamp, where isWanted: (Words) -> Bool) -> (Words, Timestamp)? {
    var found: (Words, Timestamp)?
    for unit in units {
      let next = firstIndex(in: unit.times, after: time)
      guard next < unit.times.count, found.map({ unit.times[next] < $0.1 }) ?? true, isWanted(unit.name)
      else {
        continue
      }
      found = (unit.name, unit.times[next])
    }
    return found
  }

  private func firstIndex(in times: [Timestamp], after time: Timestamp) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > time { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A text as its words: runs of letters and digits, in lower case.
private struct Words: Equatable {
  let text: String
  private let words: [String]
  private let all: Set<String>

  init(_ text: String) {
    self.text = text
    words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    all = Set(words)
  }

  static func == (left: Words, right: Words) -> Bool { left.words == right.words }

  /// One or two characters are found everywhere.
  var isTelling: Bool { words.reduce(0) { $0 + $1.utf8.count } > 2 }

  /// Whether the words of `other` stand here, one after the other.
  func contains(_ other: Words) -> Bool {
    guard let first = other.words.first, all.contains(first), words.count >= other.words.count else {
      return false
    }
    return (0...(words.count - other.words.count)).contains { words[$0...].starts(with: other.words) }
  }
}

/// `checkout` for `checkout.service`, `checkout@1.service` and `Checkout`.
private func serviceName(_ text: String) -> String {
  let base = text.hasSuffix(".service") ? text.dropLast(8) : text[...]
  return base.prefix { $0 != "@" }.lowercased()
}

extension TimelineKind {
  fileprivate var isFailure: Bool {
    switch self {
    case .unitFailed, .unitRestarted, .outOfMemory, .coredump: true
    default: false
    }
  }
}
