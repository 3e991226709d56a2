package import Signals

extension AgentConfiguration {
  /// What this host takes for an incident without being told; all of it is off.
  package struct TriggerSettings: Equatable, Sendable {
    /// Most of `pressure` and of `journal`.
    static let limits = (pressure: 12, journal: 32)

    /// A unit entered the failed state.
    package var unitFailed = false
    /// A program dumped core.
    package var coredump = false
    /// A process was killed for want of memory.
    package var oom = false
    /// Pressure stall information above a threshold.
    package var pressure: [PressureThreshold] = []
    /// Messages that fit one of these.
    package var journal: [TextPattern] = []
    /// Time between two signals of one trigger for one unit, program or pattern.
    package var interval = Duration.minutes(10)
    /// How long a trigger has to be quiet until its incident is over.
    package var quiet = Duration.minutes(10)
    /// Signals of all triggers in an hour.
    package var perHour = 6

    /// The defaults.
    package init() {}

    /// Whether any of them is switched on.
    var isNeeded: Bool { readsJournal || !pressure.isEmpty }
    /// Whether any that waits for messages of the journal is.
    var readsJournal: Bool { unitFailed || coredump || oom || !journal.isEmpty }

    mutating func read(_ section: Section) {
      section.bool("unit_failed", into: &unitFailed)
      section.bool("coredump", into: &coredump)
      section.bool("oom", into: &oom)
      pressure = section.list("pressure", of: "thresholds", PressureThreshold.parse) ?? pressure
      journal = section.list("journal", of: "patterns", checkPattern) ?? journal
      for (key, count, limit) in [
        ("pressure", pressure.count, Self.limits.pressure), ("journal", journal.count, Self.limits.journal),
      ] where count > limit {
        section.report(key, "more than \(limit); remove those out of use")
      }
      section.duration("interval", into: &interval, in: .seconds(10) ... .days(1))
      section.duration("quiet", into: &quiet, in: .seconds(10) ... .days(1))
      section.integer("per_hour", into: &perHour, in: 1...1000)
    }
  }
}

private func checkPattern(_ text: String) throws(Complaint) -> TextPattern {
  guard let pattern = TextPattern(text) else {
    throw Complaint(
      "\(quoted(text)) is no pattern; write 3 to \(TextPattern.limit) bytes with something else than \"*\" in it"
    )
  }
  return pattern
}
