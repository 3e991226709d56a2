import Evidence
import Signals
import Testing

@Suite("Matchers")
struct MatcherTests {
  let facts = SelectionFacts(
    Signal(
      source: "pagerduty", incidentKey: "k", phase: .opened, title: "Checkout is down", severity: "Critical",
      service: "checkout", receivedAt: Timestamp(seconds: 0),
      labels: ["team": "payments", "service": "checkout", "env": "", "a=b": "c"]))

  @Test(
    "hold, or not",
    arguments: [
      ("severity = critical", true), ("severity=CRITICAL", true), ("severity = crit", false),
      ("severity = crit*", true),
      ("severity = page|critical", true), ("severity != page|critical", false), ("severity != page", true),
      ("service = checkout", true), ("source = pager*|opsgenie", true), ("title = *down", true),
      ("title = *is*is*", false), ("title = *", true), ("title = c*out is*d*n", true),
      ("labels.team = pay*", true),
      ("labels.team = *pay", false), ("labels.nobody = *", false), ("labels.nobody != x", true),
      ("labels.env = *", true), ("labels.team != payments", false),
    ])
  func holds(text: String, expected: Bool) throws {
    #expect(try SignalMatcher(text).matches(facts) == expected)
  }

  @Test(
    "that are none say what to write",
    arguments: ["severity", "", "=", "severity =", "severity = |", "colour = red", "labels. = x", "!= x"])
  func refused(text: String) {
    let error = #expect(throws: SignalMatcherError.self) { try SignalMatcher(text) }
    #expect(error?.description.contains("write") == true)
  }

  @Test("the most hostile pattern on the longest label takes no time to speak of")
  func hostile() throws {
    var facts = facts
    facts.labels["x"] = String(repeating: "a", count: 1024)
    let matcher = try SignalMatcher("labels.x = " + String(repeating: "*a", count: 500) + "b")
    #expect(!matcher.matches(facts))
    #expect(throws: SignalMatcherError.tooLong) {
      try SignalMatcher("title = " + String(repeating: "*", count: 1024))
    }
  }
}
