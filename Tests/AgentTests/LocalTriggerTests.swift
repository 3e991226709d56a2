import Evidence
import Foundation
import Logging
import Signals
import Storage
import Testing

@testable import Agent

private func event(_ subject: String, kind: TriggerKind = .unitFailed, at: Timestamp = .noon) -> TriggerEvent
{
  TriggerEvent(kind: kind, subject: subject, unit: nil, at: at, message: "m", identity: "\(subject) \(at)")
}

extension Timestamp {
  fileprivate static let noon = Timestamp(seconds: 1_795_521_600)
}

@Suite("The bounds of local triggers")
struct TriggerLimiterTests {
  @Test("one signal a key and interval, so many of all keys in an hour, and what is beyond is told once")
  func bounds() {
    var limiter = TriggerLimiter()
    func take(_ subject: String, _ seconds: Double) -> TriggerLimiter.Decision {
      limiter.take(event(subject), at: .noon.adding(seconds: seconds), interval: 600, perHour: 3)
    }
    #expect(take("a", 0) == .pass)
    #expect(take("a", 599) == .known)
    #expect(take("a", 600) == .pass)
    #expect(take("b", 601) == .pass)
    #expect(take("c", 602) == .refused(isFirst: true))
    #expect(take("c", 603) == .refused(isFirst: false))
    #expect(take("c", 3700) == .pass)
    // An hour back: nothing waits for the clock to come round again.
    #expect(take("a", -3000) == .pass)
    #expect(limiter.lastSeen("unit-failed/a") == .noon.adding(seconds: -3000))
  }

  @Test("a storm of keys is remembered within bounds")
  func keys() {
    var limiter = TriggerLimiter()
    for number in 0..<5000 {
      let now = Timestamp.noon.adding(seconds: Double(number))
      _ = limiter.take(event("\(number)"), at: now, interval: 600, perHour: 10)
    }
    #expect((0..<5000).count { limiter.lastSeen("unit-failed/\($0)") != nil } == TriggerLimiter.keyLimit)
    #expect(limiter.lastSeen("unit-failed/4999") != nil)
  }
}

@Suite(
  "Local triggers",
  .enabled(if: FileManager.default.isExecutableFile(atPath: remote), "needs systemd-journal-remote"))
struct LocalTriggerTests {
  private let bench: APIBench

  init() throws {
    bench = try APIBench { configuration, root in
      configuration.journal.directory = root + "/journal"
      configuration.triggers.unitFailed = true
      configuration.triggers.coredump = true
      configuration.triggers.oom = true
      configuration.triggers.pressure = [PressureThreshold(resource: "memory", share: "full", percent: 20)]
    }
    try FileManager.default.createDirectory(
      atPath: bench.root + "/journal", withIntermediateDirectories: false)
    try pressure(0)
  }

  private var triggers: LocalTriggers {
    let lines = bench.lines
    return LocalTriggers(
      database: bench.database, settings: bench.settings, intake: bench.api.intake, metrics: bench.metrics,
      audit: bench.api.audit,
      logger: Logger(label: "test") { _ in CapturedLogHandler(log: lines) }, pressureFolder: bench.root)
  }

  private func pressure(_ percent: Double) throws {
    let text = """
      some avg10=\(percent + 1) avg60=0.00 avg300=0.00 total=1
      full avg10=\(percent) avg60=0.00 avg300=0.00 total=1

      """
    try Data(text.utf8).write(to: URL(filePath: bench.root + "/memory"))
  }

  /// Writes entries, `seconds` after noon, into a journal file of their own.
  private func journal(_ entries: [(seconds: Double, fields: [String: String])]) throws {
    var export = ""
    for (index, entry) in entries.enumerated() {
      export += "__REALTIME_TIMESTAMP=\(Timestamp.noon.adding(seconds: entry.seconds).microseconds)\n"
      export += "__MONOTONIC_TIMESTAMP=\(1_000_000 + index)\n_BOOT_ID=\(String(repeating: "1", count: 32))\n"
      for (name, value) in entry.fields.sorted(by: { $0.key < $1.key }) { export += "\(name)=\(value)\n" }
      export += "\n"
    }
    let process = Process()
    process.executableURL = URL(filePath: remote)
    process.arguments = ["-o", bench.root + "/journal/\(UUID().uuidString).journal", "-"]
    let input = Pipe()
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(export.utf8))
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private func unitFailed(_ unit: String) -> [String: String] {
    [
      "MESSAGE_ID": "d9b373ed55a64feb8242e02dbe79a49c", "_PID": "1", "UNIT": unit, "UNIT_RESULT": "exit-code",
      "MESSAGE": "\(unit): Failed with result 'exit-code'.",
    ]
  }

  private func incidents() async throws -> [Incident] {
    try await bench.database.incidents(state: nil, after: nil, limit: 100).elements.reversed()
  }

