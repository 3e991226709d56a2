package import Evidence
internal import Foundation
internal import GRDB

/// The agent's durable state: incidents, signals, the capture queue, the deploy ledger.
///
/// SQLite in WAL mode with `synchronous=FULL`: when a write returns, its WAL frame has been fsynced, so
/// what was acknowledged survives a power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).
/// Every text in it came out of `Redaction`.
package struct StateDatabase: Sendable {
  let pool: DatabasePool
  /// For what many may write at the same time.
  let commits: GroupCommit
  /// Makes room on a full disk; returns whether there is some now.
  let whenFull: @Sendable () async -> Bool
  /// See `Timestamp.booted()`.
  let bootedAt: @Sendable () -> Timestamp

  /// Opens or creates the database, mode 0600, and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - path: of the file; its folder is there.
  ///   - bootedAt: when the host was booted, by its clock: by how much this changes the clock was set.
  ///   - whenFull: makes room on a full disk, if it can, and returns whether there is some now.
  ///   - whenNotMoved: told when the write-ahead log begins to grow for good: see `Checkpoints`.
  /// - Throws: `StorageError` when the file is not a database of ours or cannot be written.
  package init(
    path: String, bootedAt: @escaping @Sendable () -> Timestamp = { .booted() },
    whenFull: @escaping @Sendable () async -> Bool = { false },
    whenNotMoved: @escaping @Sendable (any Error) -> Void = { _ in }
  ) throws {
    self.bootedAt = bootedAt
    self.whenFull = whenFull
    var configuration = Configuration()
    configuration.label = "exhibit.state"
    configuration.maximumReaderCount = 4
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA synchronous = FULL")
      // Evidence is deleted for good when it is deleted: no readable remains in free pages.
      try database.execute(sql: "PRAGMA secure_delete = ON")
      try Checkpoints.prepare(database)
    }
    do {
      pool = try DatabasePool(path: path, configuration: configuration)
      commits = GroupCommit(pool, try Checkpoints(path: path, whenFailed: whenNotMoved))
      try Self.migrator.migrate(pool)
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
    for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path + suffix)
    }
  }

  /// Reads one row: the watchdog's proof that the database answers.
  package func ping() async throws {
    _ = try await mapErrors { try await pool.read { try Int.fetchOne($0, sql: "SELECT 1") } }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: schema1)
    }
    migrator.registerMigration("deploys-1", migrate: migrateDeployLedger)
    migrator.registerMigration("observations-1", migrate: migrateObservations)
    migrator.registerMigration("observations-2", migrate: migrateLosses)
    migrator.registerMigration("tokens-1", migrate: migrateTokens)
    migrator.registerMigration("lifecycle-1", migrate: migrateLifecycle)
    migrator.registerMigration("holds-1", migrate: migrateHolds)
    migrator.registerMigration("retention-1", migrate: migrateRetention)
    return migrator
  }

  private static let schema1 = """
    CREATE TABLE incident (
      id TEXT PRIMARY KEY, key TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, severity TEXT,
      state TEXT NOT NULL, opened_at TEXT NOT NULL, started_at TEXT, acknowledged_at TEXT, mitigated_at TEXT,
      resolved_at TEXT, updated_at TEXT NOT NULL, labels TEXT NOT NULL, links TEXT NOT NULL
    ) STRICT;
    CREATE INDEX incident_by_key ON incident (source, key, opened_at);
    CREATE INDEX incident_by_time ON incident (opened_at, id);

    CREATE TABLE signal (
      id INTEGER PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incident ON DELETE CASCADE,
      source TEXT NOT NULL, delivery_id TEXT, phase TEXT NOT NULL, received_at TEXT NOT NULL,
      headers TEXT NOT NULL, body BLOB
    ) STRICT;
    CREATE UNIQUE INDEX signal_by_delivery ON signal (source, delivery_id) WHERE delivery_id IS NOT NULL;
    CREATE INDEX signal_by_incident ON signal (incident_id, id);

    CREATE TABLE capture (
      id TEXT PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incident ON DELETE CASCADE,
      phase TEXT NOT NULL, sequence INTEGER NOT NULL, state TEXT NOT NULL, requested_at TEXT NOT NULL,
      not_before TEXT NOT NULL, started_at TEXT, finished_at TEXT, attempts INTEGER NOT NULL, error TEXT,
      bundle_name TEXT, bundle_bytes INTEGER, bundle_sha256 TEXT, completeness REAL, gaps INTEGER,
      redactions INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX capture_by_sequence ON capture (incident_id, sequence);
    CREATE INDEX capture_by_state ON capture (state, not_before);

    CREATE TABLE deploy (
      id TEXT PRIMARY KEY, at TEXT NOT NULL, delivery_id TEXT UNIQUE, document TEXT NOT NULL
    ) STRICT;
    CREATE INDEX deploy_by_time ON deploy (at);
    """
}
