import Evidence
import Foundation
import Testing
import Timeline

@Suite("What changed before it broke")
struct RankingTests {
  private func incident(service: String? = "checkout", title: String = "many errors", started: Double? = 0)
    -> Incident
  {
    Incident(
      id: "INC-1", key: "k", source: "alertmanager", title: title, openedAt: noon.adding(seconds: 60),
      startedAt: started.map { noon.adding(seconds: $0) }, updatedAt: noon,
      labels: service.map { ["service": $0] } ?? [:])
  }

  private func ranked(_ events: [TimelineEvent], _ incident: Incident? = nil) -> ChangeRanking {
    Timeline.rankChanges(Timeline.merge([events], limit: 1000).events, of: incident ?? self.incident())
      .ranking
  }

  private let unrelated = event(-100, "/etc/motd modified", kind: .config)

  @Test("of two changes of one kind at one time the one of the incident's service comes first, and says why")
  func service() {
    let ranking = ranked([
      unrelated, event(-100, "checkout upgraded 1→2", kind: .deploy, service: "checkout"),
      event(-100, "cart upgraded 1→2", kind: .deploy, service: "cart"),
    ])
    #expect(
      ranking.changes.map(\.event.message) == [
        "checkout upgraded 1→2", "cart upgraded 1→2", "/etc/motd modified",
      ])
    #expect(ranking.changes.map(\.rank) == [1, 2, 3])
    #expect(
      ranking.changes.first?.reasons.map(\.text) == [
        "00:01:40 before the fault", "of the incident's service checkout", "a change of the kind deploy",
      ])
    #expect(ranking.changes.first?.points == 85 && ranking.changes.first?.secondsToOnset == 100)
  }

  @Test(
    "every reason counts",
    arguments: [
      (
        event(-100, "/etc/checkout/app.yaml modified", kind: .config), "names the incident's service checkout"
      ),
      (
        event(-100, "cart 1→2: FAILED", kind: .deploy, severity: "err", service: "cart"),
        "the change itself failed"
      ),
      (event(-100, "apt upgraded nginx 1→2", kind: .package), "nginx failed 00:00:50 after it"),
      (
        event(-100, "/etc/redis/redis.conf modified", kind: .config),
        "redis started or reloaded 00:00:20 after it"
      ),
      (event(-4000, "linux 6.1→6.2", kind: .system), "01:06:40 before the fault"),
      (event(-100, "systemd read its units anew", kind: .unitReloaded), "a change of the kind unit.reloaded"),
    ])
  func reasons(change: TimelineEvent, reason: String) throws {
    let ranking = ranked([
      change, event(-80, "redis.service started", kind: .unitStarted, service: "redis.service"),
      event(-50, "nginx.service failed", kind: .unitFailed, service: "nginx.service"),
    ])
    let only = try #require(ranking.changes.first)
    #expect(ranking.changes.count == 1 && only.reasons.map(\.text).contains(reason), "\(only.reasons)")
  }

  @Test("the nearer change comes first, and of changes that are as good as each other the later one")
  func distance() {
    let seconds = [-30_000.0, -10_000, -2000, -600, -200, -100]
    let ranking = ranked(seconds.map { event($0, "/etc/\(-$0) modified", kind: .config) })
    #expect(ranking.changes.map(\.event.at) == seconds.reversed().map { noon.adding(seconds: $0) })
    let points = ranking.changes.map(\.points)
    #expect(points == points.sorted(by: >) && Set(points).count == 5)
  }

  @Test("what came after the fault, and what is no change, has no rank")
  func candidates() {
    let events = [
      event(1, "late", kind: .deploy), event(-1, "nginx.service started", kind: .unitStarted),
      event(-1, "nginx.service failed"),
      event(-1, "nginx.service reloaded", kind: .unitReloaded, service: "nginx.service"),
      event(-1, "host booted", kind: .boot), event(-1, "gap", kind: .gap),
    ]
    #expect(ranked(events).changes.isEmpty)
    #expect(ranked(events, incident(started: nil)).changes.map(\.event.message) == ["late"])
  }

  @Test("a service is found as a word, of whatever case, and not within another word")
  func words() {
    let names = incident(service: "check", title: "CART is down")
    let ranking = ranked(
      [
        event(-100, "/etc/checkout.conf modified", kind: .config),
        event(-100, "x", kind: .deploy, service: "cart"),
        event(-100, "/etc/check/a modified", kind: .config),
      ], names)
    let texts = Dictionary(
      uniqueKeysWithValues: ranking.changes.map { ($0.event.message, $0.reasons.map(\.text)) })
    #expect(texts["x"]?.contains("of the incident's service cart") == true)
    #expect(texts["/etc/check/a modified"]?.contains("names the incident's service check") == true)
    #expect(texts["/etc/checkout.conf modified"]?.contains { $0.contains("service") } == false)
  }

  @Test(
    "the order in which events come in never changes the ranking, and points are the sum of their reasons")
  func deterministic() {
    for _ in 0..<50 {
      let events = anyEvents(60)
      let incident = incident(started: 20)
      let first = ranked(events, incident)
      #expect(ranked(events.shuffled(), incident) == first)
      #expect(
        first.changes.allSatisfy {
          $0.points == $0.reasons.reduce(0) { $0 + $1.points } && !$0.reasons.isEmpty
        })
      #expect(first.changes.map(\.rank) == Array(1..<(first.changes.count + 1)))
    }
  }

  @Test("beyond 50 changes the rest is counted")
  func limit() {
    let ranking = ranked((0..<70).map { event(-Double($0) - 1, "/etc/\($0) modified", kind: .config) })
    #expect(ranking.changes.count == 50 && ranking.omitted == 20)
  }

  @Test("a hundred failing units and ten thousand changes are ranked at once")
  func bounded() {
    let failures = (0..<6000).map {
      event(Double($0 % 100), "unit\($0 % 600) failed", service: "unit\($0 % 600).service")
    }
    let changes = (0..<10_000).map {
      event(-Double($0) - 1, "/etc/unit\($0)/a.conf modified in /srv", kind: .config)
    }
    let ranking = Timeline.rankChanges((changes.reversed() + failures), of: incident()).ranking
    #expect(ranking.changes.count == 50 && ranking.omitted == 9950)
  }

  @Test("a line of ranked-changes.jsonl is JSON with the reasons, and timeline.jsonl has the rank")
  func json() throws {
    let ranked = Timeline.rankChanges(
      [
        event(
          -100, "checkout \"2\"\n", kind: .deploy, reference: "deploys/deploys.jsonl:1", service: "checkout")
      ],
      of: incident())
    let line = Data(Timeline.jsonLines(ranked.ranking))
    let object = try #require(JSONSerialization.jsonObject(with: line) as? [String: Any])
    #expect(
      object["rank"] as? Int == 1 && object["points"] as? Int == 85
        && object["seconds_to_onset"] as? Int == 100)
    #expect(
      object["message"] as? String == "checkout \"2\"\n"
        && object["ref"] as? String == "deploys/deploys.jsonl:1")
    let reasons = try #require(object["reasons"] as? [[String: Any]])
    #expect(reasons.count == 3 && reasons.first?["points"] as? Int == 40)
    let parsed = try Timeline.parse(Array(Timeline.jsonLines(ranked.events).dropLast()))
    #expect(parsed.rank == 1 && parsed.service == "checkout")
  }
}
