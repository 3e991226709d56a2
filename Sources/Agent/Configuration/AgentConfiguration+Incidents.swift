internal import Evidence
internal import Storage

extension AgentConfiguration {
  /// What makes several signals one incident.
  package struct IncidentSettings: Equatable, Sendable {
    /// Most of `groupBy`.
    static let groupLimit = 16

    /// Labels of which the same values are one incident, whatever the keys; empty groups by key alone.
    package var groupBy: [String] = []
    /// How long after its latest signal an open incident takes in other keys of its group.
    package var groupWindow = Duration.minutes(10)
    /// How long after its end a further opening signal of its key opens an incident again; later it opens another.
    package var reopenWindow = Duration.minutes(10)

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      groupBy = section.list("group_by", of: "labels", checkLabel) ?? groupBy
      if groupBy.count > Self.groupLimit {
        section.report("group_by", "more than \(Self.groupLimit) labels; name fewer")
      }
      section.duration("group_window", into: &groupWindow, in: .seconds(1) ... .days(1))
      section.duration("reopen_window", into: &reopenWindow, in: .zero ... .days(7))
    }

    /// What the signals of one incident have in common; `nil` for a signal that lacks one of the labels.
    func group(of signal: Signal) -> String? {
      guard !groupBy.isEmpty else { return nil }
      var parts: [String] = []
      for name in groupBy.sorted() {
        let value = signal.labels[name] ?? (name == "service" ? signal.service : nil)
        guard let value, !value.isEmpty else { return nil }
        parts.append("\(name)\u{1F}\(value)")
      }
      return parts.joined(separator: "\u{1E}")
    }
  }

  /// What becomes of a signal under `rule`.
  func intakePolicy(for signal: Signal, rule: SignalRule?, phase: CapturePhase) -> IntakePolicy {
    var policy = IntakePolicy()
    policy.phase = phase
    policy.opens = rule?.captures ?? true
    policy.captureOn = Set(capture.moments)
    policy.updateInterval = capture.updateInterval / .seconds(1)
    policy.updateLimit = capture.updateLimit
    policy.reopenWithin = incidents.reopenWindow / .seconds(1)
    // What a person asks for by its id is that incident.
    policy.group = phase == .manual ? nil : incidents.group(of: signal) ?? localGroup(of: signal)
    policy.groupWithin = incidents.groupWindow / .seconds(1)
    return policy
  }
}

/// A unit that fails, dumps core and is killed for want of memory is one incident.
private func localGroup(of signal: Signal) -> String? {
  guard signal.source == TriggerEvent.source else { return nil }
  return signal.labels["unit"].map { "\(TriggerEvent.source)\u{1E}\($0)" }
}

private func checkLabel(_ text: String) throws(Complaint) -> String {
  guard (1...256).contains(text.utf8.count) else {
    throw Complaint("\(quoted(text)) is no name of a label; write 1 to 256 bytes")
  }
  return text
}
