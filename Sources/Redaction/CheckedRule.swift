/// A user's rule that is well-formed, with its expression, which is compiled here and nowhere else: so no rule can be
/// in force without its expression, whatever the memory was like when.
struct CheckedRule: Sendable {
  let rule: UserRule
  let expression: RegexRule?

  /// - Throws: `RuleError` when the rule is malformed, or its expression cannot be compiled.
  init(_ rule: UserRule) throws(RuleError) {
    self.rule = rule
    try rule.checkId()
    switch rule.matcher {
    case .known(let secrets):
      guard !secrets.isEmpty else { throw rule.error("its file has no text of at least 8 bytes") }
      expression = nil
    case .regex(let pattern, let literal):
      guard literal.utf8.count >= 4 else {
        throw rule.error("the literal must have at least 4 bytes, and stand in every match")
      }
      do throws(RegexError) { expression = try RegexRule(pattern) } catch {
        throw rule.error("the expression is wrong: \(error.problem)")
      }
    case .prefix(let literal, _, let minimumLength, _):
      try rule.checkPrefix(literal, minimumLength)
      expression = nil
    case .key(let names):
      try rule.checkNames(names)
      expression = nil
    }
  }
}

extension UserRule {
  fileprivate func error(_ problem: String) -> RuleError { RuleError(rule: id, problem: problem) }

  fileprivate func checkId() throws(RuleError) {
    let isWellFormed =
      !id.isEmpty && id.utf8.count <= 64 && id.utf8.first != UInt8(ascii: "-")
      && id.utf8.allSatisfy { $0.isLower || $0.isDigit || $0 == UInt8(ascii: "-") }
    guard isWellFormed else {
      throw error(
        "the id must be 1 to 64 lower-case letters, digits and hyphens, and not begin with a hyphen")
    }
  }

  fileprivate func checkPrefix(_ literal: String, _ minimumLength: Int) throws(RuleError) {
    guard literal.utf8.count >= 4 else { throw error("the prefix must have at least 4 bytes") }
    guard literal.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw error("the prefix must be printable ASCII without spaces")
    }
    guard (1...4096).contains(minimumLength) else {
      throw error("the minimum length must be 1 to 4096 bytes")
    }
  }

  fileprivate func checkNames(_ names: [String]) throws(RuleError) {
    guard !names.isEmpty else { throw error("name at least one key") }
    for name in names where name.utf8.prefix(while: { $0.isLetter || $0.isDigit }).count < 3 {
      throw error("a key must begin with at least 3 letters or digits")
    }
    for name in names where !name.utf8.allSatisfy({ ByteSet.key.contains($0) }) || name.utf8.count > 64 {
      throw error("a key must be at most 64 letters, digits, underscores, hyphens and dots")
    }
  }
}
