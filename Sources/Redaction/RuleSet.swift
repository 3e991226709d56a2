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
  private let user: [CheckedRule]

  private init(user: [CheckedRule], allowances: [Allowance] = []) {
    self.user = user
    self.allowances = allowances
    tables = Tables(user: user)
    identifier = "exhibit-builtin-1+" + Self.digest(of: tables)
  }

  private init(_ other: RuleSet, allowances: [Allowance]) {
    (user, tables, identifier) = (other.user, other.tables, other.identifier)
    self.allowances = allowances
  }

  /// What each rule finds, in no particular order.
  package var rules: [RuleDescription] { tables.rules }

  /// These rules and those of the host.
  /// - Throws: `RuleError` for the first rule that is malformed, or that does not do what its examples show.
  package func adding(_ rules: [UserRule]) throws(RuleError) -> RuleSet {
    var known = Set(tables.rules.map(\.id))
    var checked = user
    for rule in rules {
      checked.append(try CheckedRule(rule))
      guard known.insert(rule.id).inserted else {
        throw RuleError(rule: rule.id, problem: "the id is taken; choose another")
      }
    }
    let result = RuleSet(user: checked, allowances: allowances)
    for rule in rules { try result.checkExamples(of: rule) }
    return result
  }

  /// These rules, which let pass what the allowances cover.
  /// - Throws: `RuleError` for an allowance that names a rule which is not there.
  package func allowing(_ more: [Allowance]) throws(RuleError) -> RuleSet {
    for id in more.flatMap(\.rules) where tables.indexOfRule[id] == nil {
      throw RuleError(rule: id, problem: "no rule has this id; `exhibit rules list` lists them")
    }
    return RuleSet(self, allowances: allowances + more)
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

  /// A digest of everything that says what is found. Triggers of tokens follow from their rules.
  private static func digest(of tables: Tables) -> String {
    var hash = SHA256()
    func add(_ text: String) { hash.update(data: Array((text + "\n").utf8)) }
    for rule in tables.tokenRules { add(rule.digestLine) }
    for trigger in tables.triggers {
      if case .token = trigger.action { continue }
      add("\(trigger)")
    }
    for options in PasswordOptions.all { add("\(options)") }
    for key in tables.userKeys { add("\(key)") }
    for regex in tables.regexSources { add(regex) }
    let digits = Array("0123456789abcdef")
    return String(hash.finalize().prefix(6).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

extension UserRule {
  /// The row of a prefix rule.
  var tokenRule: TokenRule? {
    guard case .prefix(let literal, let alphabet, let minimumLength, let checksum) = matcher else {
      return nil
    }
    return TokenRule(
      id, "user rule", literal, alphabet.set, minimumLength, check: checksum.map { .checksum($0) } ?? .none)
  }

  /// The names of a key rule.
  func userKeys(rule: Int) -> [UserKey] {
    guard case .key(let names) = matcher else { return [] }
    return names.map { name in
      UserKey(
        rule: rule, head: name.utf8.prefix(while: { $0.isLetter || $0.isDigit }).map(\.lowered),
        letters: name.utf8.filter { $0.isLetter || $0.isDigit }.map(\.lowered))
    }
  }
}

/// A key that a user's rule names.
struct UserKey: Sendable {
  let rule: Int
  /// The name's first word, in lower case.
  let head: [UInt8]
  /// Letters and digits of the whole name, in lower case.
  let letters: [UInt8]

  func trigger(index: Int) -> Trigger {
    Trigger(literal: head, ignoresCase: true, action: .userKey(index))
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
