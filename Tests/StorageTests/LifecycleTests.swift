import Evidence
import Redaction
import Storage
import Testing

/// A signal of a vendor that says when things happened, `minute` minutes after the start.
private func signal(
  _ phase: SignalPhase, _ minute: Double? = nil, received: Double? = nil, key: String = "k",
  source: String = "pagerduty", delivery: String? = nil, times: SignalTimes = SignalTimes(),
  labels: [String: String] = [:]
) -> Signal {
  var times = times
  times.occurred = minute.map { Timestamp.start.adding(seconds: $0 * 60) }
  return Signal(
    source: source, incidentKey: key, incidentID: nil, deliveryID: delivery, phase: phase, title: "t",
    receivedAt: .start.adding(seconds: (received ?? minute ?? 0) * 60 + 1), times: times, labels: labels)
}

private func minute(_ number: Double) -> Timestamp { .start.adding(seconds: number * 60) }

@Suite("The lifecycle of incidents")
struct LifecycleTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  private func policy(_ change: (inout IntakePolicy) -> Void = { _ in }) -> IntakePolicy {
    var policy = IntakePolicy()
    change(&policy)
    return policy
  }

  private func accept(_ signal: Signal, _ policy: IntakePolicy = IntakePolicy()) async throws -> Acceptance {
    try await state.database.accept(
      signal, body: state.redactor.redact("{}"), headers: [:], queueLimit: 100, policy: policy)
  }

  private func incidents() async throws -> [Incident] {
    try await state.database.incidents(state: nil, after: nil, limit: 100).elements
  }

  private func only() async throws -> Incident {
    let all = try await incidents()
    #expect(all.count == 1)
    return try #require(all.first)
  }

  @Test("has every time that the vendor gave, and derives how long each step took and from which signals")
  func durations() async throws {
    let times = SignalTimes(started: minute(-10), detected: minute(-2))
    _ = try await accept(signal(.opened, 0, times: times))
    for (phase, at) in [(SignalPhase.acknowledged, 3.0), (.mitigated, 20), (.resolved, 30), (.closed, 90)] {
      _ = try await accept(signal(phase, at))
    }
    let incident = try await only()
    #expect(incident.state == .closed)
    #expect(incident.startedAt == minute(-10) && incident.detectedAt == minute(-2))
    #expect(incident.acknowledgedAt == minute(3) && incident.mitigatedAt == minute(20))
    #expect(incident.resolvedAt == minute(30) && incident.closedAt == minute(90))
    let found = incident.durations.map {
      "\($0.name) \($0.seconds / 60) \($0.from.signal ?? 0)-\($0.to.signal ?? 0)"
    }
    #expect(
      found == [
        "time_to_detect 8.0 1-1", "time_to_acknowledge 5.0 1-2", "time_to_mitigate 30.0 1-3",
        "time_to_resolve 40.0 1-4",
      ])
  }

  /// All orders in which the signals of one incident can arrive, the opening one included.
  static let orders: [[Int]] = {
    func permutations(_ rest: [Int]) -> [[Int]] {
      rest.isEmpty
        ? [[]] : rest.flatMap { first in permutations(rest.filter { $0 != first }).map { [first] + $0 } }
    }
    return permutations([0, 1, 2, 3])
  }()

  @Test("is the same in whatever order the signals arrive, and one incident", arguments: orders)
  func anyOrder(order: [Int]) async throws {
    let told: [(SignalPhase, Double)] = [(.opened, 0), (.acknowledged, 3), (.mitigated, 20), (.resolved, 30)]
    for (arrival, index) in order.enumerated() {
      _ = try await accept(signal(told[index].0, told[index].1, received: 40 + Double(arrival)))
    }
    let incident = try await only()
    #expect(incident.state == .resolved)
    #expect(incident.acknowledgedAt == minute(3) && incident.mitigatedAt == minute(20))
    #expect(incident.resolvedAt == minute(30))
    #expect(try await state.database.captures(of: incident.id).first?.phase == .opened)
    #expect(try await state.database.signals(of: incident.id).count == 4)
  }

  @Test("an end that came early is of no later fault, and waits for an hour at most")
  func earlyEnds() async throws {
    #expect(try await accept(signal(.resolved, 5, delivery: "d")).incidentID == nil)
    #expect(try await accept(signal(.resolved, 5, delivery: "d")).duplicate)
    _ = try await accept(signal(.opened, 6))
    #expect(try await only().state == .open)
    _ = try await accept(signal(.resolved, 100, key: "old"))
    _ = try await accept(signal(.opened, 99, received: 170, key: "old"))
    #expect(try await incidents().first { $0.key == "old" }?.state == .open)
  }

  @Test("without a time of the vendor the order of arrival counts")
  func untimed() async throws {
    _ = try await accept(signal(.resolved, received: 1))
    _ = try await accept(signal(.opened, received: 2))
    #expect(try await only().state == .open)
    _ = try await accept(signal(.resolved, received: 3))
    let incident = try await only()
    #expect(incident.moment(.resolved)?.basis == .received)
    _ = try await accept(signal(.opened, received: 4))
    #expect(try await incidents().count == 2)
  }

  @Test("is opened again within the window, and its next end counts")
  func reopened() async throws {
    let policy = policy { $0.reopenWithin = 600 }
    for (phase, at) in [(SignalPhase.opened, 0.0), (.mitigated, 4), (.resolved, 5), (.opened, 10)] {
      _ = try await accept(signal(phase, at), policy)
    }
    var incident = try await only()
    #expect(incident.state == .open && incident.resolvedAt == nil && incident.mitigatedAt == nil)
    // The end before the reopening, once more: it says nothing of now.
    _ = try await accept(signal(.resolved, 5, received: 11), policy)
    #expect(try await only().state == .open)
    _ = try await accept(signal(.resolved, 30), policy)
    incident = try await only()
    #expect(incident.state == .resolved && incident.resolvedAt == minute(30))
    #expect(incident.moments.map(\.point) == [.opened, .mitigated, .resolved, .reopened, .resolved])
    _ = try await accept(signal(.opened, 41), policy)
    #expect(try await incidents().count == 2)
  }

  @Test(
    "one that flaps for long has a bounded number of reopenings, moments and captures, then another one goes on"
  )
  func flapping() async throws {
    let policy = policy { $0.reopenWithin = 600 }
    for round in 0..<40 {
      _ = try await accept(signal(.opened, Double(round)), policy)
      _ = try await accept(signal(.resolved, Double(round) + 0.5), policy)
    }
    let all = try await incidents()
    #expect(all.count == 4)
    for incident in all {
      #expect(incident.moments.count { $0.point == .reopened } <= 10)
      #expect(incident.state == .resolved)
      #expect(try await state.database.captures(of: incident.id).count <= 12)
    }
    #expect(all.compactMap(\.resolvedAt).max() == minute(39.5))
  }

  @Test("an acknowledgement of a later fault under the key of one that ended opens another")
  func laterFault() async throws {
    _ = try await accept(signal(.opened, 0))
    _ = try await accept(signal(.resolved, 5))
    _ = try await accept(signal(.acknowledged, 20, times: SignalTimes(started: minute(15))))
    #expect(
      try await incidents().map(\.state).sorted { $0.rawValue < $1.rawValue } == [.acknowledged, .resolved])
  }

  @Test("signals of one group are one incident, which is over when all of its keys are")
  func groups() async throws {
    let grouped = policy {
      $0.group = "checkout"
      $0.groupWithin = 300
    }
    let first = try await accept(signal(.opened, 0, key: "a"), grouped)
    let second = try await accept(signal(.opened, 2, key: "b", source: "grafana"), grouped)
    #expect(first.incidentID == second.incidentID)
    _ = try await accept(signal(.resolved, 4, key: "a"), grouped)
    #expect(try await only().state == .open)
    _ = try await accept(signal(.resolved, 6, key: "b", source: "grafana"), grouped)
    #expect(try await only().resolvedAt == minute(6))
    let third = try await accept(signal(.opened, 7, key: "c"), grouped)
    #expect(third.incidentID != first.incidentID)
    // Ten minutes later the open incident takes in no more.
    #expect(try await accept(signal(.opened, 17, key: "d"), grouped).incidentID != third.incidentID)
  }

  @Test("after the clock was set back, alerts of one key are one incident still")
  func clockSetBack() async throws {
    _ = try await accept(signal(.opened, received: 60))
    _ = try await accept(signal(.resolved, received: 61))
    let next = try await accept(signal(.opened, received: 2))
    #expect(try await accept(signal(.opened, received: 3)).incidentID == next.incidentID)
    #expect(try await incidents().count == 2)
  }

  @Test("captures follow the changes that are configured, within their bounds")
  func captures() async throws {
    let policy = policy {
      $0.captureOn = [.opened, .acknowledged, .updated, .resolved]
      $0.updateInterval = 300
      $0.updateLimit = 2
    }
    func made(_ phase: SignalPhase, _ at: Double) async throws -> Bool {
      let capture = try await accept(signal(phase, at), policy).captureID
      while let row = try await state.database.claimCapture(at: minute(at + 1)) {
        try await state.database.fail(row.id, error: "", at: minute(at), retryAt: nil)
      }
      return capture != nil
    }
    #expect(try await made(.opened, 0))
    // Within the interval of the first one.
    #expect(try await made(.acknowledged, 3) == false)
    #expect(try await made(.updated, 6))
    #expect(try await made(.updated, 10) == false)
    #expect(try await made(.updated, 12))
    // Both that it may have were made.
    #expect(try await made(.updated, 20) == false)
    #expect(try await made(.resolved, 21))
    #expect(try await made(.closed, 22) == false)
    let rows = try await state.database.captures(of: try await only().id)
    #expect(rows.map(\.phase) == [.opened, .updated, .updated, .resolved])
  }

  @Test("an update that finds a capture waiting, or the queue full, asks for no other one")
  func coalesced() async throws {
    let policy = policy { $0.captureOn = [.opened, .updated] }
    _ = try await accept(signal(.opened, 0), policy)
    #expect(try await accept(signal(.updated, 10), policy).captureID == nil)
    _ = try await state.database.claimCapture(at: minute(11))
    let full = try await state.database.accept(
      signal(.updated, 12), body: state.redactor.redact("{}"), headers: [:], queueLimit: 1, policy: policy)
    #expect(full.captureID == nil && full.incidentID != nil)
    #expect(try await accept(signal(.updated, 13), policy).captureID != nil)
  }
}
