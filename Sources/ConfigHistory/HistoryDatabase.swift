internal import Evidence
internal import FoundationEssentials
internal import GRDB
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The SQLite file of the history: who may open it, its schema, and its few single values.
struct HistoryDatabase: Sendable {
  let path: String
  let queue: DatabaseQueue

  init(path: String, queue: DatabaseQueue) {
    self.path = path
    self.queue = queue
  }

  /// Creates the file with mode 0600 before SQLite does; its WAL takes the mode over.
  init(path: String) throws(ConfigHistoryError) {
    self.path = path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw ConfigHistoryError(call: "open", path: path, code: errno) }
    let result = fchmod(descriptor, 0o600)
    let code = errno
    close(descriptor)
    guard result == 0 else { throw ConfigHistoryError(call: "fchmod", path: path, code: code) }
    queue = try Self.wrapping(path) {
      let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
      try Self.migrator.migrate(queue)
      return queue
    }
  }

  func read<T>(_ body: (Database) throws -> T) throws(ConfigHistoryError) -> T {
    try Self.wrapping(path) { try queue.read(body) }
  }

  /// One transaction.
  func write<T>(_ body: (Database) throws -> T) throws(ConfigHistoryError) -> T {
    try Self.wrapping(path) { try queue.write(body) }
  }

  /// Statements that cannot be part of a transaction.
  func withoutTransaction(_ body: (Database) throws -> Void) throws(ConfigHistoryError) {
    try Self.wrapping(path) { try queue.writeWithoutTransaction(body) }
  }

  static func wrapping<T>(_ path: String, _ body: () throws -> T) throws(ConfigHistoryError) -> T {
    do {
      return try body()
    } catch let error as ConfigHistoryError {
      throw error
    } catch let error as DatabaseError {
      // GRDB's own description shows the SQL but hides the bound values; the message is SQLite's.
      throw ConfigHistoryError(
        path: path,
        problem: "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "no message")",
        remedy: "check free space; if the file is damaged, move it away and a new history begins")
    } catch {
      // A decoding error shows the row in its description: only its type may leave.
      throw ConfigHistoryError(
        path: path, problem: "\(type(of: error))",
        remedy: "the file is damaged or of another version; move it away and a new history begins")
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
      try db.execute(sql: "PRAGMA secure_delete = FAST")
    }
    return configuration
  }

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(sql: schema)
    }
    migrator.registerMigration("attributes, actors, compression") { db in
      try db.execute(sql: additions)
    }
    migrator.registerMigration("observations") { try $0.execute(sql: observationSchema) }
    // Of what was stored before it is not known.
    migrator.registerMigration("secrets") {
      try $0.execute(sql: "ALTER TABLE entry ADD COLUMN secrets INTEGER NOT NULL DEFAULT 1")
    }
    migrator.registerMigration("hidden names") {
      try $0.execute(
        sql: "CREATE TABLE hidden_name (hash BLOB PRIMARY KEY, name BLOB NOT NULL) STRICT, WITHOUT ROWID")
    }
    migrator.registerMigration("identities") {
      try $0.execute(sql: "ALTER TABLE version ADD COLUMN identity BLOB")
    }
    return migrator
  }

  /// Times are nanoseconds since the epoch. `entry` is the last look at each path, `version` one row for each
  /// state that a path was seen in, with a `type` of NULL for "not there".
  private static let schema = """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
    CREATE TABLE blob (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE entry (
      id INTEGER PRIMARY KEY, folder BLOB NOT NULL, name BLOB NOT NULL,
      live INTEGER NOT NULL, listed INTEGER NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL,
      mode INTEGER NOT NULL, uid INTEGER NOT NULL, gid INTEGER NOT NULL, size INTEGER NOT NULL,
      device INTEGER NOT NULL, inode INTEGER NOT NULL, modified INTEGER NOT NULL, changed INTEGER NOT NULL,
      number INTEGER NOT NULL,
      UNIQUE (folder, name)
    ) STRICT;
    CREATE TABLE version (
      id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry (id),
      seen_at INTEGER NOT NULL, previous_seen_at INTEGER, baseline INTEGER NOT NULL,
      type TEXT, mode INTEGER, uid INTEGER, gid INTEGER, size INTEGER, modified INTEGER, changed INTEGER,
      content TEXT, keyed_hash BLOB, blob INTEGER REFERENCES blob (id), target BLOB
    ) STRICT;
    CREATE INDEX version_entry ON version (entry, id);
    CREATE INDEX version_seen ON version (seen_at, entry) WHERE baseline = 0;
    CREATE INDEX version_blob ON version (blob) WHERE blob IS NOT NULL;
    """

  /// `xattrs` are redacted lines (`ExtendedAttributes`), NULL where they are not known; `actor` is a
  /// `ChangeActor` as JSON; `size` is that of a blob before zstd, NULL where it is not compressed.
  private static let additions = """
    ALTER TABLE version ADD COLUMN xattrs BLOB;
    ALTER TABLE version ADD COLUMN actor BLOB;
    ALTER TABLE blob ADD COLUMN size INTEGER;
    """
}

/// The single values of the history.
enum MetaKey: String {
  /// When the oldest state that is complete was seen.
  case historyStart = "history_start"
  /// The last scan that saw every path of its scope.
  case lastFinishedScan = "last_finished_scan"
  /// The scope of the last scan that was not stopped, as JSON.
  case scope
  /// HMAC of a constant: tells whether the hashes of the store were made with this key.
  case keyCheck = "key_check"
  /// By what the names of files were redacted; see `Redactor.fingerprint`.
  case nameRules = "name_rules"
  /// By what `entry.secrets` was told; see `Redactor.fingerprint`.
  case contentRules = "content_rules"
}

extension Database {
  func time(_ key: MetaKey) throws -> Timestamp? {
    try Int64.fetchOne(self, sql: "SELECT value FROM meta WHERE name = ?", arguments: [key.rawValue])
      .map { Timestamp(nanoseconds: $0) }
  }

  func data(_ key: MetaKey) throws -> Data? {
    try Data.fetchOne(self, sql: "SELECT value FROM meta WHERE name = ?", arguments: [key.rawValue])
  }

  func set(_ key: MetaKey, _ value: some DatabaseValueConvertible) throws {
    try execute(
      sql: "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      arguments: [key.rawValue, value])
  }

  func set(_ key: MetaKey, _ time: Timestamp) throws {
    try set(key, time.nanoseconds)
  }
}
