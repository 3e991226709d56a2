/// How often each rule replaced something. It holds no secret and no place from which one could be rebuilt.
package struct RedactionCounts: Sendable, Hashable {
  /// Replacements by rule id; a rule that replaced nothing is absent.
  package private(set) var byRule: [String: Int]

  /// Counts of nothing.
  package init() {
    byRule = [:]
  }

  init(_ counts: [Int], rules: [RuleDescription], identities: [ContextKind: Int] = [:]) {
    byRule = [:]
    for (kind, count) in identities { byRule[kind.rawValue] = count }
    for (rule, count) in zip(rules, counts) where count > 0 { byRule[rule.id, default: 0] += count }
  }

  /// Replacements by the kind in the token, which is the id of the rule.
  init(kinds: [String: Int]) {
    byRule = kinds
  }

  /// All replacements.
  package var total: Int { byRule.values.reduce(0, +) }

  /// Adds the counts of another pass.
  package mutating func add(_ other: RedactionCounts) {
    byRule.merge(other.byRule, uniquingKeysWith: +)
  }

  /// What was added since `earlier`, which is an earlier state of the same counts.
  package func subtracting(_ earlier: RedactionCounts) -> RedactionCounts {
    var difference = RedactionCounts()
    for (rule, count) in byRule where count > earlier.byRule[rule, default: 0] {
      difference.byRule[rule] = count - earlier.byRule[rule, default: 0]
    }
    return difference
  }
}
