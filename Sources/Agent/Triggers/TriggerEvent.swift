internal import Evidence

/// What the host itself takes for an incident.
enum TriggerKind: String, Sendable, CaseIterable {
  case unitFailed = "unit-failed"
  case coredump
  /// The kernel, or systemd-oomd, killed a process for want of memory.
  case outOfMemory = "oom"
  case pressure
  /// A message that fits a configured pattern.
  case journal
}

/// One occurrence of a trigger. Texts are redacted.
struct TriggerEvent: Equatable, Sendable {
  var kind: TriggerKind
  /// What it happened to: the unit, the program, the pattern, the resource; `nil` for the host.
  var subject: String?
  var unit: String?
  var at: Timestamp
  var message: String
  /// The same occurrence always has the same, also when it is seen again after a restart.
  var identity: String

  /// Occurrences of one key are one incident.
  var key: String { subject.map { "\(kind.rawValue)/\($0)" } ?? kind.rawValue }

  /// The signal that it is to the agent.
  func signal(receivedAt: Timestamp) -> Signal {
    var labels = ["trigger": kind.rawValue]
    labels["unit"] = unit
    return Signal(
      source: Self.source, incidentKey: key, deliveryID: identity, phase: .opened, title: message,
      service: unit, receivedAt: receivedAt, times: SignalTimes(started: at, detected: receivedAt),
      labels: labels)
  }

  /// Of all local triggers, as rules see it.
  static let source = "local"
}
