/// What begins at a literal.
enum Action: Sendable, Equatable {
  /// A token of the table.
  case token(Int)
  /// A word of a key's name, such as `password`.
  case key
  /// The word of a key's name that a user's rule gives.
  case userKey(rule: Int, name: [UInt8])
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
  /// A program whose options carry passwords.
  case command(PasswordOptions)
  /// `Bearer` outside a header.
  case bearer
  /// `user:password@tcp(`.
  case dataSource
  /// SQL's `IDENTIFIED BY`.
  case sql
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

  /// Texts that are known, and the rules that name them.
  let known: [(secrets: KnownSecrets, rule: Int)]
  /// The expressions of user rules.
  let regexes: [RegexRule]
  /// What the expressions are, for the digest of the rules.
  let regexSources: [String]

  init(user: [UserRule]) {
    var catalog = Catalog()
    for kind in ContextKind.allCases { catalog.add(kind) }
    for rule in TokenRule.builtIn { catalog.add(rule) }
    let indices = user.map { catalog.add($0) }
    let tokenRules =
      TokenRule.builtIn + TokenRule.builtIn.flatMap(\.escapedForms) + user.compactMap(\.tokenRule)
    tokenRuleIndex = tokenRules.map { catalog.index[$0.kind] ?? 0 }
    var triggers = Trigger.contexts
    triggers += tokenRules.enumerated().flatMap { index, rule in rule.triggers(index: index) }
    for (rule, index) in zip(user, indices) { triggers += rule.keyTriggers(rule: index) }
    self.tokenRules = tokenRules
    (regexes, regexSources) = Self.compile(user, indices, &triggers)
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

  /// The expressions, each with the trigger of its literal. One that does not compile was refused before.
  private static func compile(
    _ user: [UserRule], _ indices: [Int], _ triggers: inout [Trigger]
  ) -> ([RegexRule], [String]) {
    var regexes: [RegexRule] = []
    var sources: [String] = []
    for (rule, index) in zip(user, indices) {
      guard case .regex(let pattern, let literal) = rule.matcher else { continue }
      guard let regex = try? RegexRule(pattern, rule: index) else { continue }
      triggers.append(
        Trigger(literal: Array(literal.utf8), ignoresCase: false, action: .regex(regexes.count)))
      regexes.append(regex)
      sources.append("\(rule.id) \(literal) \(pattern)")
    }
    return (regexes, sources)
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

/// Finds the places where a trigger's first four bytes stand, without regard to case.
struct Prefilter: Sendable {
  static let shift: UInt32 = 15
  private(set) var bitmap = [UInt64](repeating: 0, count: 1 << (32 - 15 - 6))
  /// The same under another hash: what the first bitmap lets through by chance ends here.
  private(set) var confirmation = [UInt64](repeating: 0, count: 1 << (32 - 15 - 6))
  private var keys: [UInt32] = []
  private var ranges: [(start: Int32, count: Int32)] = []
  private var mask = 0
  /// Indices of triggers, grouped by their first four bytes.
  private(set) var order: [Int32] = []

  @inline(__always)
  static func hash(_ gram: UInt32) -> UInt32 { (gram &* 0x9E37_79B1) >> shift }

  @inline(__always)
  static func secondHash(_ gram: UInt32) -> UInt32 { (gram &* 0x85EB_CA6B) >> shift }

  init(triggers: [Trigger], tokenRules: [TokenRule]) {
    var byGram: [UInt32: [Int32]] = [:]
    for (index, trigger) in triggers.enumerated() {
      var followers = Prefilter.anyByte
      if case .token(let rule) = trigger.action {
        followers = Prefilter.anyByte.filter { tokenRules[rule].alphabet.contains($0) }
      } else if trigger.action == .key {
        followers = Prefilter.anyByte.filter { !$0.isLetter }
      }
      for gram in Prefilter.grams(trigger.literal[...], followers) {
        byGram[gram, default: []].append(Int32(index))
      }
    }
    build(byGram)
  }

  private static let anyByte = Array(UInt8.min ... .max)

  /// The four-byte groups that `literal`, or a literal of fewer bytes and what may follow it, begins with.
  private static func grams(_ literal: ArraySlice<UInt8>, _ followers: [UInt8]) -> Set<UInt32> {
    if literal.count < 4 {
      return followers.reduce(into: []) { $0.formUnion(grams(literal + [$1], followers)) }
    }
    let gram = literal.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return [gram | 0x2020_2020]
  }

  private mutating func build(_ byGram: [UInt32: [Int32]]) {
    var capacity = 1024
    while capacity < byGram.count * 2 { capacity *= 2 }
    mask = capacity - 1
    keys = Array(repeating: 0, count: capacity)
    ranges = Array(repeating: (0, 0), count: capacity)
    for (gram, indices) in byGram {
      let hash = Prefilter.hash(gram)
      bitmap[Int(hash >> 6)] |= 1 << UInt64(hash & 63)
      let second = Prefilter.secondHash(gram)
      confirmation[Int(second >> 6)] |= 1 << UInt64(second & 63)
      var slot = Int(hash) & mask
      while keys[slot] != 0 { slot = (slot + 1) & mask }
      keys[slot] = gram
      ranges[slot] = (Int32(order.count), Int32(indices.count))
      order += indices
    }
  }

  /// The places in `order` of the triggers that begin with these four bytes.
  func triggers(of gram: UInt32) -> Range<Int> {
    // A folded gram is never 0, the mark of an empty slot.
    var slot = Int(Prefilter.hash(gram)) & mask
    while keys[slot] != 0 {
      if keys[slot] == gram {
        return Int(ranges[slot].start)..<Int(ranges[slot].start + ranges[slot].count)
      }
      slot = (slot + 1) & mask
    }
    return 0..<0
  }
}
