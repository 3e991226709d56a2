internal import GRDB
internal import Synchronization

/// Commits what many tasks write at the same time together: one fsync for all of them.
///
/// Each has a savepoint of its own: one that fails takes nothing of the others with it. None is told of success before
/// the commit of all.
final class GroupCommit: Sendable {
  /// Writes of one transaction: no other writer waits longer for its turn.
  static let limit = 256

  /// One write: does it, and gives back how to tell of it, once it is known whether the transaction was committed.
  private typealias Job = @Sendable (Database) throws -> (@Sendable ((any Error)?) -> Void)

  private struct State {
    var waiting: [(job: Job, abort: @Sendable (any Error) -> Void)] = []
    var isScheduled = false
  }

  private let pool: DatabasePool
  private let checkpoints: Checkpoints
  private let state = Mutex(State())

  init(_ pool: DatabasePool, _ checkpoints: Checkpoints) {
    self.pool = pool
    self.checkpoints = checkpoints
  }

  /// Runs `body` in a transaction that others may share.
  ///
  /// - Returns: what `body` returned, once it is on the disk.
  /// - Throws: what `body` throws, or what keeps the transaction from being committed.
  func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let job: Job = { database in
        let result = try Self.inSavepoint(database, body)
        return { failure in continuation.resume(with: failure.map { .failure($0) } ?? result) }
      }
      let mustSchedule = state.withLock { state in
        state.waiting.append((job, { continuation.resume(throwing: $0) }))
        defer { state.isScheduled = true }
        return !state.isScheduled
      }
      if mustSchedule { schedule() }
    }
  }

  /// - Throws: where the error has rolled back the whole transaction: there is nothing left to go on with
  ///   (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
  private static func inSavepoint<Value>(
    _ database: Database, _ body: (Database) throws -> Value
  ) throws -> Result<Value, any Error> {
    do {
      var value: Value?
      try database.inSavepoint {
        value = try body(database)
        return .commit
      }
      guard let value else { throw DatabaseError(message: "a savepoint was not run") }
      return .success(value)
    } catch {
      guard database.isInsideTransaction else { throw error }
      return .failure(error)
    }
  }

  private func schedule() {
    pool.asyncWriteWithoutTransaction { [self] database in
      let jobs = state.withLock { state in
        let jobs = Array(state.waiting.prefix(Self.limit))
        state.waiting.removeFirst(jobs.count)
        return jobs
      }
      var tells: [@Sendable ((any Error)?) -> Void] = []
      do {
        try database.inTransaction(.immediate) {
          for (job, _) in jobs { tells.append(try job(database)) }
          return .commit
        }
        for tell in tells { tell(nil) }
        checkpoints.noteCommit()
      } catch {
        for tell in tells { tell(error) }
        for (_, abort) in jobs.dropFirst(tells.count) { abort(error) }
      }
      // Behind the other writers that wait by now.
      let isMore = state.withLock { state in
        state.isScheduled = !state.waiting.isEmpty
        return state.isScheduled
      }
      if isMore { schedule() }
    }
  }
}
