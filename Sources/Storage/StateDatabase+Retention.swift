package import Evidence
internal import GRDB

extension StateDatabase {
  /// The source of incidents that a person opened by hand. Nobody ever tells that they ended.
  package static let manualSource = "cli"

  /// Of `incident`: what nothing may be deleted of.
  private static let keeps = """
    EXISTS (SELECT 1 FROM hold WHERE hold.incident_id = incident.id)
    OR (incident.state NOT IN ('resolved', 'closed') AND incident.source <> '\(manualSource)')
    """

  /// Bundles that may be deleted: those of incidents that ended and have no hold. An incident that was opened by
  /// hand counts as ended when nobody has touched it for as long as `age` says, of its severity, in seconds.
  package func expendableBundles(
    at now: Timestamp, age: @escaping @Sendable (_ severity: String?) -> Double
  ) async throws -> [ExpendableBundle] {
    try await mapErrors {
      try await pool.read { database in
        let rows = try Row.fetchCursor(
          database,
          sql: """
            SELECT capture.*, incident.severity AS severity, incident.updated_at AS touched_at,
              incident.state IN ('resolved', 'closed') AS has_ended
            FROM capture JOIN incident ON incident.id = capture.incident_id
            WHERE capture.state = 'done' AND capture.bundle_name IS NOT NULL AND NOT (\(Self.keeps))
            """)
        var expendable: [ExpendableBundle] = []
        while let row = try rows.next() {
          let severity: String? = row["severity"]
          let cut = now.adding(seconds: -age(severity)).rfc3339
          let hasEnded: Bool = row["has_ended"]
          let touchedAt: String = row["touched_at"]
          guard hasEnded || touchedAt < cut else { continue }
          expendable.append(ExpendableBundle(capture: try CaptureRow(row: row), severity: severity))
        }
        return expendable
      }
    }
  }

  /// All bundles that are on disk.
  package func bundleTotals() async throws -> BundleTotals {
    try await mapErrors {
      try await pool.read { database in
        let row = try Row.fetchOne(
          database,
          sql: """
            SELECT IFNULL(SUM(bundle_bytes), 0) AS bytes, COUNT(*) AS count FROM capture
            WHERE bundle_name IS NOT NULL
            """)
        return BundleTotals(bytes: row?["bytes"] ?? 0, count: row?["count"] ?? 0)
      }
    }
  }

  /// Deletes a bundle, unless its incident was put under a hold, or opened again, since it was listed.
  ///
  /// - Parameters:
  ///   - id: the capture's.
  ///   - now: when, for who asks for it afterwards.
  ///   - file: removes the file; blocking, and the database waits for it: what is decided holds until it is done.
  /// - Returns: whether it was deleted.
  /// - Throws: `StorageError`, or what `file` throws.
  package func removeBundle(
    _ id: String, at now: Timestamp, file: @escaping @Sendable () throws -> Void
  ) async throws -> Bool {
    try await mapErrors {
      try await pool.write { database in
        let isKept = try Bool.fetchOne(
          database,
          sql: """
            SELECT \(Self.keeps) FROM capture JOIN incident ON incident.id = capture.incident_id
            WHERE capture.id = ?
            """, arguments: [id])
        guard isKept == false else { return false }
        try file()
        try database.execute(
          sql: "UPDATE capture SET bundle_name = NULL, bundle_expired_at = ? WHERE id = ?",
          arguments: [now.rfc3339, id])
        return true
      }
    }
  }

  static func migrateRetention(_ database: Database) throws {
    try database.execute(sql: "ALTER TABLE capture ADD COLUMN bundle_expired_at TEXT")
  }

  /// Deletes incidents that have neither a bundle left nor a hold and were last touched before `cut`, with their
  /// signals, and deploy records from before it.
  package func prune(before cut: Timestamp) async throws {
    try await mapErrors {
      try await pool.write { database in
        try database.execute(
          sql: """
            DELETE FROM incident WHERE updated_at < ?1 AND id NOT IN (SELECT incident_id FROM hold)
              AND NOT EXISTS (
                SELECT 1 FROM capture WHERE incident_id = incident.id
                  AND (bundle_name IS NOT NULL OR state IN ('queued', 'running')))
            """, arguments: [cut.rfc3339])
        try database.execute(sql: "DELETE FROM deploy WHERE at < ?", arguments: [cut.rfc3339])
      }
    }
  }
}
