import Evidence
import Foundation
import Testing

@Suite("ULID")
struct ULIDTests {
  @Test("ids of later milliseconds sort after ids of earlier ones")
  func order() {
    let times = (0..<5000).map { _ in Int64.random(in: 0 ... .max / 1_000_000) }.sorted()
    let ids = times.map { ULID.make(at: Timestamp(nanoseconds: $0 * 1_000_000)) }
    for (index, id) in ids.enumerated().dropFirst() where times[index - 1] < times[index] {
      #expect(ids[index - 1] < id)
    }
  }

  @Test("is 26 characters of Crockford's base 32, safe as a file name", arguments: TimestampTests.extremes)
  func shape(nanoseconds: Int64) {
    let id = ULID.make(at: Timestamp(nanoseconds: nanoseconds))
    #expect(id.count == 26)
    #expect(id.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) })
  }

  @Test("encodes the time as the specification's example does")
  func specification() {
    #expect(ULID.make(at: Timestamp(nanoseconds: 1_469_918_176_385_000_000)).hasPrefix("01ARYZ6S41"))
  }

  @Test("two ids of one instant differ")
  func randomness() {
    let instant = Timestamp(seconds: 1)
    #expect(Set((0..<1000).map { _ in ULID.make(at: instant) }).count == 1000)
  }
}

@Suite("Completeness")
struct CompletenessTests {
  static func artifact(_ path: String, _ state: ArtifactState) -> ArtifactRecord {
    ArtifactRecord(path: path, kind: .journal, mediaType: "application/jsonl", state: state)
  }

  @Test("counts what is whole among what was expected, and names the rest in order")
  func mixed() {
    let completeness = Completeness(of: [
      Self.artifact("d", .missing), Self.artifact("a", .complete), Self.artifact("c", .partial),
      Self.artifact("b", .empty), Self.artifact("e", .skipped),
    ])
    #expect(completeness.expected == 4)
    #expect(completeness.complete == 1)
    #expect(completeness.ratio == 0.25)
    #expect(completeness.incomplete == ["b", "c", "d"])
  }

  @Test("is whole where nothing was expected", arguments: [[], [artifact("a", .skipped)]])
  func nothing(artifacts: [ArtifactRecord]) {
    #expect(Completeness(of: artifacts).ratio == 1)
    #expect(Completeness(of: artifacts).incomplete.isEmpty)
  }

  @Test("only a complete artifact counts as complete", arguments: ArtifactState.allCases)
  func states(state: ArtifactState) {
    let ratio = Completeness(of: [Self.artifact("a", state)]).ratio
    #expect(ratio == (state == .complete || state == .skipped ? 1 : 0))
  }
}

@Suite("The vocabulary's JSON")
struct VocabularyCodingTests {
  @Test("an incident reads back as it was, with names in snake case")
  func incident() throws {
    let incident = Incident(
      id: "INC-1", key: "k", source: "generic", title: "t", severity: "page", state: .resolved,
      openedAt: Timestamp(seconds: 1), startedAt: Timestamp(seconds: 0), resolvedAt: Timestamp(seconds: 2),
      updatedAt: Timestamp(seconds: 2), labels: ["a": "b"],
      links: [IncidentLink(label: "l", url: "https://x")])
    let data = try JSONEncoder().encode(incident)
    #expect(try JSONDecoder().decode(Incident.self, from: data) == incident)
    let names = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]).keys
    #expect(names.allSatisfy { $0 == $0.lowercased() })
    #expect(names.contains("opened_at"))
  }

  @Test("a summary's total is the sum of its rules")
  func redaction() {
    #expect(RedactionSummary(ruleset: "r", byRule: ["a": 2, "b": 3]).total == 5)
  }
}
