import Bundle
import Evidence
import Foundation
import Logging
import Redaction
import Storage
import Testing

@testable import Agent

@Suite("A state that is damaged")
struct StateRecoveryTests {
  private let bench: APIBench

  init() throws {
    bench = try APIBench { configuration, _ in
      configuration.journal.enabled = false
      configuration.configHistory.enabled = false
      configuration.observed.enabled = false
      configuration.packages.enabled = false
      configuration.bundles.diskFloor = 0
    }
  }

  private var recovery: StateRecovery {
    let lines = bench.lines
    return StateRecovery(
      folder: bench.folder, logger: Logger(label: "test") { _ in CapturedLogHandler(log: lines) })
  }

  /// Signals of one incident, each followed by the capture that it asks for.
  private func makeBundles() async throws -> [CaptureRow] {
    let redactor = bench.settings.value.redactor
    let worker = Task { try await bench.api.intake.worker.run() }
    defer { worker.cancel() }
    for phase in [SignalPhase.opened, .resolved] {
      let signal = Signal(
        source: "generic", incidentKey: "k", incidentID: "INC-1", phase: phase, title: "t", receivedAt: .now()
      )
      _ = try await bench.database.accept(signal, body: redactor.redact("{}"), headers: [:], queueLimit: 64)
      bench.api.intake.worker.wake()
      while try await bench.database.queueLength() > 0 { try await Task.sleep(for: .milliseconds(20)) }
    }
    return try await bench.database.captures(of: "INC-1")
  }

