import Evidence
import Foundation
import Redaction
import Storage
import Testing

@Suite("The capture queue")
struct QueueTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  private func result(_ name: String, bytes: Int = 10) -> CaptureResult {
    CaptureResult(
      bundleName: name, bytes: bytes, sha256: String(repeating: "0", count: 64), completeness: 1, gaps: 0,
      redactions: 0)
  }

  @Test("captures are claimed once, in the order of their signals")
  func order() async throws {
    for index in 0..<3 {
      try await state.accept(.alert("k\(index)", at: Timestamp.start.adding(seconds: Double(index))))
    }
    let later = Timestamp.start.adding(seconds: 60)
    var claimed: [String] = []
    while let row = try await state.database.claimCapture(at: later) { claimed.append(row.incidentID) }
    #expect(
      claimed == [
        "alertmanager-20261124T040000Z", "alertmanager-20261124T040001Z", "alertmanager-20261124T040002Z",
      ])
  }

  @Test("a failed capture waits for its retry, and keeps its reason")
  func retry() async throws {
    try await state.accept(.alert("k"))
    let row = try #require(try await state.database.claimCapture(at: .start))
    let retryAt = Timestamp.start.adding(seconds: 5)
    try await state.database.fail(row.id, error: "disk-full: …", at: .start, retryAt: retryAt)
    #expect(try await state.database.claimCapture(at: .start) == nil)
    #expect(try await state.database.nextDue() == retryAt)
    let again = try #require(try await state.database.claimCapture(at: retryAt))
    #expect(again.attempts == 2)
    #expect(again.error == "disk-full: …")
    try await state.database.fail(row.id, error: "no", at: retryAt, retryAt: nil)
    #expect(try await state.database.capture(row.id)?.state == .failed)
  }

  @Test("what was running when the agent died is made anew, with growing delays, but not for ever")
  func interrupted() async throws {
    try await state.accept(.alert("k"))
    var now = Timestamp.start
    var delays: [Double] = []
    for _ in 1..<10 {
      let row = try #require(try await state.database.claimCapture(at: now))
      #expect(try await state.database.requeueInterrupted(at: now).queued == [row.id])
      let due = try #require(try await state.database.nextDue())
      delays.append(max(0, due.seconds(since: now)))
      now = max(now, due)
    }
    #expect(delays == [0, 0, 5, 10, 20, 40, 80, 160, 300])
    let row = try #require(try await state.database.claimCapture(at: now))
    #expect(try await state.database.requeueInterrupted(at: now).failed == [row.id])
    let failed = try #require(try await state.database.capture(row.id))
    #expect(failed.state == .failed && failed.attempts == 10 && failed.failures == 0)
    #expect(failed.error?.contains("10 tries") == true)
  }

  @Test("a capture that failed for good is made again when it is asked for, and no other one is")
  func retryFailed() async throws {
    try await state.accept(.alert("k"))
    let row = try #require(try await state.database.claimCapture(at: .start))
    await #expect(throws: StorageError.notFailed(.running)) {
      try await state.database.retryCapture(row.id, queueLimit: 10)
    }
    try await state.database.fail(row.id, error: "no", at: .start, retryAt: nil)
    #expect(try await state.database.queueLength() == 0)
    await #expect(throws: StorageError.queueFull(limit: 0)) {
      try await state.database.retryCapture(row.id, queueLimit: 0)
    }
    let again = try #require(try await state.database.retryCapture(row.id, queueLimit: 10))
    #expect(again.state == .queued && again.failures == 0 && again.attempts == 1 && again.error == "no")
    #expect(try await state.database.claimCapture(at: .start)?.id == row.id)
    #expect(try await state.database.retryCapture("none", queueLimit: 10) == nil)
  }

  @Test("waits for a full disk are no failures")
  func diskFull() async throws {
    try await state.accept(.alert("k"))
    for counts in [false, false, true] {
      let row = try #require(try await state.database.claimCapture(at: .start))
      try await state.database.fail(row.id, error: "e", at: .start, retryAt: .start, counts: counts)
    }
    let row = try #require(try await state.database.claimCapture(at: .start))
    #expect(row.failures == 1 && row.attempts == 4)
  }

  @Test("a clock that was set back delays no capture, and the order stays that of the signals")
  func clockSetBack() async throws {
    try await state.accept(.alert("first"))
    let row = try #require(try await state.database.claimCapture(at: .start))
    try await state.database.fail(row.id, error: "e", at: .start, retryAt: .start.adding(seconds: 300))
    try await state.accept(.alert("second"))
    let hourBack = Timestamp.start.adding(seconds: -3600)
    try await state.accept(.alert("third", at: hourBack))
    var claimed: [String] = []
    while let row = try await state.database.claimCapture(at: hourBack) { claimed.append(row.incidentID) }
    #expect(
      claimed == [
        "alertmanager-20261124T040000Z", "alertmanager-20261124T040000Z.2", "alertmanager-20261124T030000Z",
      ])
  }

  @Test("a capture that was released has not been tried")
  func release() async throws {
    try await state.accept(.alert("k"))
    let row = try #require(try await state.database.claimCapture(at: .start))
    try state.database.release(row.id)
    #expect(try await state.database.claimCapture(at: .start)?.attempts == 1)
  }

  @Test("listings page through everything once, newest first")
  func pages() async throws {
    for index in 0..<7 {
      try await state.accept(.alert("k\(index)", at: Timestamp.start.adding(seconds: Double(index / 2))))
    }
    var seen: [String] = []
    var cursor: String?
    repeat {
      let page = try await state.database.incidents(state: .open, after: cursor, limit: 3)
      seen += page.elements.map(\.id)
      cursor = page.next
    } while cursor != nil
    #expect(seen.count == 7)
    #expect(Set(seen).count == 7)
  }

  @Test("retention removes the oldest ended bundles beyond the total, and those past their age")
  func retention() throws {
    let policy = RetentionPolicy(maximumBytes: 25, maximumCount: 100) { _ in 100 }
    let rows = (0..<4).map { bundle("c\($0)", age: $0 == 3 ? 200 : 10) }
    #expect(policy.expired(rows, total: .init(bytes: 40, count: 4), at: .start).map(\.id) == ["c3", "c0"])
    #expect(policy.expired(Array(rows.prefix(2)), total: .init(bytes: 20, count: 2), at: .start).isEmpty)
    #expect(
      policy.expired(Array(rows.prefix(2)), total: .init(bytes: 90, count: 9), at: .start).map(\.id)
        == ["c0", "c1"], "what may not go counts, too")
  }

  private func bundle(_ id: String, age: Double, severity: String? = nil) -> ExpendableBundle {
    var row = CaptureRow.done(id, bytes: 10)
    row.finishedAt = Timestamp.start.adding(seconds: -age)
    return ExpendableBundle(capture: row, severity: severity)
  }

  @Test("what is graver is kept longer, and goes last where there are too many")
  func severities() {
    let policy = RetentionPolicy(maximumBytes: 1000, maximumCount: 2) { $0 == "critical" ? 1000 : 100 }
    let rows = [
      bundle("old-critical", age: 500, severity: "critical"), bundle("old", age: 150),
      bundle("young", age: 10), bundle("younger", age: 5, severity: "warning"),
    ]
    #expect(
      policy.expired(rows, total: .init(bytes: 40, count: 4), at: .start).map(\.id) == ["old", "young"])
    #expect(policy.expired([rows[0]], total: .init(bytes: 10, count: 1), at: .start).isEmpty)
  }

  private func expendable(after seconds: Double = 0) async throws -> [String] {
    try await state.database.expendableBundles(at: Timestamp.start.adding(seconds: seconds)) { _ in 100 }
      .map(\.capture.id)
  }

  private func sealed(_ signal: Signal) async throws -> CaptureRow {
    try await state.accept(signal)
    let row = try #require(try await state.database.claimCapture(at: .start))
    try await state.database.finish(row.id, with: result("b"), at: .start)
    return row
  }

  @Test("a bundle of an open incident never goes, whatever its age")
  func openIncidentKeeps() async throws {
    let row = try await sealed(.alert("k"))
    #expect(try await expendable(after: 1e9).isEmpty)
    try await state.accept(.alert("k", phase: .resolved))
    #expect(try await expendable() == [row.id])
  }

  @Test("one that was opened by hand counts as ended when nobody has touched it for long")
  func openedByHand() async throws {
    var signal = Signal.alert("k")
    signal.source = StateDatabase.manualSource
    let row = try await sealed(signal)
    #expect(try await expendable(after: 99).isEmpty)
    #expect(try await expendable(after: 101) == [row.id])
  }

  @Test("a hold keeps bundles and incident until it is released", arguments: HoldKind.allCases)
  func hold(kind: HoldKind) async throws {
    let row = try await sealed(.alert("k"))
    try await state.accept(.alert("k", phase: .resolved))
    let reason = state.redactor.redact("case 7")
    _ = try await state.database.placeHold(
      on: row.incidentID, kind: kind, reason: reason, by: "t", at: .start)
    #expect(try await expendable(after: 1e6).isEmpty)
    let removed = try await state.database.removeBundle(row.id, at: .start) {
      Issue.record("the file was removed")
    }
    #expect(!removed)
    try await state.database.prune(before: Timestamp.start.adding(seconds: 1e6))
    #expect(try await state.database.incident(row.incidentID) != nil)
    #expect(try await state.database.releaseHold(on: row.incidentID))
    #expect(try await expendable() == [row.id])
  }

  @Test("an incident that opened again after it was listed keeps its bundle")
  func reopened() async throws {
    let row = try await sealed(.alert("k"))
    let removed = try await state.database.removeBundle(row.id, at: .start) {
      Issue.record("the file was removed")
    }
    #expect(!removed)
    #expect(try await state.database.bundleTotals() == BundleTotals(bytes: 10, count: 1))
  }

  @Test("pruning forgets incidents without a bundle, and nothing that waits")
  func prune() async throws {
    try await state.accept(.alert("waits"))
    try await state.database.prune(before: Timestamp.start.adding(seconds: 10))
    #expect(try await state.database.incidents(state: nil, after: nil, limit: 10).elements.count == 1)
    let row = try #require(try await state.database.claimCapture(at: .start))
    try await state.database.finish(row.id, with: result("b"), at: .start)
    try await state.accept(.alert("waits", phase: .resolved))
    let second = try #require(try await state.database.claimCapture(at: .start))
    try await state.database.finish(second.id, with: result("c"), at: .start)
    for id in [row.id, second.id] {
      let removed = try await state.database.removeBundle(id, at: .start) {}
      #expect(removed)
    }
    try await state.database.prune(before: Timestamp.start.adding(seconds: 10))
    #expect(try await state.database.incidents(state: nil, after: nil, limit: 10).elements.isEmpty)
  }

  @Test("the database's files are its owner's alone")
  func modes() throws {
    for suffix in ["", "-wal"] {
      let path = state.folder.path + "/exhibit.sqlite" + suffix
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(suffix)")
    }
  }
}

extension CaptureRow {
  static func done(_ id: String, bytes: Int) -> CaptureRow {
    let json = """
      {"id": "\(id)", "incident_id": "i", "phase": "opened", "sequence": 1, "state": "done",
       "requested_at": "2026-11-24T04:00:00Z", "not_before": "2026-11-24T04:00:00Z", "attempts": 1,
       "failures": 0, "interruptions": 0,
       "bundle_name": "\(id)", "bundle_bytes": \(bytes)}
      """
    do {
      return try JSONDecoder().decode(CaptureRow.self, from: Data(json.utf8))
    } catch {
      preconditionFailure("the row does not decode: \(error)")
    }
  }
}
