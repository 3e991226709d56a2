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
