import Testing

@testable import Redaction

@Suite("Tokens that their own text gives away")
struct TokenRuleTests {
  @Test("at least 45 kinds are known, and every id is well formed")
  func kinds() {
    let ids = RuleSet.builtIn.rules.map(\.id)
    #expect(ids.count >= 150)
    #expect(ContextKind.allCases.enumerated().allSatisfy { $0 == $1.order })
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { $0.utf8.allSatisfy { $0.isLower || $0.isDigit || $0 == UInt8(ascii: "-") } })
  }

  @Test("every rule finds what its format allows, of any length, whole", arguments: TokenRule.builtIn.indices)
  func positives(index: Int) {
    let rule = TokenRule.builtIn[index]
    guard hasFreeBody(rule) else { return }
    for extra in [0, 1, 40, 700] {
      let token = example(of: rule, extra: extra)
      for frame in ["%", "see % here", "a=\"%\"", "{\"x\":\"%\"}", "line\\n%"] {
        let output = redact(frame.replacing("%", with: token))
        let kept = rule.keepsLiteral ? rule.literal : ""
        let parts = frame.split(separator: "%", omittingEmptySubsequences: false)
        #expect(output.hasPrefix(parts[0] + kept + "[REDACTED:"), "\(rule.literal) in \(frame)")
        #expect(output.hasSuffix("]" + parts[1]), "\(rule.literal) in \(frame)")
      }
    }
  }

  @Test(
    "no rule finds a token that is cut short, misspelt, or part of a word",
    arguments: TokenRule.builtIn.indices)
  func nearMisses(index: Int) {
    let rule = TokenRule.builtIn[index]
    guard hasFreeBody(rule) else { return }
    let body = body(of: rule, count: max(0, rule.minimum - 1))
    let lead = lead(of: rule)
    var misses = [
      lead + rule.literal, lead + rule.literal + "~!",
      lead + rule.literal + String(body.prefix(rule.minimum / 2)) + " ",
    ]
    if rule.check != .webToken, !rule.literal.contains("://") {
      misses.append(lead + rule.literal + body + " ")
    }
    if rule.leading == nil, rule.literal.utf8.first?.isLetter == true {
      misses.append("x" + rule.literal + self.body(of: rule, count: rule.minimum + 4))
    }
    for miss in misses {
      var records = testRedactor.makeRecordRedactor()
      let found = records.count(in: miss)
      #expect(found[rule.kind] == nil, "\(rule.literal)")
    }
  }

  @Test("a JSON Web Token needs two parts, and may have no signature")
  func webTokens() {
    let header = "eyJ" + randomText(lettersAndDigits, 20)
    let payload = "eyJ" + randomText(lettersAndDigits, 40)
    let signature = randomText(lettersAndDigits, 43)
    for token in ["\(header).\(payload).\(signature)", "\(header).\(payload).", "\(header).\(payload)"] {
      #expect(!leaks(of: payload, in: redact("got \(token) from peer")))
    }
    let encrypted = "\(header)..\(signature).\(payload).\(signature)"
    #expect(!leaks(of: payload, in: redact(encrypted)))
    for text in [header, "\(header).", "eyJ.a.b", "eyJhbGciOi.x"] { #expect(redact(text) == text) }
  }

  /// Whether any text of the alphabet can be a body. The others are for the matrix, which knows their forms.
  private func hasFreeBody(_ rule: TokenRule) -> Bool {
    switch rule.check {
    case .none, .mixed, .random, .webToken: rule.minimum > 0
    case .uuid, .separator, .botToken, .privateKey, .checksum: false
    }
  }

  private func lead(of rule: TokenRule) -> String {
    rule.leading.map { text($0, rule.leadingMinimum) } ?? ""
  }

  private func example(of rule: TokenRule, extra: Int) -> String {
    if rule.check == .webToken {
      return "eyJ\(text(.alphanumeric, 20 + extra)).\(text(.alphanumeric, 30)).\(text(.alphanumeric, 43))"
    }
    return lead(of: rule) + rule.literal + body(of: rule, count: rule.minimum + extra)
  }

  /// A random body. Where digits and letters must both occur it begins with one of each.
  private func body(of rule: TokenRule, count: Int) -> String {
    let letter = "aA".utf8.first { rule.alphabet.contains($0) }
    var head = ""
    if rule.check == .mixed, let letter { head = "7" + String(decoding: [letter], as: UTF8.self) }
    if rule.check == .random, count >= 6 { head = "7aAbBc" }
    return String((head + text(rule.alphabet, count)).prefix(count))
  }

  /// Letters and digits of the set alone, since an edge such as `.` may be punctuation.
  private func text(_ set: ByteSet, _ count: Int) -> String {
    randomText(String(decoding: lettersAndDigits.utf8.filter { set.contains($0) }, as: UTF8.self), count)
  }
}
