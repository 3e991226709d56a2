import Evidence
import Foundation
import Journal
import Logging
import Redaction
import Storage
import Testing

@testable import Agent

/// An agent's state with a journal of one file beside it, which has a header and nothing else.
private struct FreezeBench {
  let bench: APIBench
  var journal: String { bench.root + "/journal" }
  var freezes: JournalFreezes { bench.freezes }

  init(enabled: Bool = true) throws {
    bench = try APIBench { configuration, root in
      configuration.journal.directory = root + "/journal"
      configuration.journal.freeze.enabled = enabled
    }
    try FileManager.default.createDirectory(atPath: journal, withIntermediateDirectories: false)
    var header = Data("LPKSHHRH".utf8) + Data(count: 272 - 8)
    // Header size and number of entries; times of 0 are none, and match every window.
    header[88] = 208
    header[152] = 1
    try header.write(to: URL(filePath: journal + "/system.journal"))
  }

  /// A capture that waits.
  func capture(_ incident: String) async throws -> CaptureRow {
    let signal = Signal(
      source: "generic", incidentKey: incident, incidentID: incident, phase: .opened, title: "t",
      receivedAt: .now())
    let redacted = bench.settings.value.redactor.redact("{}")
    let id = try await bench.database.accept(signal, body: redacted, headers: [:], queueLimit: 64).captureID
    return try #require(try await bench.database.unfinishedCaptures().first { $0.id == id })
  }

  func serving<R>(
    _ freezes: JournalFreezes, _ body: () async throws -> R
  ) async throws -> R {
    let service = Task { try await freezes.run() }
    do {
      let result = try await body()
      service.cancel()
      try await service.value
      return result
    } catch {
      service.cancel()
      throw error
    }
  }

  /// Another run of the agent over the same state.
  func restarted() -> JournalFreezes {
    JournalFreezes(
      database: bench.database, folder: bench.folder.freezes, settings: bench.settings,
      metrics: bench.metrics, logger: Logger(label: "test"))
  }

  func isPinned(_ id: String) throws -> Bool {
    try !FileManager.default.contentsOfDirectory(atPath: "\(journal)/.exhibit/\(id)").isEmpty
  }

  /// Names of captures that hold anything.
  var held: Set<String> {
    get throws {
      try Set(
        ["\(journal)/.exhibit", bench.folder.freezes].flatMap { folder in
          FileManager.default.fileExists(atPath: folder)
            ? try FileManager.default.contentsOfDirectory(atPath: folder) : []
        })
    }
  }
}

@Suite("Freezes of the journal")
struct JournalFreezesTests {
  @Test("A capture is frozen once, at its signal, and holds nothing after its release")
  func once() async throws {
    let bench = try FreezeBench()
    let row = try await bench.capture("INC-1")
    await bench.freezes.request(row.id, at: row.requestedAt)
    try await bench.serving(bench.freezes) {
      let freeze = try #require(await bench.freezes.freeze(for: row))
      #expect(freeze.takenAt >= row.requestedAt)
      #expect(freeze.files.map(\.method) == [.link])
      #expect(try bench.held == [row.id])
      await bench.freezes.request(row.id, at: .now())
      #expect(await bench.freezes.freeze(for: row) == freeze)
      await bench.freezes.keep(row.id)
      #expect(try bench.held == [row.id])
      await bench.freezes.release(row.id)
      #expect(try bench.held == [])
    }
  }

  @Test("At the signal the journal is pinned, however long its capture waits for its turn")
  func beforeTheQueue() async throws {
    let bench = try FreezeBench()
    var captures: Set<String> = []
    for number in 0..<3 {
      let signal = Signal(
        source: "local", incidentKey: "k\(number)", phase: .opened, title: "t", receivedAt: .now())
      captures.insert(try #require(try await bench.bench.api.intake.acceptLocal(signal).captureID))
    }
    // No worker runs: the queue stands still.
    try await bench.serving(bench.freezes) {
      // The folder of a capture is made first, its links after that.
      while try bench.held != captures || !captures.allSatisfy(bench.isPinned) {
        try await Task.sleep(for: .milliseconds(5))
      }
      try FileManager.default.removeItem(atPath: bench.journal + "/system.journal")
      let waiting = try await bench.bench.database.unfinishedCaptures()
      #expect(Set(waiting.map(\.id)) == captures && waiting.allSatisfy { $0.state == .queued })
      for row in waiting {
        let freeze = try #require(await bench.freezes.freeze(for: row))
        #expect(
          freeze.files.map(\.method) == [.link] && freeze.files.allSatisfy { access($0.readPath, R_OK) == 0 })
      }
    }
  }

