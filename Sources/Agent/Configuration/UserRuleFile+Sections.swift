internal import Redaction

extension UserRuleFile {
  /// `nil` where something of the rule was missing or wrong: the problem is reported.
  static func rule(_ section: Section, ids: inout Set<String>) -> UserRule? {
    let id = section.required("id", checkRuleID)
    let matcher = matcher(section)
    var severity = Severity.high
    section.choice("severity", into: &severity)
    var summary = ""
    section.value("summary", into: &summary, notEmpty)
    // What an example says is for the rule to find, and never for a message.
    let examples = section.list("examples", of: "texts") { text throws(Complaint) in text }
    let counterexamples = section.list("counterexamples", of: "texts") { text throws(Complaint) in text }
    guard let id, let matcher else { return nil }
    guard ids.insert(id).inserted else {
      section.report("id", "\(quoted(id)) is the id of another rule; give each its own")
      return nil
    }
    var rule = UserRule(
      id: id, matcher: matcher, examples: examples ?? [], counterexamples: counterexamples ?? [])
    (rule.severity, rule.summary) = (severity, summary)
    return rule
  }

  /// The rules that the rule set takes; each of the others is reported. It names one at a time, so the rest is tried
  /// again.
  static func check(_ found: [(rule: UserRule, section: Section)], after others: [UserRule]) -> [UserRule] {
    var rest = found
    while true {
      do throws(RuleError) {
        _ = try RuleSet.builtIn.adding(others + rest.map(\.rule))
        return rest.map(\.rule)
      } catch {
        guard let index = rest.firstIndex(where: { $0.rule.id == error.rule }) else { return [] }
        rest.remove(at: index).section.report("id", error.problem)
      }
    }
  }

  /// The allowances whose rules are there; the others are reported.
  static func check(
    _ found: [(allowance: Allowance, section: Section)], rules: [UserRule]
  ) -> [Allowance] {
    let known = Set(RuleSet.builtIn.rules.map(\.id) + rules.map(\.id))
    return found.compactMap { allowance, section in
      guard let unknown = allowance.rules.first(where: { !known.contains($0) }) else { return allowance }
      let near = nearest(to: unknown, in: known.sorted()).map { "did you mean \"\($0)\"?" }
      section.report("rules", "no rule is called \(quoted(unknown)); \(near ?? "see `exhibit rules list`")")
      return nil
    }
  }

  static func allowance(_ section: Section) -> Allowance? {
    let rules = section.list("rules", of: "ids of rules", allowEmpty: false, notEmpty)
    let values = section.list("values", of: "hashes of values", allowEmpty: false, checkValueHash)
    let paths = section.list("paths", of: "patterns of paths", allowEmpty: false, notEmpty)
    let units = section.list("units", of: "patterns of units", allowEmpty: false, notEmpty)
    // For people only: why it may stay.
    var reason = ""
    section.value("reason", into: &reason, notEmpty)
    let lists = [rules, values, paths, units].compactMap { $0 }
    guard !lists.isEmpty else {
      section.report(
        "rules", "nothing says what may stay; add \"rules\", \"values\", \"paths\" or \"units\"")
      return nil
    }
    // A list of which nothing was right would let everything pass.
    guard lists.allSatisfy({ !$0.isEmpty }) else { return nil }
    return Allowance(rules: rules ?? [], values: values ?? [], paths: paths ?? [], units: units ?? [])
  }

  private static func checkValueHash(_ text: String) throws(Complaint) -> String {
    let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
    let isCode =
      text.utf8.count == 8
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) }
    let isDigest = digits.utf8.count == 64 && digits.count < text.count && digits.allSatisfy(\.isHexDigit)
    guard isCode || isDigest else {
      throw Complaint(
        "\(quoted(text)) is no hash of a value; write the eight letters of its token, or \"sha256:\" and 64 digits"
      )
    }
    return text.lowercased()
  }

  static func matcher(_ section: Section) -> UserRule.Matcher? {
    if section.has("literals_file") { return known(section) }
    if section.has("regex") { return regex(section) }
    let keys = section.list("keys", of: "key names", allowEmpty: false, notEmpty)
    guard section.has("prefix") else {
      if !section.has("keys") {
        section.report("prefix", "is missing; add it, or \"keys\" for the names of keys")
      }
      return keys.map { .key($0) }
    }
    if section.has("keys") { section.report("keys", "stands beside \"prefix\"; make two rules of it") }
    let prefix = section.required("prefix", notEmpty)
    let alphabet = section.required("alphabet", oneOf(UserRule.Alphabet.self))
    let length = section.required("minimum_length", wholeNumber(in: 1...4096))
    var checksum: Checksum?
    section.value("checksum", into: &checksum) { text throws(Complaint) in try oneOf(Checksum.self)(text) }
    guard let prefix, let alphabet, let length else { return nil }
    return .prefix(prefix, alphabet: alphabet, minimumLength: length, checksum: checksum)
  }

  private static func regex(_ section: Section) -> UserRule.Matcher? {
    let pattern = section.required("regex", notEmpty)
    let literal = section.required("literal", notEmpty)
    guard let pattern, let literal else { return nil }
    return .regex(pattern, literal: literal)
  }

  private static func known(_ section: Section) -> UserRule.Matcher? {
    let path = section.required("literals_file", notEmpty)
    var format = SecretsFile.Format.lines
    section.choice("format", into: &format)
    guard let path else { return nil }
    var known = KnownSecrets()
    do throws(Complaint) {
      for secret in try SecretsFile.load(path, format) { _ = known.insert(literal: secret) }
    } catch {
      section.report("literals_file", error.message)
      return nil
    }
    return .known(known)
  }
}
