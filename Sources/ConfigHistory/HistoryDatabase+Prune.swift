internal import Evidence
internal import FoundationEssentials
internal import GRDB

/// Pruning in transactions that look at a bounded number of rows each, so that a scan, or the question of a
/// capture, waits for milliseconds.
extension HistoryDatabase {
  private static let rowsPerStep: Int64 = 2000
  private static let versionsPerCut = 500
  /// Some megabytes.
  private static let pagesPerStep = 1000

  /// What a step, or all of them, took away.
  private struct Removed {
    var versions = 0
    var bytes = 0
  }

  /// - Returns: the number of versions removed.
  func prune(
    olderThan cut: Timestamp, maximumBytes: Int, betweenSteps: () -> Void = {}
  ) throws(ConfigHistoryError) -> Int {
    var removed = try prune(supersededBefore: cut, betweenSteps).versions
    var bytes = try read { try Int.fetchOne($0, sql: "SELECT total(length(bytes)) FROM blob") ?? 0 }
    while bytes > maximumBytes, let next = try read(Self.nextCut) {
      let step = try prune(supersededBefore: next, betweenSteps)
      guard step.versions > 0 else { break }
      removed += step.versions
      bytes -= step.bytes
    }
    return removed
  }

  /// Where to cut next, so that some of the oldest contents go; `nil` where none can go.
  private static func nextCut(_ db: Database) throws -> Timestamp? {
    let sql = """
      SELECT max(seen_at) FROM (
        SELECT seen_at FROM version WHERE type IS NULL
          OR EXISTS (
            SELECT 1 FROM version AS older WHERE older.entry = version.entry AND older.id < version.id)
        ORDER BY seen_at LIMIT ?)
      """
    return try Int64.fetchOne(db, sql: sql, arguments: [versionsPerCut]).map { Timestamp(nanoseconds: $0) }
  }

  private func prune(
    supersededBefore cut: Timestamp, _ betweenSteps: () -> Void
  ) throws(ConfigHistoryError) -> Removed {
    var removed = Removed()
    // The last row of each path goes, if at all, only after all that came before it.
    for condition in [Self.isSuperseded, Self.isEnd] {
      let last = try read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM version") ?? 0 }
      for start in stride(from: 0, to: last, by: Int64.Stride(Self.rowsPerStep)) {
        let step = try write { try Self.removeVersions($0, after: start, cut, where: condition) }
        removed.versions += step.versions
        removed.bytes += step.bytes
        betweenSteps()
      }
    }
    return removed
  }

  private static let isSuperseded = """
    EXISTS (SELECT 1 FROM version AS newer
      WHERE newer.entry = version.entry AND newer.id > version.id AND newer.seen_at <= :cut)
    """

  /// What is gone, or out of scope, since before the cut needs no row to say so.
  private static let isEnd = """
    seen_at <= :cut AND (type IS NULL OR (SELECT live FROM entry WHERE entry.id = version.entry) = 0)
      AND NOT EXISTS (
        SELECT 1 FROM version AS other WHERE other.entry = version.entry AND other.id <> version.id)
    """

  private static func removeVersions(
    _ db: Database, after start: Int64, _ cut: Timestamp, where condition: String
  ) throws -> Removed {
    let sql = "DELETE FROM version WHERE id > :start AND id <= :end AND \(condition) RETURNING entry, blob"
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: sql),
      arguments: ["start": start, "end": start + rowsPerStep, "cut": cut.nanoseconds])
    guard !rows.isEmpty else { return Removed() }
    var removed = Removed(versions: rows.count)
    for row in rows {
      if let blob = try row.decode(Int64?.self, atIndex: 1) {
        removed.bytes += try db.removeBlob(ifUnused: blob)
      }
      try db.removeEntry(ifUnused: row.decode(atIndex: 0))
    }
    if let start = try db.time(.historyStart) { try db.set(.historyStart, max(start, cut)) }
    return removed
  }

  /// Gives the pages of deleted rows back to the file system.
  func shrink(betweenSteps: () -> Void = {}) throws(ConfigHistoryError) {
    while try unusedPages() > 0 {
      let before = try unusedPages()
      try withoutTransaction { try $0.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesPerStep))") }
      betweenSteps()
      guard try unusedPages() < before else { break }
    }
    try withoutTransaction { _ = try $0.checkpoint(.truncate) }
  }

  private func unusedPages() throws(ConfigHistoryError) -> Int {
    try read { try Int.fetchOne($0, sql: "PRAGMA freelist_count") ?? 0 }
  }
}

extension Database {
  /// - Returns: the bytes that it took.
  fileprivate func removeBlob(ifUnused id: Int64) throws -> Int {
    let sql = """
      DELETE FROM blob WHERE id = :id AND NOT EXISTS (SELECT 1 FROM version WHERE version.blob = :id)
      RETURNING length(bytes)
      """
    return try Int.fetchOne(cachedStatement(sql: sql), arguments: ["id": id]) ?? 0
  }

  fileprivate func removeEntry(ifUnused id: Int64) throws {
    let sql = """
      DELETE FROM entry WHERE id = :id AND live = 0
        AND NOT EXISTS (SELECT 1 FROM version WHERE version.entry = :id)
      """
    try cachedStatement(sql: sql).execute(arguments: ["id": id])
  }
}
