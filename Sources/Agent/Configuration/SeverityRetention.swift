package import Signals

/// How long the bundles of incidents of some severity are kept.
package struct SeverityRetention: Equatable, Sendable {
  /// Of these severities.
  package var match: SignalMatcher
  package var retention: Duration

  /// `nil` where something of it was missing or wrong: the problem is reported.
  init?(_ section: Section) {
    let match = section.required("severity") { text throws(Complaint) in
      do {
        return try SignalMatcher("severity = \(text)")
      } catch {
        throw Complaint(
          "\(quoted(text)) is no severity; write one as in critical, or several as in critical|page")
      }
    }
    var retention = Duration.days(30)
    section.duration("retention", into: &retention, in: .hours(1) ... .days(3650))
    if !section.has("retention") { section.reportMissing("retention") }
    guard let match, section.has("retention") else { return nil }
    self.match = match
    self.retention = retention
  }
}

extension AgentConfiguration.BundleSettings {
  /// How long bundles of incidents of this severity are kept.
  package func retention(of severity: String?) -> Duration {
    let facts = SelectionFacts(severity: severity)
    return severities.first { $0.match.matches(facts) }?.retention ?? retention
  }

  /// The longest of them: so long an incident is remembered.
  var longestRetention: Duration {
    severities.map(\.retention).reduce(retention, max)
  }
}
