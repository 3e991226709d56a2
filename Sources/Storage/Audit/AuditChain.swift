internal import Evidence
internal import GRDB

/// The end of the chain.
package struct AuditHead: Sendable, Hashable {
  /// 0 before the first row.
  package var sequence: Int64
  package var hash: String

  package init(sequence: Int64, hash: String) {
    self.sequence = sequence
    self.hash = hash
  }

  /// The last row, else the checkpoint.
  static func stored(in database: Database) throws -> AuditHead {
    let row =
      try database.row("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
      ?? database.row("SELECT sequence, hash FROM checkpoint")
    return row.map { AuditHead(sequence: $0["sequence"], hash: $0["hash"]) }
      ?? AuditHead(sequence: 0, hash: AuditRow.genesis)
  }
}

/// Adds rows within a transaction.
struct AuditChain {
  /// What the row says that follows rows which this process did not write, or that lacks those which it did.
  static let discontinuity = "audit.discontinuity"
  /// What the row says that vouches for a checkpoint.
  static let pruned = "audit.pruned"

  private let database: Database
  private(set) var head: AuditHead

  /// Begins where the file ends. Where that is not `expected`, the head as the process left it, a row says so.
  init(_ database: Database, expecting expected: AuditHead) throws {
    self.database = database
    head = try AuditHead.stored(in: database)
    guard head != expected else { return }
    // Somebody else wrote to the file. Go on after whichever is later, so that the hole shows, and say so.
    let found = head
    if expected.sequence > found.sequence { head = expected }
    try add(
      .ofAgent(
        Self.discontinuity,
        detail: "expected \(expected.sequence) \(expected.hash), found \(found.sequence) \(found.hash)"))
  }

  @discardableResult
  mutating func add(_ entry: AuditEntry) throws -> AuditRow {
    let row = AuditRow(entry, sequence: head.sequence + 1, previous: head.hash)
    try database.run(
      """
      INSERT INTO audit (sequence, at, action, principal, remote, subject, detail, previous, hash)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        row.sequence, row.at.rfc3339, row.action, row.principal, row.remote, row.subject, row.detail,
        row.previous, row.hash,
      ])
    head = AuditHead(sequence: row.sequence, hash: row.hash)
    return row
  }

  /// Removes the oldest rows where there are too many or too old ones, and leaves a checkpoint of the last of them, for
  /// which a row vouches. A tenth more than is needed goes, or what comes due within a day, so that it is not done for
  /// each row.
  mutating func prune(to bounds: AuditBounds, at now: Timestamp) throws {
    let oldest = try database.row("SELECT sequence, at FROM audit ORDER BY sequence LIMIT 1")
    guard let oldest, let first = oldest["sequence"] as Int64?, let at = oldest["at"] as String? else {
      return
    }
    let expiry = now.adding(seconds: -bounds.age)
    var last = first - 1
    if head.sequence - first >= Int64(bounds.rows) {
      last = head.sequence - Int64(bounds.rows - bounds.rows / 10)
    }
    if at < expiry.adding(seconds: -86_400).rfc3339 {
      let kept = try Int64.fetchOne(
        database, sql: "SELECT MIN(sequence) FROM audit WHERE at >= ?", arguments: [expiry.rfc3339])
      last = max(last, (kept ?? head.sequence) - 1)
    }
    guard last >= first else { return }
    try remove(through: last, at: now)
  }

  private mutating func remove(through last: Int64, at now: Timestamp) throws {
    let hash = try String.fetchOne(
      database, sql: "SELECT hash FROM audit WHERE sequence = ?", arguments: [last])
    guard let hash else { return }
    try add(.ofAgent(Self.pruned, detail: Self.checkpoint(last, hash), at: now))
    try database.execute(sql: "DELETE FROM checkpoint")
    try database.execute(
      sql: "INSERT INTO checkpoint (sequence, hash, at) VALUES (?, ?, ?)",
      arguments: [last, hash, now.rfc3339])
    try database.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [last])
  }

  static func checkpoint(_ sequence: Int64, _ hash: String) -> String { "through \(sequence) \(hash)" }
}

enum AuditSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("audit-1") { try $0.execute(sql: schema1) }
    return migrator
  }

  /// The triggers keep a mistake in a statement from changing the past; who owns the file can remove them, and is
  /// found by the hashes.
  private static let schema1 = """
    CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, action TEXT NOT NULL, principal TEXT NOT NULL,
      remote TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, previous TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_subject ON audit (subject, sequence);
    CREATE TABLE checkpoint (sequence INTEGER PRIMARY KEY, hash TEXT NOT NULL, at TEXT NOT NULL) STRICT;
    CREATE TRIGGER audit_keeps_rows BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
    CREATE TRIGGER audit_keeps_order BEFORE DELETE ON audit
    WHEN OLD.sequence > COALESCE((SELECT sequence FROM checkpoint), 0)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
    """
}
