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
    let policy = RetentionPolicy(maximumAge: 100, maximumBytes: 25)
    let now = Timestamp.start
    let rows = (0..<4).map { index in
      var row = CaptureRow.done("c\(index)", bytes: 10)
      row.finishedAt = now.adding(seconds: index == 3 ? -200 : -10)
      return row
    }
    #expect(policy.expired(rows, total: 40, at: now).map(\.id) == ["c0", "c1", "c3"])
    #expect(policy.expired(Array(rows.prefix(2)), total: 20, at: now).isEmpty)
  }

  @Test("a bundle of an open incident does not go, until nobody has touched it for long")
  func openIncidentKeeps() async throws {
    try await state.accept(.alert("k"))
    let row = try #require(try await state.database.claimCapture(at: .start))
    try await state.database.finish(row.id, with: result("b"), at: .start)
    #expect(try await state.database.expendableCaptures(untouchedSince: .start).isEmpty)
    let later = Timestamp.start.adding(seconds: 1)
    #expect(try await state.database.expendableCaptures(untouchedSince: later).map(\.id) == [row.id])
    try await state.accept(.alert("k", phase: .resolved))
    #expect(try await state.database.expendableCaptures(untouchedSince: .start).map(\.id) == [row.id])
  }

  @Test("pruning forgets incidents without a bundle, and nothing that waits")
  func prune() async throws {
    try await state.accept(.alert("waits"))
    try await state.database.prune(before: Timestamp.start.adding(seconds: 10))
    #expect(try await state.database.incidents(state: nil, after: nil, limit: 10).elements.count == 1)
    let row = try #require(try await state.database.claimCapture(at: .start))
    try await state.database.finish(row.id, with: result("b"), at: .start)
    try await state.database.forgetBundle(row.id)
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