  @Test("each opens one incident, whatever comes beside it, and none when it is seen again")
  func opens() async throws {
    try journal([
      (1, unitFailed("shop.service")),
      (1.5, ["MESSAGE": "shop failed", "UNIT": "shop.service", "_PID": "77"]),
      (
        2,
        [
          "MESSAGE_ID": "98e322203f7a4ed290d09fe03c09fe15", "_PID": "1", "UNIT": "job.service",
          "EXIT_CODE": "exited", "EXIT_STATUS": "1", "MESSAGE": "job.service: Main process exited",
        ]
      ),
      (
        3,
        [
          "MESSAGE_ID": "fc2e22bc6ee647b6b90729ab34a250b1", "_UID": "0", "COREDUMP_UNIT": "shop.service",
          "COREDUMP_COMM": "shop", "COREDUMP_SIGNAL_NAME": "SIGSEGV",
          "MESSAGE": "Process 7 (shop) dumped core.",
        ]
      ),
      (4, ["_TRANSPORT": "kernel", "MESSAGE": "Out of memory: Killed process 9 (db) total-vm:1kB"]),
    ])
    var state = LocalTriggers.State()
    await triggers.look(&state, at: .noon)
    await triggers.look(&state, at: .noon.adding(seconds: 10))
    let found = try await incidents()
    #expect(found.map(\.key) == ["unit-failed/shop.service", "oom"])
    #expect(found.first?.title == "shop.service failed (exit-code)")
    #expect(found.first?.labels["unit"] == "shop.service")
    #expect(found.first?.startedAt == .noon.adding(seconds: 1))
    #expect(try await bench.database.queueLength() == 2)
    // The core dump of the unit is a signal of the same incident.
    #expect(try await bench.database.signals(of: try #require(found.first).id).count == 2)
    // Another run of the agent, which was not told how far the one before had come.
    var next = LocalTriggers.State()
    await triggers.look(&next, at: .noon.adding(seconds: 12))
    #expect(try await incidents().count == 2)
    #expect(bench.lines.messages.count { $0.contains("A trigger opened an incident") } == 2)
  }

  @Test("after a quiet time the incident is over, and pressure that goes on keeps it open")
  func quiet() async throws {
    try pressure(20)
    var state = LocalTriggers.State()
    await triggers.look(&state, at: .noon)
    #expect(try await incidents().isEmpty)
    try pressure(35.5)
    for minute in 0...30 { await triggers.look(&state, at: .noon.adding(seconds: Double(minute) * 60)) }
    #expect(try await incidents().map(\.key) == ["pressure/memory"])
    #expect(try await incidents().map(\.state) == [.open])
    #expect(try await incidents().first?.title.contains("35.5 %") == true)
    try pressure(1)
    for minute in 31...39 { await triggers.look(&state, at: .noon.adding(seconds: Double(minute) * 60)) }
    #expect(try await incidents().map(\.state) == [.open])
    for minute in 40...42 { await triggers.look(&state, at: .noon.adding(seconds: Double(minute) * 60)) }
    #expect(try await incidents().map(\.state) == [.resolved])
  }

  @Test("a pattern finds what no field tells, and its secrets are redacted")
  func patterns() async throws {
    var settings = bench.settings.value
    settings.configuration.triggers = .init()
    settings.configuration.triggers.journal = [try #require(TextPattern("*Replication stopped*"))]
    bench.settings.replace(with: settings)
    try journal([
      (1, ["MESSAGE": "replication is fine"]),
      (2, ["MESSAGE": "db: REPLICATION stopped, password=hunter2hunter2 was refused"]),
    ])
    var state = LocalTriggers.State()
    await triggers.look(&state, at: .noon)
    await triggers.look(&state, at: .noon.adding(seconds: 10))
    let found = try #require(try await incidents().first)
    #expect(found.key == "journal/*Replication stopped*")
    #expect(found.title.contains("REPLICATION stopped") && !found.title.contains("hunter2"))
  }

  @Test("a kernel without pressure stall information is told once, and the journal is looked at nevertheless")
  func trouble() async throws {
    try FileManager.default.removeItem(atPath: bench.root + "/memory")
    try journal([(1, unitFailed("shop.service"))])
    var state = LocalTriggers.State()
    for second in 0..<4 { await triggers.look(&state, at: .noon.adding(seconds: Double(second))) }
    #expect(bench.lines.messages.count { $0.contains("Could not look for triggers") } == 1)
    #expect(bench.lines.messages.contains { $0.contains("boot with psi=1") })
    #expect(try await incidents().map(\.key) == ["unit-failed/shop.service"])
  }

  @Test(
    "a threshold that makes no sense is told with how to write it",
    arguments: [
      "memory", "memory full", "disk full 20", "memory all 20", "memory full 0", "io some 101", "io some x",
    ])
  func thresholds(text: String) {
    #expect(throws: Complaint.self) { try PressureThreshold.parse(text) }
  }
}

private let remote = "/lib/systemd/systemd-journal-remote"
