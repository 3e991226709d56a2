import Testing

@testable import Redaction

@Suite("Rules of the host")
struct UserRuleTests {
  private let badge = UserRule(
    id: "acme-badge", matcher: .prefix("acme_", alphabet: .hex, minimumLength: 16),
    examples: ["see acme_0123456789abcdef"], counterexamples: ["acme_short", "xacme_0123456789abcdef"])
  private let pin = UserRule(
    id: "door-pin", matcher: .key(["door_pin", "pincode"]),
    examples: ["doorPin=4711", "{\"door-pin\": 4711}", "pincode: 4711"],
    counterexamples: ["door_pincers=5", "pin=4711"])

  @Test("a prefix and a key redact under their own kind, and change the identifier")
  func both() throws {
    let rules = try RuleSet.builtIn.adding([badge, pin])
    let redactor = Redactor(rules: rules, key: .random())
    #expect(
      redactor.redact("acme_\(randomText(hexDigits, 99)) x").text.contains(
        /^\[REDACTED:acme-badge:[a-z2-7]{8}\] x$/))
    #expect(
      redactor.redact("DOOR.PIN: \"4711\"").text.contains(/^DOOR.PIN: "\[REDACTED:door-pin:[a-z2-7]{8}\]"$/))
    #expect(rules.identifier != RuleSet.builtIn.identifier)
    #expect(RuleSet.builtIn.identifier.contains(/^exhibit-builtin-1\+[0-9a-f]{12}$/))
    #expect(rules.rules.contains { $0.id == "acme-badge" })
  }

  @Test("a malformed rule is refused with its reason")
  func refused() {
    func problem(_ rules: UserRule...) -> String {
      do { _ = try RuleSet.builtIn.adding(rules) } catch { return error.description }
      return ""
    }
    func prefix(_ literal: String, _ minimum: Int = 8) -> UserRule.Matcher {
      .prefix(literal, alphabet: .hex, minimumLength: minimum)
    }
    #expect(problem(UserRule(id: "Bad Id", matcher: prefix("acme_"))).contains("lower-case"))
    #expect(problem(UserRule(id: "jwt", matcher: prefix("acme_"))).contains("taken"))
    #expect(problem(badge, badge).contains("taken"))
    #expect(problem(UserRule(id: "a", matcher: prefix("abc"))).contains("at least 4 bytes"))
    #expect(problem(UserRule(id: "a", matcher: prefix("acme_", 0))).contains("minimum length"))
    #expect(problem(UserRule(id: "a", matcher: .key([]))).contains("at least one key"))
    #expect(problem(UserRule(id: "a", matcher: .key(["x"]))).contains("3 letters"))
    #expect(problem(UserRule(id: "a", matcher: prefix("acme_"), examples: ["nothing"])).contains("example 1"))
    #expect(
      problem(UserRule(id: "a", matcher: prefix("acme_"), counterexamples: ["acme_0123456789"]))
        .contains("counterexample 1"))
  }

  @Test("counts add up")
  func counts() {
    var records = testRedactor.makeRecordRedactor()
    #expect(records.counts == RedactionCounts())
    _ = records.count(in: "password=Zebra-9x password=Zebra-8x")
    var sum = records.counts
    sum.add(records.counts)
    #expect(sum.byRule == ["password": 4])
    #expect(sum.total == 4)
  }
}
