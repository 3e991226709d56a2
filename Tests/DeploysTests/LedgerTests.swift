import Deploys
import Evidence
import Testing

@Suite("The deploy ledger")
struct LedgerTests {
  private let hour = window("2026-11-24T03:00:00", "2026-11-24T04:00:00")

  /// A deploy at some minute of that day.
  private func deploy(
    _ minute: Int, _ version: String, service: String = "checkout", environment: String? = "production",
    outcome: DeployOutcome = .success, kind: DeployKind = .deployed, previous: String? = nil
  ) -> DeployRecord {
    let time = utc("2026-11-24T00:00:00").adding(seconds: Double(minute) * 60)
    return DeployRecord(
      id: "\(minute)-\(service)", service: service, version: version, previousVersion: previous,
      environment: environment, outcome: outcome, kind: kind, finishedAt: time, source: "generic",
      receivedAt: time)
  }

  private func summary(_ records: [DeployRecord]) -> [String] {
    DeployLedger.entries(of: records.shuffled(), in: hour).map { entry in
      let record = entry.record
      let versions = [record.previousVersion, record.version].compactMap(\.self).joined(separator: "→")
      return "\(entry.isBaseline ? "baseline " : "")\(record.service) \(record.kind.rawValue) \(versions)"
        + (entry.inferred.isEmpty ? "" : " (\(entry.inferred.joined(separator: ", ")))")
    }
  }

  @Test("the version that still runs when the window begins is its baseline, whatever came before it")
  func baseline() {
    #expect(
      summary([
        deploy(10, "1"), deploy(20, "2"), deploy(30, "3", outcome: .failure),
        deploy(40, "7", environment: "staging"),
        deploy(50, "9", service: "cart"), deploy(60, "9", service: "cart", kind: .removed), deploy(300, "8"),
      ]) == ["baseline checkout deployed 1→2 (previous_version)", "baseline checkout deployed 7"])
  }

  @Test("what the sender leaves out is known from the records before, and said to be")
  func previousVersion() {
    #expect(
      summary([deploy(10, "1"), deploy(190, "2"), deploy(200, "3", previous: "2.5"), deploy(210, "3")])
        == [
          "baseline checkout deployed 1", "checkout deployed 1→2 (previous_version)",
          "checkout deployed 2.5→3",
          "checkout deployed 3",
        ])
  }

  @Test(
    "back to a version that ran before is a roll-back, forward again is none, and a failed deploy changes nothing"
  )
  func rollBack() {
    #expect(
      summary([
        deploy(10, "1"), deploy(190, "2"), deploy(195, "3", outcome: .failure), deploy(200, "1"),
        deploy(210, "2"),
      ]) == [
        "baseline checkout deployed 1", "checkout deployed 1→2 (previous_version)",
        "checkout deployed 2→3 (previous_version)", "checkout rolledback 2→1 (kind, previous_version)",
        "checkout deployed 1→2 (previous_version)",
      ])
  }

  @Test(
    "the timeline tells what became of the service, and marks failures and roll-backs",
    arguments: DeployOutcome.allCases)
  func event(outcome: DeployOutcome) {
    var record = DeployRecordTests.record(.upgraded, outcome, full: true)
    record.service = "checkout"
    record.message = "out of memory"
    let event = LedgerEntry(record).timelineEvent(reference: "deploys/deploys.jsonl:1")
    let endings: [DeployOutcome: String] = [
      .success: "", .failure: ": FAILED: out of memory", .inProgress: " (in progress)",
      .unknown: " (outcome unknown)",
    ]
    #expect(event.message == "checkout upgraded 1.4.1→1.4.2+build@5 in production\(endings[outcome] ?? "?")")
    #expect(event.severity == (outcome == .failure ? "err" : "info"))
    #expect(event.kind == .deploy && event.at == record.finishedAt && event.actor == "alice")
    #expect(event.reference == "deploys/deploys.jsonl:1" && event.service == "checkout")
    record.kind = .rolledback
    record.outcome = .success
    let back = LedgerEntry(record).timelineEvent()
    #expect(back.message.contains("ROLLED BACK 1.4.1→") && back.severity == "warning")
  }
}
