internal import GRDB
internal import Synchronization

/// Moves what was committed out of the write-ahead log into the database, beside the commits.
///
/// SQLite does that by itself in the commit that makes the log long enough, and all who wait for that commit wait for a
/// thousand pages and two more fsyncs. This does it on a connection and a thread of its own, as `PASSIVE`, which no
/// writer waits for (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
final class Checkpoints: Sendable {
  /// Commits after which the log is moved: some hundreds of pages.
  static let interval = 64
  /// Pages of the log at which a commit moves what is left of it, after which SQLite begins the log anew: while commits
  /// follow one another, a checkpoint beside them never gets to the end of it. 16 MiB.
  static let logLimit = 4096

  private struct State {
    var commits = 0
    var isRunning = false
    var isFailing = false
  }

  private let queue: DatabaseQueue
  private let state = Mutex(State())
  private let whenFailed: @Sendable (any Error) -> Void

  /// - Parameters:
  ///   - path: of the database, which is there and in WAL mode.
  ///   - whenFailed: called once when moving begins to fail. Nothing is lost then, but the log grows: SQLite says
  ///     nothing of it in the commits.
  /// - Throws: `DatabaseError` where it cannot be opened.
  init(path: String, whenFailed: @escaping @Sendable (any Error) -> Void) throws {
    self.whenFailed = whenFailed
    var configuration = Configuration()
    configuration.label = "exhibit.checkpoints"
    configuration.prepareDatabase { database in
      // What is moved is fsynced before the log is written over, as by the writer itself.
      try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// What a writer's connection needs, so that it leaves the log to this.
  static func prepare(_ database: Database) throws {
    try database.execute(sql: "PRAGMA wal_autocheckpoint = \(logLimit)")
  }

  /// Says that something was committed. Never waits.
  func noteCommit() {
    let isDue = state.withLock { state in
      state.commits += 1
      guard state.commits >= Self.interval, !state.isRunning else { return false }
      (state.commits, state.isRunning) = (0, true)
      return true
    }
    guard isDue else { return }
    queue.asyncWriteWithoutTransaction { [self] database in
      let result = Result { try database.checkpoint(.passive) }
      let failure: (any Error)? = if case .failure(let error) = result { error } else { nil }
      let wasFailing = state.withLock { state in
        state.isRunning = false
        defer { state.isFailing = failure != nil }
        return state.isFailing
      }
      if let failure, !wasFailing { whenFailed(failure) }
    }
  }
}
