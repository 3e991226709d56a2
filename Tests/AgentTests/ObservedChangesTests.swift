import Capture
import Deploys
import Evidence
import Foundation
import Logging
import Redaction
import Storage
import Testing

@testable import Agent

@Suite("Observed changes")
struct ObservedChangesTests {
  /// Tells one change a look, numbered by its cursor; fails where it is told to.
  private struct Counter: ChangeObserver {
    let name = "counter"
    let hindsight = 60.0
    var fails = false

    struct Failure: Error, CustomStringConvertible {
      var description: String { "no reply" }
    }

    func observe(after cursor: String?, at now: Timestamp, redactor: Redactor) throws -> Observation? {
      if fails { throw Failure() }
      let number = (cursor.flatMap { Int($0) } ?? 0) + 1
      let change = ObservedChange(
        at: now, kind: .image, source: name, subject: "image-\(number)", before: nil, after: nil)
      return Observation(changes: [change], cursor: "\(number)")
    }
  }

  private let bench: APIBench
  private let now = Timestamp(seconds: 1_795_521_600)

  init() throws {
    bench = try APIBench()
  }

  /// Another agent on the same state.
  private func agent() -> ObservedChanges {
    let lines = bench.lines
    return ObservedChanges(
      database: bench.database, metrics: bench.metrics,
      logger: Logger(label: "test") { _ in CapturedLogHandler(log: lines) })
  }

  private func subjects() throws -> [String] {
    let window = TimeWindow(from: now.adding(seconds: -9999), to: now.adding(seconds: 9999))
    return try bench.database.observations(in: window).map {
      try JSONDecoder().decode(ObservedChange.self, from: Data($0.utf8)).subject
    }
  }

  @Test("a restart neither repeats nor skips")
  func restarts() throws {
    for number in 0..<5 {
      _ = agent().look(
        [Counter()], redactor: bench.settings.value.redactor, at: now.adding(seconds: Double(number)))
    }
    #expect(try subjects() == (1...5).map { "image-\($0)" })
    #expect(try bench.database.position(of: "counter")?.since == now)
  }

  /// Sees nothing, and loses the second before each look.
  private struct Loser: ChangeObserver {
    let name = "loser"
    let hindsight = 0.0

    func observe(after cursor: String?, at now: Timestamp, redactor: Redactor) throws -> Observation? {
      let gap = Gap(
        artifact: "deploys/observed.jsonl", from: now.adding(seconds: -1), to: now, cause: .budget,
        detail: "lost, password=hunter2hunter2")
      return Observation(changes: [], cursor: "\(now)", gaps: [gap])
    }
  }

  @Test("a loss is told to every later capture, also after a restart, and is stored redacted")
  func losses() throws {
    let redactor = bench.settings.value.redactor
    #expect(agent().look([Loser()], redactor: redactor, at: now).contains { $0.to == now })
    let gaps = agent().look([], redactor: redactor, at: now.adding(seconds: 100))
    #expect(gaps.map(\.to) == [now] && gaps.map(\.from) == [now.adding(seconds: -1)])
    #expect(gaps.first?.detail.hasPrefix("lost, password=[REDACTED:password:") == true)
  }

  @Test("of too many losses the oldest become one that spans their time")
  func manyLosses() throws {
    let (agent, redactor) = (agent(), bench.settings.value.redactor)
    let limit = ObservedChanges.lossLimit
    for number in 0..<(limit + 10) {
      _ = agent.look([Loser()], redactor: redactor, at: now.adding(seconds: Double(number * 10)))
    }
    let gaps = agent.look([], redactor: redactor, at: now)
    #expect(gaps.count == limit)
    #expect(gaps.first?.from == now.adding(seconds: -1) && gaps.first?.to == now.adding(seconds: 100))
    #expect(gaps.first?.detail.contains("one of several losses") == true)
    #expect(gaps.dropFirst().first?.to == now.adding(seconds: 110))
    #expect(gaps.last?.to == now.adding(seconds: Double((limit + 9) * 10)))
  }

  @Test("looks at the same time are made one after the other")
  func concurrent() async throws {
    let (agent, redactor, now) = (agent(), bench.settings.value.redactor, now)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          _ = agent.look([Counter()], redactor: redactor, at: now.adding(seconds: Double(number)))
        }
      }
    }
    #expect(try Set(subjects()) == Set((1...8).map { "image-\($0)" }) && subjects().count == 8)
  }

  @Test("an observer that fails is a gap, logged once, and does not keep the others from looking")
  func failure() throws {
    let agent = agent()
    for _ in 0..<3 {
      let gaps = agent.look(
        [Counter(fails: true), HostObserver()], redactor: bench.settings.value.redactor, at: now)
      #expect(
        gaps.contains {
          $0.cause == .sourceError && $0.detail.contains("counter") && $0.detail.contains("no reply")
        })
      #expect(gaps.contains { $0.cause == .historyStart && $0.to == now && $0.detail.contains("host") })
    }
    #expect(bench.lines.messages.count { $0.contains("Could not look for changes") } == 1)
    #expect(try bench.database.position(of: "counter") == nil)
  }

  @Test("the oldest observations go when there are too many")
  func limit() throws {
    let redactor = bench.settings.value.redactor
    for number in 0..<15 {
      try bench.database.commit(
        observer: "x", cursor: redactor.redact("{}"),
        changes: [(now.adding(seconds: Double(number)), redactor.redact("{\"n\":\(number)}"))], at: now,
        keeping: 10)
    }
    let window = TimeWindow(from: now, to: now.adding(seconds: 100))
    #expect(try bench.database.observations(in: window) == (5..<15).map { "{\"n\":\($0)}" })
  }
}
