import Evidence
import Redaction
import Storage
import Testing

@Suite("The deploy ledger in the state database")
struct LedgerTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  private func row(
    _ id: String, at seconds: Double = 0, source: String = "github", delivery: String? = nil,
    deploy: String? = nil,
    outcome: String = "success", extra: String = ""
  ) -> LedgerRow {
    LedgerRow(
      id: id, at: Timestamp.start.adding(seconds: seconds), source: source, deliveryID: delivery,
      deployID: deploy,
      outcome: outcome, isUnderWay: outcome == "in_progress",
      document: state.redactor.redact("{\"id\":\"\(id)\",\"finished_at\":\"\(seconds)\"\(extra)}"))
  }

  private var documents: [String] {
    get throws { try state.database.deployDocuments(before: Timestamp.start.adding(seconds: 1e6)) }
  }

  @Test("a deploy is recorded once for each delivery of a source")
  func deliveries() async throws {
    #expect(try await state.database.recordDeploy(row("a", delivery: "x")) == ("a", false))
    #expect(try await state.database.recordDeploy(row("b", delivery: "x")) == ("a", true))
    #expect(try await state.database.recordDeploy(row("c", source: "gitlab", delivery: "x")) == ("c", false))
    #expect(try await state.database.recordDeploy(row("d")) == ("d", false))
    #expect(try await state.database.recordDeploy(row("e")) == ("e", false))
    #expect(try documents.count == 4)
    #expect(try state.database.deployDocuments(before: .start).isEmpty)
  }

  @Test("the end of a deploy takes the place of its beginning, and keeps its id and its start")
  func completion() async throws {
    let begun = row("a", at: 1, delivery: "1", deploy: "run", outcome: "in_progress")
    #expect(try await state.database.recordDeploy(begun) == ("a", false))
    let again = row("b", at: 2, delivery: "2", deploy: "run", outcome: "in_progress")
    #expect(try await state.database.recordDeploy(again) == ("a", true))
    let done = row("c", at: 9, delivery: "3", deploy: "run")
    #expect(try await state.database.recordDeploy(done) == ("a", false))
    let late = row("d", at: 10, delivery: "4", deploy: "run", outcome: "in_progress")
    #expect(try await state.database.recordDeploy(late) == ("a", true))
    #expect(try await state.database.recordDeploy(late) == ("a", true))
    #expect(try documents == ["{\"id\":\"a\",\"finished_at\":\"9.0\",\"started_at\":\"1.0\"}"])
    let at9 = try state.database.deployDocuments(before: Timestamp.start.adding(seconds: 9))
    #expect(at9.isEmpty)
  }

  @Test("a start that the end itself tells is kept")
  func ownStart() async throws {
    _ = try await state.database.recordDeploy(row("a", at: 1, deploy: "run", outcome: "in_progress"))
    _ = try await state.database.recordDeploy(
      row("b", at: 9, deploy: "run", extra: ",\"started_at\":\"0.5\""))
    #expect(try documents == ["{\"id\":\"a\",\"finished_at\":\"9.0\",\"started_at\":\"0.5\"}"])
  }

  @Test("another outcome of the same deploy is another record, the same one is none")
  func outcomes() async throws {
    #expect(
      try await state.database.recordDeploy(row("a", deploy: "run", outcome: "failure")) == ("a", false))
    #expect(try await state.database.recordDeploy(row("b", deploy: "run", outcome: "failure")) == ("a", true))
    #expect(try await state.database.recordDeploy(row("c", deploy: "run")) == ("c", false))
    #expect(try await state.database.recordDeploy(row("d", source: "flux", deploy: "run")) == ("d", false))
    #expect(try documents.count == 3)
  }

  @Test("the oldest records go when there are too many, and their deliveries with them")
  func limit() async throws {
    for index in 0..<25 {
      _ = try await state.database.recordDeploy(
        row("\(index)", at: Double(index), delivery: "\(index)"), keeping: 20)
    }
    #expect(try documents.count == 20)
    #expect(try await state.database.recordDeploy(row("new", at: 1e5, delivery: "0")) == ("new", false))
    #expect(try await state.database.recordDeploy(row("old", delivery: "9")) == ("9", true))
  }
}
