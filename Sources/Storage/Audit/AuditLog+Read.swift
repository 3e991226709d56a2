package import Evidence
internal import GRDB

/// How often somebody took in a bundle.
package struct BundleReadership: Sendable, Hashable, Codable {
  /// Id of the bundle.
  package var bundle: String
  package var principal: String
  package var reads: Int
  package var first: Timestamp
  package var last: Timestamp
}

extension AuditLog {
  /// Rows, newest first.
  ///
  /// - Parameters:
  ///   - sequence: only rows before it; `nil` for the newest.
  ///   - subject: only rows about it; `nil` for all.
  ///   - action: only rows of it, or of all whose action begins with it and a dot; `nil` for all.
  ///   - limit: at most so many.
  /// - Returns: one page; `next` is the sequence to go on before.
  /// - Throws: `StorageError`.
  package func rows(
    before sequence: Int64?, subject: String? = nil, action: String? = nil, limit: Int
  ) async throws -> Page<AuditRow> {
    try await mapErrors {
      try await pool.read { database in
        let rows = try Row.fetchAll(
          database,
          sql: """
            SELECT * FROM audit WHERE (?1 IS NULL OR sequence < ?1) AND (?2 IS NULL OR subject = ?2)
              AND (?3 IS NULL OR action = ?3 OR substr(action, 1, length(?3) + 1) = ?3 || '.')
            ORDER BY sequence DESC LIMIT ?4
            """, arguments: [sequence, subject, action, limit + 1]
        ).map(AuditRow.init)
        let kept = Array(rows.prefix(limit))
        return Page(elements: kept, next: rows.count > limit ? kept.last.map { "\($0.sequence)" } : nil)
      }
    }
  }

  /// Who took in which of these bundles: downloads, and reads of what is in them.
  ///
  /// - Parameter bundles: ids.
  /// - Returns: by bundle and first read.
  /// - Throws: `StorageError`.
  package func readers(of bundles: [String]) async throws -> [BundleReadership] {
    guard !bundles.isEmpty else { return [] }
    let marks = databaseQuestionMarks(count: bundles.count)
    return try await mapErrors {
      try await pool.read { database in
        try Row.fetchAll(
          database,
          sql: """
            SELECT subject, principal, COUNT(*) AS reads, MIN(at) AS first, MAX(at) AS last FROM audit
            WHERE subject IN (\(marks)) AND (action LIKE '%.read' OR action LIKE '%.pulled')
            GROUP BY subject, principal ORDER BY subject, first
            """, arguments: StatementArguments(bundles)
        ).map { row in
          BundleReadership(
            bundle: row["subject"], principal: row["principal"], reads: row["reads"],
            first: Timestamp(rfc3339: row["first"]) ?? Timestamp(nanoseconds: 0),
            last: Timestamp(rfc3339: row["last"]) ?? Timestamp(nanoseconds: 0))
        }
      }
    }
  }
}

extension AuditRow {
  /// A row as it stands in the file, whatever stands there.
  init(_ row: Row) {
    sequence = row["sequence"]
    at = Timestamp(rfc3339: row["at"]) ?? Timestamp(nanoseconds: 0)
    action = row["action"]
    principal = row["principal"]
    remote = row["remote"]
    subject = row["subject"]
    detail = row["detail"]
    previous = row["previous"]
    hash = row["hash"]
  }
}
