internal import Evidence
internal import Foundation
internal import GRDB
internal import Synchronization

/// The audit: rows that are only ever added, each with the hash of the one before.
///
/// A file of its own, so that its transactions do not delay the intake of signals, and what befalls one of the two
/// databases leaves the other. Rows that wait for the disk share one transaction: many at a time cost one fsync.
package final class AuditLog: Sendable {
  /// Takes the row that an entry became, or why it did not; called in the order of the rows.
  package typealias Completion = @Sendable (Result<AuditRow, any Error>) -> Void

  /// Entries that may wait for the disk; each is of a request that waits, too.
  private static let waitingLimit = 16_384

  private struct State {
    var waiting: [(entry: AuditEntry, completion: Completion)] = []
    /// Entries that could not be written since the last row.
    var lost = 0
    /// The last row as this process knows it; what the file says otherwise is tampering.
    var head: AuditHead
    var bounds: AuditBounds
  }

  let pool: DatabasePool
  private let checkpoints: Checkpoints
  private let state: Mutex<State>

  /// Opens or creates the file, mode 0600.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - bounds: see `bound(to:)`.
  ///   - whenNotMoved: told when the write-ahead log begins to grow for good: see `Checkpoints`.
  /// - Throws: `StorageError` when it is no database of ours or cannot be written.
  package init(
    path: String, bounds: AuditBounds, whenNotMoved: @escaping @Sendable (any Error) -> Void = { _ in }
  ) throws {
    var configuration = Configuration()
    configuration.label = "exhibit.audit"
    configuration.maximumReaderCount = 2
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA synchronous = FULL")
      try Checkpoints.prepare(database)
    }
    do {
      pool = try DatabasePool(path: path, configuration: configuration)
      checkpoints = try Checkpoints(path: path, whenFailed: whenNotMoved)
      try AuditSchema.migrator.migrate(pool)
      state = Mutex(State(head: try pool.read { try AuditHead.stored(in: $0) }, bounds: bounds))
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
    for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path + suffix)
    }
  }

  /// Holds the audit to these from the next row on: what is too much or too old is removed as rows are added.
  package func bound(to bounds: AuditBounds) {
    state.withLock { $0.bounds = bounds }
  }

  /// Adds an entry. When the completion gets its row, that is on the disk.
  ///
  /// - Parameters:
  ///   - entry: what to add.
  ///   - completion: called once, on a thread of the database's.
  package func append(_ entry: AuditEntry, _ completion: @escaping Completion) {
    let count = state.withLock { state in
      guard state.waiting.count < Self.waitingLimit else {
        state.lost += 1
        return -1
      }
      state.waiting.append((entry, completion))
      return state.waiting.count
    }
    if count < 0 { return completion(.failure(StorageError.database("too much waits to be audited"))) }
    // Whoever comes first asks for a transaction; it takes along all who have come until it begins.
    if count == 1 { writeWaiting() }
  }

  /// See `append(_:_:)`.
  ///
  /// - Returns: the row, on the disk.
  /// - Throws: `StorageError` when it cannot be written; the next row that can says how many were not.
  @discardableResult
  package func append(_ entry: AuditEntry) async throws -> AuditRow {
    try await withCheckedThrowingContinuation { continuation in
      append(entry) { continuation.resume(with: $0) }
    }
  }

  private func writeWaiting() {
    let taken = Mutex<[(entry: AuditEntry, completion: Completion)]>([])
    let batch = Batch(taken: taken)
    pool.asyncWrite { [self] database in
      let (waiting, lost, head, bounds) = state.withLock { state in
        defer { state.waiting = [] }
        return (state.waiting, state.lost, state.head, state.bounds)
      }
      batch.taken.withLock { $0 = waiting }
      var chain = try AuditChain(database, expecting: head)
      if lost > 0 {
        try chain.add(
          .ofAgent("audit.lost", detail: "\(lost) entries could not be written; the agent's log has them"))
      }
      let rows = try waiting.map { try chain.add($0.entry) }
      try chain.prune(to: bounds, at: .now())
      return (rows: rows, head: chain.head, lost: lost)
    } completion: { [self] _, result in
      let waiting = batch.taken.withLock { $0 }
      switch result {
      case .success(let written):
        state.withLock { state in
          state.head = written.head
          state.lost -= written.lost
        }
        for (row, waiter) in zip(written.rows, waiting) { waiter.completion(.success(row)) }
        checkpoints.noteCommit()
      case .failure(let error):
        let error = (error as? DatabaseError).map(StorageError.init) ?? error
        state.withLock { $0.lost += waiting.count }
        for waiter in waiting { waiter.completion(.failure(error)) }
      }
    }
  }

  /// What one transaction took; its completion answers them however it ended.
  private final class Batch: Sendable {
    let taken: Mutex<[(entry: AuditEntry, completion: Completion)]>

    init(taken: consuming Mutex<[(entry: AuditEntry, completion: Completion)]>) {
      self.taken = taken
    }
  }
}

/// How far the audit may grow.
package struct AuditBounds: Sendable, Equatable {
  /// Rows at most; 100 and more.
  package var rows: Int
  /// Seconds for which a row is kept.
  package var age: Double

  package init(rows: Int, age: Double) {
    self.rows = rows
    self.age = age
  }
}

extension AuditEntry {
  static func ofAgent(_ action: String, detail: String, at now: Timestamp = .now()) -> AuditEntry {
    AuditEntry(
      at: now, action: action, principal: "agent", remote: "local", subject: "audit", detail: detail)
  }
}
