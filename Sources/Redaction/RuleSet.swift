internal import Crypto
private import FoundationEssentials

/// The rules of a redactor: the built-in ones, and the host's own.
package struct RuleSet: Sendable {
  /// The rules that come with Exhibit.
  package static let builtIn = RuleSet(user: [])

  /// `exhibit-builtin-1+` and 12 hexadecimal digits of the digest of all rules, so that a bundle says by which
  /// rules it was redacted.
  package let identifier: String

  let tables: Tables
  let allowances: [Allowance]
  private let user: [UserRule]

  private init(user: [UserRule], allowances: [Allowance] = []) {
    self.user = user
    self.allowances = allowances
    tables = Tables(user: user)
    identifier = "exhibit-builtin-1+" + Self.digest(of: tables)
  }

  /// What each rule finds, in no particular order.
  package var rules: [RuleDescription] { tables.rules }

  /// These rules and those of the host.
  /// - Throws: `RuleError` for the first rule that is malformed, or that does not do what its examples show.
  package func adding(_ rules: [UserRule]) throws(RuleError) -> RuleSet {
    var known = Set(tables.rules.map(\.id))
    for rule in rules {
      try rule.checkSyntax()
      guard known.insert(rule.id).inserted else {
        throw RuleError(rule: rule.id, problem: "the id is taken; choose another")
      }
    }
    let result = RuleSet(user: user + rules, allowances: allowances)
    for rule in rules { try result.checkExamples(of: rule) }
    return result
  }

  /// These rules, which let pass what the allowances cover.
  /// - Throws: `RuleError` for an allowance that names a rule which is not there.
  package func allowing(_ more: [Allowance]) throws(RuleError) -> RuleSet {
    for id in more.flatMap(\.rules) where tables.indexOfRule[id] == nil {
      throw RuleError(rule: id, problem: "no rule has this id; `exhibit rules list` lists them")
    }
    return RuleSet(user: user, allowances: allowances + more)
  }

  private func checkExamples(of rule: UserRule) throws(RuleError) {
    let redactor = Redactor(rules: self, key: .random())
    for (number, example) in rule.examples.enumerated() {
      var records = redactor.makeRecordRedactor()
      guard records.count(in: example)[rule.id] != nil else {
        throw RuleError(rule: rule.id, problem: "example \(number + 1) is not redacted by this rule")
      }
    }
    for (number, example) in rule.counterexamples.enumerated() {
      var records = redactor.makeRecordRedactor()
      guard records.count(in: example)[rule.id] == nil else {
        throw RuleError(rule: rule.id, problem: "counterexample \(number + 1) is redacted; narrow the rule")
      }
    }
  }

  private static func digest(of tables: Tables) -> String {
    var hash = SHA256()
    for rule in tables.tokenRules { hash.update(data: Array("\(rule)\n".utf8)) }
    for trigger in tables.triggers { hash.update(data: Array("\(trigger)\n".utf8)) }
    let digits = Array("0123456789abcdef")
    for regex in tables.regexSources { hash.update(data: Array("\(regex)\n".utf8)) }
    return String(hash.finalize().prefix(6).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

extension UserRule {
  fileprivate func checkSyntax() throws(RuleError) {
    let isWellFormed =
      !id.isEmpty && id.utf8.count <= 64 && id.utf8.first != UInt8(ascii: "-")
      && id.utf8.allSatisfy { $0.isLower || $0.isDigit || $0 == UInt8(ascii: "-") }
    guard isWellFormed else {
      throw RuleError(
        rule: id,
        problem: "the id must be 1 to 64 lower-case letters, digits and hyphens, and not begin with a hyphen")
    }
    switch matcher {
    case .known(let secrets):
      guard !secrets.isEmpty else {
        throw RuleError(rule: id, problem: "its file has no text of at least 8 bytes")
      }
    case .regex(let pattern, let literal):
      guard literal.utf8.count >= 4 else {
        throw RuleError(rule: id, problem: "the literal must have at least 4 bytes, and stand in every match")
      }
      do throws(RegexError) { _ = try RegexRule(pattern, rule: 0) } catch {
        throw RuleError(rule: id, problem: "the expression is wrong: \(error.problem)")
      }
    case .prefix(let literal, _, let minimumLength, _):
      guard literal.utf8.count >= 4 else {
        throw RuleError(rule: id, problem: "the prefix must have at least 4 bytes")
      }
      guard literal.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw RuleError(rule: id, problem: "the prefix must be printable ASCII without spaces")
      }
      guard (1...4096).contains(minimumLength) else {
        throw RuleError(rule: id, problem: "the minimum length must be 1 to 4096 bytes")
      }
    case .key(let names):
      guard !names.isEmpty else { throw RuleError(rule: id, problem: "name at least one key") }
      for name in names where name.utf8.prefix(while: { $0.isLetter || $0.isDigit }).count < 3 {
        throw RuleError(rule: id, problem: "a key must begin with at least 3 letters or digits")
      }
      for name in names where !name.utf8.allSatisfy({ ByteSet.key.contains($0) }) || name.utf8.count > 64 {
        throw RuleError(
          rule: id, problem: "a key must be at most 64 letters, digits, underscores, hyphens and dots")
      }
    }
  }

  /// The row of a prefix rule.
  var tokenRule: TokenRule? {
    guard case .prefix(let literal, let alphabet, let minimumLength, let checksum) = matcher else {
      return nil
    }
    return TokenRule(
      id, "user rule", literal, alphabet.set, minimumLength, check: checksum.map { .checksum($0) } ?? .none)
  }

  /// The triggers of a key rule: the first word of each name.
  func keyTriggers(rule: Int) -> [Trigger] {
    guard case .key(let names) = matcher else { return [] }
    return names.map { name in
      let head = name.utf8.prefix(while: { $0.isLetter || $0.isDigit }).map(\.lowered)
      let letters = name.utf8.filter { $0.isLetter || $0.isDigit }.map(\.lowered)
      return Trigger(literal: head, ignoresCase: true, action: .userKey(rule: rule, name: letters))
    }
  }
}

extension UserRule.Alphabet {
  fileprivate var set: ByteSet {
    switch self {
    case .digits: .digits
    case .hex: .hex
    case .alphanumeric: .alphanumeric
    case .base64: ByteSet("0-9", "A-Z", "a-z", "+/=")
    case .base64url: ByteSet("0-9", "A-Z", "a-z", "_-=")
    case .printable: .printable
    }
  }
}
