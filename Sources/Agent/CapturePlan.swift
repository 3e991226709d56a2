package import Evidence
package import Signals

/// What this host does about a signal: the capture that its rules and its settings make of it.
package struct CapturePlan: Equatable, Sendable {
  /// The rule that matched; `nil` where none did.
  package var rule: String?
  package var captures: Bool
  package var kind: IncidentKind
  /// How far back evidence goes.
  package var window: Duration
  package var collectors: [AgentConfiguration.CollectorName]
  /// Of the journal; empty is all.
  package var units: [String]
  /// Of the configuration; those that are watched, where no rule narrows them.
  package var paths: [String]
}

extension AgentConfiguration {
  /// The label of an incident that holds the name of the rule that matched its latest signal.
  static let ruleLabel = "exhibit.rule"

  /// - Parameter facts: of a signal.
  /// - Returns: the first rule all of whose conditions hold.
  package func rule(for facts: SelectionFacts) -> SignalRule? {
    signals.rules.first { rule in rule.match.allSatisfy { $0.matches(facts) } }
  }

  /// The rule that an incident was put under.
  func rule(of incident: Incident) -> SignalRule? {
    incident.labels[Self.ruleLabel].flatMap { name in signals.rules.first { $0.name == name } }
  }

  /// - Parameter rule: that matched; `nil` for none.
  /// - Returns: what comes of it with these settings.
  package func plan(_ rule: SignalRule?) -> CapturePlan {
    CapturePlan(
      rule: rule?.name, captures: rule?.captures ?? true, kind: rule?.kind ?? .incident,
      window: rule?.window ?? capture.window,
      collectors: CollectorName.allCases.filter { isEnabled($0) && rule?.collectors?.contains($0) ?? true },
      units: rule?.units ?? journal.units, paths: rule?.paths ?? configHistory.paths)
  }

  /// The longest window of any capture: for that long the journal is kept at a signal, whichever rule it matched.
  var longestWindow: Duration {
    signals.rules.compactMap(\.window).reduce(capture.window, max)
  }

  private func isEnabled(_ name: CollectorName) -> Bool {
    switch name {
    case .journal: journal.enabled
    case .config: configHistory.enabled
    case .deploys: deploys.enabled
    case .observed: observed.enabled
    case .packages: packages.enabled
    }
  }
}
