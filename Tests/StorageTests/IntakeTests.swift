import Evidence
import Foundation
import Redaction
import Storage
import Testing

@Suite("Intake of signals")
struct IntakeTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test("a first signal opens an incident and asks for one capture")
  func opens() async throws {
    let acceptance = try await state.accept(.alert("group-1"))
    let incident = try #require(acceptance.incidentID)
    #expect(acceptance.duplicate == false)
    let captures = try await state.database.captures(of: incident)
    #expect(captures.map(\.id) == [acceptance.captureID])
    #expect(captures.map(\.phase) == [.opened])
    #expect(try await state.database.signals(of: incident).count == 1)
  }

  @Test("a repeated alert of an open incident asks for nothing more")
  func repeats() async throws {
    let first = try await state.accept(.alert("group-1"))
    let second = try await state.accept(.alert("group-1"))
    #expect(second.incidentID == first.incidentID)
    #expect(second.duplicate)
    #expect(second.captureID == nil)
    #expect(try await state.database.queueLength() == 1)
  }

  @Test("a repeat that tells nothing new changes nothing but the time of the latest")
  func untouched() async throws {
    let id = try #require(try await state.accept(.alert("group-1")).incidentID)
    var expected = try #require(try await state.database.incident(id))
    expected.updatedAt = Timestamp.start.adding(seconds: 5)
    try await state.accept(.alert("group-1", at: expected.updatedAt))
    // One that was on its way for longer takes nothing back.
    try await state.accept(.alert("group-1", at: Timestamp.start.adding(seconds: 2)))
    #expect(try await state.database.incident(id) == expected)
    #expect(try await state.database.signals(of: id).count == 3)
  }

  @Test("a delivery that is sent again is a duplicate, whatever else it says")
  func redelivery() async throws {
    let first = try await state.accept(.alert("group-1", delivery: "d-1"))
    let again = try await state.accept(.alert("group-2", delivery: "d-1"))
    #expect(again.incidentID == first.incidentID)
    #expect(again.duplicate)
  }

  @Test("a resolved signal closes the incident; the next alert of that key opens another")
  func resolves() async throws {
    let first = try #require(try await state.accept(.alert("group-1")).incidentID)
    _ = try await state.accept(.alert("group-1", phase: .resolved))
    let ended = try #require(try await state.database.incident(first))
    #expect(ended.state == .resolved)
    #expect(ended.resolvedAt != nil)
    let next = try #require(try await state.accept(.alert("group-1")).incidentID)
    #expect(next != first)
  }

  @Test("the end of an incident that was never seen is acknowledged and forgotten")
  func unknownResolved() async throws {
    let acceptance = try await state.accept(.alert("group-1", phase: .resolved))
    #expect(acceptance.incidentID == nil)
    #expect(try await state.database.incidents(state: nil, after: nil, limit: 10).elements.isEmpty)
  }

  @Test("a full queue refuses, and nothing of the refused signal is kept")
  func queueFull() async throws {
    for index in 0..<3 { _ = try await state.accept(.alert("group-\(index)"), queueLimit: 3) }
    await #expect(throws: StorageError.queueFull(limit: 3)) {
      try await state.accept(.alert("group-3"), queueLimit: 3)
    }
    #expect(try await state.database.incidents(state: nil, after: nil, limit: 10).elements.count == 3)
    // An incident that is open already takes no place in the queue.
    #expect(try await state.accept(.alert("group-0"), queueLimit: 3).duplicate)
  }

  @Test("a storm of alerts of one incident keeps a bounded number of bodies")
  func storm() async throws {
    let total = StateDatabase.signalBodiesPerIncident + 20
    for _ in 0..<total { _ = try await state.accept(.alert("storm")) }
    let incident = try #require(
      try await state.database.incidents(state: nil, after: nil, limit: 1).elements.first)
    let signals = try await state.database.signals(of: incident.id)
    #expect(signals.count { $0.body != nil } == StateDatabase.signalBodiesPerIncident)
    #expect(signals.count == total)
  }

  @Test("an incident's own number is kept where it is safe in a file name, and made unique")
  func incidentIDs() async throws {
    let first = try await state.accept(.alert("k", id: "INC-1"))
    #expect(first.incidentID == "INC-1")
    _ = try await state.accept(.alert("k", phase: .resolved))
    #expect(try await state.accept(.alert("k", id: "INC-1")).incidentID == "INC-1.2")
    #expect(try await state.accept(.alert("m", id: "../etc")).incidentID == "alertmanager-20261124T040000Z")
  }

  @Test(
    "what may name an incident",
    arguments: [
      ("INC-1", true), ("a", true), ("Q1.b_c-d", true), ("", false), ("a--b", false), (".a", false),
      ("-a", false), ("a-", false), ("a/b", false), ("ä", false), ("a b", false),
      (String(repeating: "x", count: 64), true), (String(repeating: "x", count: 65), false),
    ])
  func validIDs(id: String, valid: Bool) {
    #expect(IncidentID.isValid(id) == valid)
  }

  @Test("a further capture of a known incident gets the next number")
  func manual() async throws {
    let incident = try #require(try await state.accept(.alert("k", id: "INC-1")).incidentID)
    let capture = try await state.database.enqueueCapture(
      incident: incident, phase: .manual, at: .start, queueLimit: 10)
    #expect(capture != nil)
    #expect(try await state.database.captures(of: incident).map(\.sequence) == [1, 2])
    #expect(
      try await state.database.enqueueCapture(incident: "none", phase: .manual, at: .start, queueLimit: 10)
        == nil)
  }
}
