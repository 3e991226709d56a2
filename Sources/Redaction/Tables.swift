/// What begins at a literal. It has no payload that is counted, since a scan copies one at every candidate.
enum Action: Sendable, Equatable {
  /// A token of the table.
  case token(Int)
  /// A word of a key's name, such as `password`.
  case key
  /// A whole name of letters beyond ASCII, or of words with blanks, that means a password.
  case foreignKey
  /// The word of a key's name that a user's rule gives: the place in `Tables.userKeys`.
  case userKey(Int)
  /// A parameter that is secret in a URL's query only.
  case query
  /// `scheme://`.
  case url
  /// `-----BEGIN`.
  case armor
  /// A PuTTY private key.
  case putty
  /// The `data` of a Kubernetes Secret.
  case secretData
  /// The head of a unified diff's hunk.
  case hunk
  /// A token of ours, which is never looked into.
  case marker
  /// A program whose options carry passwords: the place in `PasswordOptions.all`.
  case command(Int)
  /// `Bearer` outside a header.
  case bearer
  /// `user:password@tcp(`.
  case dataSource
  /// `oracle:thin:user/password@`.
  case oracle
  /// SQL's `IDENTIFIED BY`.
  case sql
  /// SQL's `IDENTIFIED WITH`.
  case sqlPlugin
  /// SQL's `INSERT INTO`.
  case insertion
  /// A line of Redis' ACL.
  case accessList
  /// A line of a router's configuration.
  case routerLine
  /// A line of an SNMP daemon's configuration.
  case daemonLine
  /// `user:password` behind the literal.
  case loginPair
  /// A login as FreeRADIUS logs it.
  case radiusLogin
  /// An encrypted value of FortiGate.
  case encrypted
  /// A program that reads a password from a pipe, or a user and a password.
  case piped(isPair: Bool)
  /// A line of `.pgpass`.
  case passwordFile
  /// The literal of a user's expression.
  case regex(Int)
}

/// A literal that the prefilter looks for, and what to do there.
struct Trigger: Sendable {
  let literal: [UInt8]
  let ignoresCase: Bool
  let action: Action
}

/// All that a scan looks up. It is built once for a rule set and never changes.
final class Tables: Sendable {
  let tokenRules: [TokenRule]
  let tokenRuleIndex: [Int]
  let triggers: [Trigger]
  let rules: [RuleDescription]
  /// `[REDACTED:kind:` for each rule.
  let markers: [[UInt8]]
  let indexOfRule: [String: Int]
  /// The rule of AWS access key ids, near which a bare secret key stands.
  let accessKeyID: Int
  let words: Words
  let prefilter: Prefilter

  /// The names that users' rules give: letters and digits in lower case.
  let userKeys: [UserKey]
  /// Texts that are known, and the rules that name them.
  let known: [(secrets: KnownSecrets, rule: Int)]
  /// The expressions of user rules, and the rules.
  let regexes: [(expression: RegexRule, rule: Int)]
  /// What the expressions are, for the digest of the rules.
  let regexSources: [String]

  init(user checked: [CheckedRule]) {
    let user = checked.map(\.rule)
    var catalog = Catalog()
    for kind in ContextKind.allCases { catalog.add(kind) }
    for rule in TokenRule.builtIn { catalog.add(rule) }
    let indices = user.map { catalog.add($0) }
    let tokenRules =
      TokenRule.builtIn + TokenRule.builtIn.flatMap(\.escapedForms) + user.compactMap(\.tokenRule)
    tokenRuleIndex = tokenRules.map { catalog.index[$0.kind] ?? 0 }
    // Tokens first: what their own text gives away is no name of a key, though it may begin like one.
    var triggers = tokenRules.enumerated().flatMap { index, rule in rule.triggers(index: index) }
    triggers += Trigger.contexts
    userKeys = zip(user, indices).flatMap { rule, index in rule.userKeys(rule: index) }
    triggers += userKeys.enumerated().map { index, key in key.trigger(index: index) }
    self.tokenRules = tokenRules
    (regexes, regexSources) = Self.expressions(of: checked, indices, &triggers)
    known = zip(user, indices).compactMap { rule, index in
      if case .known(let secrets) = rule.matcher { (secrets, index) } else { nil }
    }
    self.triggers = triggers
    rules = catalog.descriptions
    indexOfRule = catalog.index
    accessKeyID = catalog.index["aws-access-key-id"] ?? -1
    markers = catalog.descriptions.map { Array("[REDACTED:\($0.id):".utf8) }
    words = Words(rules: catalog.index)
    prefilter = Prefilter(triggers: triggers, tokenRules: tokenRules)
  }

  /// The expressions, and what they are; each gets the trigger of its literal.
  private static func expressions(
    of user: [CheckedRule], _ indices: [Int], _ triggers: inout [Trigger]
  ) -> ([(expression: RegexRule, rule: Int)], [String]) {
    var expressions: [(expression: RegexRule, rule: Int)] = []
    var sources: [String] = []
    for (checked, index) in zip(user, indices) {
      guard let expression = checked.expression, case .regex(let pattern, let literal) = checked.rule.matcher
      else { continue }
      triggers.append(
        Trigger(literal: Array(literal.utf8), ignoresCase: false, action: .regex(expressions.count)))
      expressions.append((expression, index))
      sources.append("\(checked.rule.id) \(literal) \(pattern)")
    }
    return (expressions, sources)
  }

  func index(_ kind: ContextKind) -> Int {
    // Every case was added first and in order.
    kind.order
  }
}

/// Collects what the rules are, by id.
struct Catalog {
  private(set) var descriptions: [RuleDescription] = []
  private(set) var index: [String: Int] = [:]

  @discardableResult
  private mutating func add(_ id: String, _ make: () -> RuleDescription) -> Int {
    if let known = index[id] { return known }
    index[id] = descriptions.count
    descriptions.append(make())
    return descriptions.count - 1
  }

  mutating func add(_ kind: ContextKind) {
    let id = kind.rawValue
    add(id) {
      RuleDescription(
        id: id, summary: kind.summary, severity: RuleCatalog.severity(of: id),
        documentation: [kind.form, RuleCatalog.remedy(for: id)], isBuiltIn: true)
    }
  }

  mutating func add(_ rule: TokenRule) {
    add(rule.kind) {
      let forms = TokenRule.builtIn.filter { $0.kind == rule.kind }.map(\.formLine)
      return RuleDescription(
        id: rule.kind, summary: rule.summary, severity: RuleCatalog.severity(of: rule.kind),
        documentation: forms + [RuleCatalog.remedy(for: rule.kind)], isBuiltIn: true)
    }
  }

  @discardableResult
  mutating func add(_ rule: UserRule) -> Int {
    add(rule.id) {
      RuleDescription(
        id: rule.id, summary: rule.summary.isEmpty ? "rule of this host" : rule.summary,
        severity: rule.severity, documentation: [rule.formLine], isBuiltIn: false)
    }
  }
}
