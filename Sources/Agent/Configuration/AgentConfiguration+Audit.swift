internal import Storage

extension AgentConfiguration {
  /// How much of the audit is kept.
  package struct AuditSettings: Equatable, Sendable {
    /// How long a row is kept.
    package var retention = Duration.days(365)
    /// Rows at most.
    package var maxEntries = 500_000

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.duration("retention", into: &retention, in: .hours(1) ... .days(3650))
      section.integer("max_entries", into: &maxEntries, in: 1000...100_000_000)
    }

    var bounds: AuditBounds { AuditBounds(rows: maxEntries, age: retention / .seconds(1)) }
  }
}
