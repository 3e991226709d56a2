import Evidence
import Testing
import Timeline

@Suite("Merging")
struct MergeTests {
  @Test("neither the order of the groups nor that of their events matters")
  func stable() {
    let events = anyEvents(300)
    let once = Timeline.merge([events], limit: .max)
    for _ in 0..<20 {
      let shuffled = events.shuffled()
      let split = Int.random(in: 0...shuffled.count)
      #expect(Timeline.merge([Array(shuffled[..<split]), Array(shuffled[split...])], limit: .max) == once)
    }
  }

  @Test("events come by time, then by kind in the vocabulary's order, then by message")
  func order() {
    let merged = Timeline.merge(
      [
        [event(1, "b"), event(1, "a"), event(1, "z", kind: .incidentOpened)], [event(0, "c", kind: .capture)],
      ],
      limit: 10)
    #expect(merged.events.map(\.message) == ["c", "z", "a", "b"])
    #expect(merged.dropped == 0)
  }

  @Test("equal events become one, events that differ in anything do not")
  func duplicates() {
    let merged = Timeline.merge(
      [[event(1, "a"), event(1, "a")], [event(1, "a"), event(1, "a", actor: "x"), event(2, "a")]], limit: 10)
    #expect(merged.events.count == 3)
  }

  @Test("without repeats nothing is lost")
  func complete() {
    let events = (0..<500).map { event(Double($0), "message \($0)") }
    #expect(Timeline.merge([events.shuffled()], limit: 500).events == events)
  }

  @Test(
    "a message that repeats keeps its first and last event, and hides nothing beside it",
    arguments: [4, 5, 100])
  func flapping(count: Int) {
    let flaps = (0..<count).map { event(Double($0), "unit flaps", reference: "r:\($0)") }
    let others = (0..<count).map { event(Double($0) + 0.5, "other \($0)") }
    let merged = Timeline.merge([flaps, others], limit: .max)
    #expect(merged.dropped == 0)
    #expect(merged.events.filter { $0.message.hasPrefix("other") } == others)
    let kept = merged.events.filter { $0.message.hasPrefix("unit") }
    guard count >= 5 else {
      #expect(kept == flaps)
      return
    }
    #expect(kept.map(\.reference) == ["r:0", "r:\(count - 1)"])
    #expect(kept.first == flaps.first)
    #expect(
      kept.last?.message == "unit flaps (\(count) times since 2026-11-24T12:00:00Z, \(count - 2) not shown)")
  }

  @Test("beyond the limit the least telling events go first, and their number is told")
  func limit() {
    let starts = (0..<10).map { event(Double($0), "started \($0)", kind: .unitStarted) }
    let failures = (0..<3).map { event(Double($0), "failed \($0)") }
    let incident = [event(0, "opened", kind: .incidentOpened)]
    let merged = Timeline.merge([starts, failures, incident], limit: 6)
    #expect(merged.dropped == 8)
    #expect(
      merged.events.map(\.message).sorted() == [
        "failed 0", "failed 1", "failed 2", "opened", "started 8", "started 9",
      ])
    #expect(merged.events == merged.events.sorted { $0.at < $1.at })
    #expect(Timeline.merge([starts, failures, incident], limit: 1).events == incident)
    for none in [0, -1] {
      #expect(Timeline.merge([starts], limit: none) == Timeline.merge([starts], limit: 0))
      #expect(Timeline.merge([starts], limit: none).dropped == 10)
    }
    #expect(Timeline.merge([], limit: 5).events == [])
  }

  @Test("an incident's own steps are events, as far as they are known")
  func incident() {
    var incident = Incident(
      id: "INC-1", key: "k", source: "alertmanager", title: "Checkout is down", severity: "page",
      openedAt: noon,
      updatedAt: noon)
    #expect(Timeline.events(of: incident).map(\.kind) == [.incidentOpened])
    incident.startedAt = noon.adding(seconds: -60)
    incident.acknowledgedAt = noon.adding(seconds: 60)
    incident.mitigatedAt = noon.adding(seconds: 120)
    incident.resolvedAt = noon.adding(seconds: 180)
    let events = Timeline.events(of: incident)
    #expect(
      events.map(\.kind) == [
        .faultStarted, .incidentOpened, .incidentAcknowledged, .incidentMitigated, .incidentResolved,
      ])
    #expect(events.map { $0.at.seconds(since: noon) } == [-60, 0, 60, 120, 180])
    #expect(events.allSatisfy { $0.source == "alertmanager" && $0.severity == "page" })
    #expect(events[1].message == "incident INC-1 opened: Checkout is down")
  }
}