  @Test("A capture that goes on from the one before has the journal pinned from where that one ends")
  func follows() async throws {
    let bench = try FreezeBench()
    let first = try await bench.capture("INC-1")
    let long = Timestamp.now().adding(seconds: -86_400)
    _ = try await bench.bench.database.claimCapture(at: .now())
    try await bench.bench.database.finish(
      first.id,
      with: CaptureResult(
        bundleName: "b", bytes: 1, sha256: "", completeness: 1, gaps: 0, redactions: 0,
        window: TimeWindow(from: long.adding(seconds: -60), to: first.requestedAt)), at: .now())
    let end = Signal(
      source: "generic", incidentKey: "INC-1", phase: .resolved, title: "t",
      receivedAt: .now().adding(seconds: 86_400))
    let capture = try await bench.bench.api.intake.acceptLocal(end).captureID
    let row = try #require(try await bench.bench.database.unfinishedCaptures().first { $0.id == capture })
    #expect(row.phase == .resolved)
    let start = try await bench.bench.database.evidenceStart(of: row, bench.bench.settings.value)
    #expect(start == first.requestedAt)
    try await bench.serving(bench.freezes) {
      #expect(await bench.freezes.freeze(for: row)?.from == first.requestedAt)
    }
  }

  @Test("Captures that wait together are all frozen, to the same instant: they share one sync")
  func storm() async throws {
    let bench = try FreezeBench()
    var rows: [CaptureRow] = []
    for number in 0..<20 { rows.append(try await bench.capture("INC-\(number)")) }
    for row in rows { await bench.freezes.request(row.id, at: row.requestedAt) }
    try await bench.serving(bench.freezes) {
      var instants: Set<Timestamp> = []
      for row in rows { instants.insert(try #require(await bench.freezes.freeze(for: row)).takenAt) }
      #expect(instants.count == 1)
    }
    let metrics = bench.bench.metrics.text()
    #expect(metrics.contains("exhibit_journal_freeze_seconds_count 20.0"))
    #expect(metrics.contains("exhibit_journal_freeze_files_total{method=\"link\"} 20.0"))
    #expect(metrics.contains("exhibit_journal_freezes_held 20.0"))
  }

  @Test("After a crash a waiting capture has its freeze still, one without gets it, and the rest goes")
  func crash() async throws {
    let bench = try FreezeBench()
    let frozen = try await bench.capture("INC-1")
    let done = try await bench.capture("INC-2")
    let before = try await bench.serving(bench.freezes) {
      #expect(await bench.freezes.freeze(for: done) != nil)
      return await bench.freezes.freeze(for: frozen)
    }
    try await bench.bench.database.fail(done.id, error: "test", at: .now(), retryAt: nil)
    let late = try await bench.capture("INC-3")
    let next = bench.restarted()
    try await bench.serving(next) {
      #expect(await next.freeze(for: frozen)?.takenAt == before?.takenAt)
      #expect(await next.freeze(for: late) != nil)
      let held = try bench.held
      #expect(held == [frozen.id, late.id])
    }
  }

  @Test("Switched off, nothing is frozen, and nothing waits for it")
  func disabled() async throws {
    let bench = try FreezeBench(enabled: false)
    let row = try await bench.capture("INC-1")
    await bench.freezes.request(row.id, at: row.requestedAt)
    #expect(await bench.freezes.freeze(for: row) == nil)
    #expect(try bench.held == [])
  }

  @Test("An agent that stops leaves nobody waiting")
  func stopped() async throws {
    let bench = try FreezeBench()
    let row = try await bench.capture("INC-1")
    try await bench.serving(bench.freezes) {}
    #expect(await bench.freezes.freeze(for: row) == nil)
  }
}
