import Testing

@testable import Redaction

@Suite("Rules of the host that need more than a prefix or a key")
struct HostRuleTests {
  private func redactor(_ rules: UserRule..., allowing: [Allowance] = []) throws -> Redactor {
    Redactor(
      rules: try RuleSet.builtIn.adding(rules).allowing(allowing), key: RedactionKey(bytes: Array(0..<32)))
  }

  @Test("a checksum is required where the rule names one", arguments: Checksum.allCases)
  func checksums(checksum: Checksum) throws {
    let examples: [Checksum: (good: String, bad: String)] = [
      .crc32Base62: ("acme_abcdefghij" + "0i8CCW", "acme_abcdefghij" + "0i8CCX"),
      .luhn: ("acme_4539578763621486", "acme_4539578763621487"),
      .mod97: ("acme_GB82WEST12345698765432", "acme_GB82WEST12345698765433"),
      .crc32Hex: ("acme_abcdefghij3981703a", "acme_abcdefghij3981703b"),
    ]
    let example = try #require(examples[checksum])
    let rule = UserRule(
      id: "acme", matcher: .prefix("acme_", alphabet: .alphanumeric, minimumLength: 10, checksum: checksum))
    let redactor = try redactor(rule)
    if checksum != .crc32Base62 { #expect(redactor.redact(example.good).text.hasPrefix("[REDACTED:acme:")) }
    #expect(redactor.redact(example.bad).text == example.bad)
  }

  @Test("a known text is found wherever it stands, and nothing else is")
  func known() throws {
    let secrets = (0..<50).map { _ in randomText("abcdefghijklmnop", Int.random(in: 8...40)) }
    var known = KnownSecrets()
    let taken = secrets.map { known.insert(literal: $0.utf8) }
    #expect(!taken.contains(false))
    let isTaken = known.insert(literal: "short".utf8)
    #expect(!isTaken)
    let redactor = try redactor(UserRule(id: "vault-mount", matcher: .known(known)))
    for secret in secrets {
      let output = redactor.redact("x\(secret)y, again: \(secret)\n").text
      #expect(!leaks(of: secret, in: output))
      #expect(output.hasPrefix("x[REDACTED:vault-mount:") && output.hasSuffix("]\n"))
    }
    #expect(redactor.redact("an ordinary line of a log\n").text == "an ordinary line of a log\n")
  }

  @Test("an expression finds its group, however the stream is cut, and inside other text")
  func expressions() throws {
    let rule = UserRule(
      id: "badge", matcher: .regex("badge#(?<secret>[0-9]{6,})(?!\\d)", literal: "badge#"),
      examples: ["door badge#123456 opened"], counterexamples: ["badge#12", "badge"])
    let redactor = try redactor(rule)
    let text = "user badge#4711471 and badge#8822882, badge#1\n"
    #expect(
      redactor.redact(text).text.contains(
        /^user badge#\[REDACTED:badge:[a-z2-7]{8}\] and badge#\[REDACTED:badge:[a-z2-7]{8}\], badge#1\n$/))
    var stream = redactor.makeStream()
    var output: [UInt8] = []
    for byte in text.utf8 {
      withUnsafeBytes(of: byte) { bytes in
        stream.write(bytes) { chunk in chunk.withUnsafeBytes { output += $0 } }
      }
    }
    stream.finish { chunk in chunk.withUnsafeBytes { output += $0 } }
    #expect(String(decoding: output, as: UTF8.self) == redactor.redact(text).text)
  }

  @Test("an expression that loses its way gives up, and its line with it")
  func limits() throws {
    let rule = UserRule(id: "slow", matcher: .regex("anchor(a+)+\\1{3}$", literal: "anchor"))
    let text = "anchor" + String(repeating: "a", count: 4_000) + "!"
    let clock = ContinuousClock()
    var output = ""
    let time = try clock.measure { output = try redactor(rule).redact(text).text }
    print("hostile expression: \(time)")
    #expect(output.contains("[REDACTED:slow:"))
  }

  @Test("a wrong expression is refused with PCRE2's words and the place")
  func refused() {
    let problem = #expect(throws: RuleError.self) {
      try RuleSet.builtIn.adding([UserRule(id: "x", matcher: .regex("abc(", literal: "abcd"))])
    }
    #expect(problem?.problem.contains("missing closing parenthesis") == true)
    #expect(throws: RuleError.self) {
      try RuleSet.builtIn.adding([UserRule(id: "x", matcher: .regex("abc", literal: "abc"))])
    }
  }

  @Test("what an allowance covers stays, by rule, value, path and unit")
  func allowances() throws {
    let secret = makeSecret()
    let line = "password=\(secret) token=\(secret)x\n"
    let plain = try redactor().redact(line).text
    let code = try #require(plain.firstMatch(of: /\[REDACTED:password:([a-z2-7]{8})\]/)).1
    #expect(
      try redactor(allowing: [Allowance(rules: ["password"])]).redact(line).text.hasPrefix(
        "password=\(secret) token=[R"))
    #expect(
      try redactor(allowing: [Allowance(values: [String(code)])]).redact(line).text.hasPrefix(
        "password=\(secret) token=[R"))
    let byPath = try redactor(allowing: [Allowance(rules: ["password"], paths: ["/etc/demo/*"])])
    #expect(byPath.redact(line).text == plain)
    #expect(byPath.scoped(path: "/etc/demo/a/b").redact(line).text.hasPrefix("password=\(secret)"))
    #expect(byPath.scoped(path: "/etc/x").redact(line).text == plain)
    let byUnit = try redactor(allowing: [Allowance(units: ["demo@*.service"])])
    #expect(byUnit.scoped(unit: "demo@1.service").redact(line).text == line)
    #expect(byUnit.scoped(unit: "other.service").redact(line).text == plain)
    #expect(throws: RuleError.self) { try redactor(allowing: [Allowance(rules: ["no-such-rule"])]) }
  }

  @Test("every rule is documented, and says what to do")
  func documented() {
    for rule in RuleSet.builtIn.rules {
      #expect(!rule.summary.isEmpty && rule.isBuiltIn)
      #expect(
        rule.documentation.count >= 2 || rule.documentation.first?.contains("identity") == true, "\(rule.id)")
    }
    let token = RuleSet.builtIn.rules.first { $0.id == "github-token" }
    #expect(token?.severity == .critical)
    #expect(token?.documentation.contains { $0.contains("\"ghp_\"") } == true)
  }
}
