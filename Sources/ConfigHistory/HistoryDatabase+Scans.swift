internal import Evidence
internal import FoundationEssentials
internal import GRDB

extension HistoryDatabase {
  /// The scope of the last scan that was not stopped.
  func scope() throws(ConfigHistoryError) -> ConfigScope? {
    try read { db in
      try db.data(.scope).map { try JSONDecoder().decode(ConfigScope.self, from: $0) }
    }
  }

  /// Makes a scan that was not stopped the one to compare with; `isWhole` where it saw every path of the
  /// scope.
  func finishScan(of scope: ConfigScope, at: Timestamp, isWhole: Bool) throws(ConfigHistoryError) {
    try write { db in
      try db.set(.scope, try JSONEncoder().encode(scope))
      if isWhole { try db.set(.lastFinishedScan, at) }
      if try db.time(.historyStart) == nil { try db.set(.historyStart, at) }
    }
  }
}

extension HistoryDatabase {
  private static let versionsPerCut = 500

  /// - Returns: the number of versions removed.
  func prune(olderThan cut: Timestamp, maximumBytes: Int) throws(ConfigHistoryError) -> Int {
    var removed = try write { try Self.prune($0, supersededBefore: cut) }
    while let next = try read({ try Self.nextCut($0, maximumBytes: maximumBytes) }) {
      let count = try write { try Self.prune($0, supersededBefore: next) }
      guard count > 0 else { break }
      removed += count
    }
    return removed
  }

  /// Where to cut next, so that some of the oldest contents go; `nil` where all fit, or none can go.
  private static func nextCut(_ db: Database, maximumBytes: Int) throws -> Timestamp? {
    let bytes = try Int.fetchOne(db, sql: "SELECT total(length(bytes)) FROM blob") ?? 0
    guard bytes > maximumBytes else { return nil }
    let sql = """
      SELECT max(seen_at) FROM (
        SELECT seen_at FROM version WHERE type IS NULL
          OR EXISTS (
            SELECT 1 FROM version AS older WHERE older.entry = version.entry AND older.id < version.id)
        ORDER BY seen_at LIMIT ?)
      """
    return try Int64.fetchOne(db, sql: sql, arguments: [versionsPerCut]).map { Timestamp(nanoseconds: $0) }
  }

  private static func prune(_ db: Database, supersededBefore cut: Timestamp) throws -> Int {
    try db.execute(
      sql: """
        DELETE FROM version WHERE EXISTS (
          SELECT 1 FROM version AS newer
          WHERE newer.entry = version.entry AND newer.id > version.id AND newer.seen_at <= :cut)
        """, arguments: ["cut": cut.nanoseconds])
    var removed = db.changesCount
    // What is gone, or out of scope, since before the cut needs no row to say so.
    try db.execute(
      sql: """
        DELETE FROM version WHERE seen_at <= :cut
          AND (type IS NULL OR entry IN (SELECT id FROM entry WHERE live = 0))
          AND NOT EXISTS (
            SELECT 1 FROM version AS newer WHERE newer.entry = version.entry AND newer.id > version.id)
        """, arguments: ["cut": cut.nanoseconds])
    removed += db.changesCount
    guard removed > 0 else { return 0 }
    try db.execute(
      sql: """
        DELETE FROM entry WHERE live = 0
          AND NOT EXISTS (SELECT 1 FROM version WHERE version.entry = entry.id)
        """)
    try db.removeUnusedBlobs()
    if let start = try db.time(.historyStart) { try db.set(.historyStart, max(start, cut)) }
    return removed
  }
}