  /// Has SQLite write everything into the file itself.
  private func checkpoint() throws {
    let script =
      "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')"
    let process = try Process.run(
      URL(filePath: "/usr/bin/env"), arguments: ["python3", "-c", script, bench.folder.database])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted() }
  }

  @Test(
    "its damaged database is moved aside and named, and the bundles are listed anew", arguments: [0, 4096])
  func damaged(offset: Int) async throws {
    let made = try await makeBundles()
    #expect(made.map(\.state) == [.done, .done])
    #expect(made[0].windowTo == made[1].windowFrom)
    try checkpoint()
    let file = try FileHandle(forUpdating: URL(filePath: bench.folder.database))
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: Data(repeating: 0xA5, count: 40_000))
    try file.close()
    for suffix in ["-wal", "-shm"] {
      try FileManager.default.removeItem(atPath: bench.folder.database + suffix)
    }
    let database = try await recovery.open(at: .now())
    let aside = try #require(try names.first { $0.contains(".damaged-") })
    #expect(bench.lines.messages.contains { $0.contains("moved aside") && $0.contains(aside) })
    let listed = try await database.captures(matching: .bundles, after: nil, limit: 10).elements
    #expect(listed.map(\.id) == made.map(\.id).reversed())
    #expect(listed.map(\.bundleSHA256) == made.map(\.bundleSHA256).reversed())
    #expect(listed.last?.windowTo == made.first?.windowTo)
    let incident = try #require(try await database.incident("INC-1"))
    #expect(incident.state == .resolved && incident.moments.map(\.point) == [.opened, .resolved])
    // The service goes on: the next capture of the incident has the next number.
    _ = try await database.enqueueCapture(incident: "INC-1", phase: .manual, at: .now(), queueLimit: 10)
    #expect(try await database.captures(of: "INC-1").map(\.sequence) == [1, 2, 3])
  }

  @Test("a file that is no bundle is named, and the others are listed")
  func unreadable() async throws {
    let made = try await makeBundles()
    let name = try #require(made.last?.bundleName)
    let path = bench.folder.bundles.file(named: name)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    try Data("no bundle".utf8).write(to: URL(filePath: path))
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.removeItem(atPath: bench.folder.database + suffix)
    }
    try Data("this is no database, and was never one".utf8).write(to: URL(filePath: bench.folder.database))
    let database = try await recovery.open(at: .now())
    #expect(
      try await database.captures(matching: .bundles, after: nil, limit: 10).elements.map(\.id) == [
        made[0].id
      ])
    #expect(bench.lines.messages.contains { $0.contains("cannot be read") && $0.contains(name) })
  }

  @Test("what waited in a damaged database is made nevertheless, as far as SQLite reads it")
  func salvaged() async throws {
    let redactor = bench.settings.value.redactor
    for number in 0..<300 {
      let signal = Signal(
        source: "generic", incidentKey: "k\(number)", incidentID: "INC-\(number)", phase: .opened, title: "t",
        receivedAt: .now())
      let body = redactor.redact(String(repeating: "body ", count: 200))
      _ = try await bench.database.accept(signal, body: body, headers: [:], queueLimit: 1000)
    }
    try checkpoint()
    let file = try FileHandle(forUpdating: URL(filePath: bench.folder.database))
    let size = Int(try file.seekToEnd())
    // Somewhere among the bodies, which are most of it.
    try file.seek(toOffset: UInt64(size / 2 / 4096 * 4096))
    try file.write(contentsOf: Data(repeating: 0xA5, count: 8192))
    try file.close()
    for suffix in ["-wal", "-shm"] {
      try FileManager.default.removeItem(atPath: bench.folder.database + suffix)
    }
    let database = try await recovery.open(at: .now())
    let incidents = try await database.incidents(state: nil, after: nil, limit: 500).elements.count
    let waiting = try await database.queueLength()
    #expect(bench.lines.messages.contains { $0.contains("what could be read of it is kept") })
    #expect(incidents > 100 && waiting > 100, "\(incidents) incidents, \(waiting) captures of 300")
  }

  @Test("a sound one stays as it is, and of damaged ones the latest three are kept")
  func bounded() async throws {
    #expect(try DamagedDatabase.setAside(bench.folder.database, at: .now()) == nil)
    let path = bench.root + "/other.sqlite"
    #expect(try DamagedDatabase.setAside(path, at: .now()) == nil)
    for second in 0..<5 {
      try Data("no database, but long enough to be looked at as one".utf8).write(to: URL(filePath: path))
      let moved = try #require(
        try DamagedDatabase.setAside(path, at: Timestamp(seconds: Int64(second))))
      #expect(moved.reason.contains("not a database") && !FileManager.default.fileExists(atPath: path))
    }
    let kept = try FileManager.default.contentsOfDirectory(atPath: bench.root).filter {
      $0.contains("damaged")
    }
    #expect(kept.count == 3 && kept.contains("other.sqlite.damaged-19700101T000004Z"))
  }

  @Test("a damaged audit is moved aside, and the new one says so in its first row")
  func audit() async throws {
    let folder = try StateFolder(path: bench.root + "/other")
    try Data("no database, but long enough to be looked at as one".utf8).write(
      to: URL(filePath: folder.audit))
    let recovery = StateRecovery(folder: folder, logger: recovery.logger)
    let (log, restart) = try recovery.openAudit(
      bounds: bench.settings.value.configuration.audit.bounds, at: .now())
    let moved = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).first {
        $0.hasPrefix("audit.sqlite.damaged-")
      })
    let said = try #require(restart)
    #expect(said.contains(moved))
    let audit = Audit(log: log, settings: bench.settings, metrics: AgentMetrics(), logger: recovery.logger)
    await audit.restarted(said)
    let rows = try await log.rows(before: nil, limit: 10).elements
    #expect(rows.map(\.action) == ["audit.restarted"] && rows[0].detail.contains(moved))
  }

  @Test("a clock that is behind what the state holds is said at the start")
  func clockBehind() async throws {
    let made = try await makeBundles()
    let before = try #require(made.first).requestedAt.adding(seconds: -3600)
    _ = try await recovery.open(at: before)
    #expect(bench.lines.messages.contains { $0.contains("The clock is behind") })
  }

  @Test("a step of the clock is said once, with its size and its direction")
  func clockSteps() {
    let lines = bench.lines
    let now = Timestamp(seconds: 10_000)
    let watch = ClockWatch(
      metrics: bench.metrics, logger: Logger(label: "test") { _ in CapturedLogHandler(log: lines) },
      bootedAt: { now })
    #expect(watch.look(since: now.adding(seconds: 0.9)) == now)
    #expect(lines.messages.isEmpty)
    _ = watch.look(since: now.adding(seconds: 3600))
    _ = watch.look(since: now.adding(seconds: -60))
    #expect(lines.messages.count == 2)
    #expect(lines.messages[0].contains("set back") && lines.messages[0].contains("-3600"))
    #expect(bench.metrics.text().contains("exhibit_clock_steps_total{direction=\"back\"} 1.0"))
  }

  @Test("a folder that cannot be written to is said, with what to do about it")
  func unwritable() throws {
    // /proc takes no folders, whoever asks.
    let error = #expect(throws: StateFolderError.self) { try StateFolder(path: "/proc/exhibit") }
    #expect(error?.description.contains("/proc/exhibit: ") == true)
    #expect(error?.description.contains("another state_directory") == true)
  }
}
