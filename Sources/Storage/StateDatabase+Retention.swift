package import Evidence
internal import GRDB

extension StateDatabase {
  /// Bundles that may be deleted, oldest first: those of incidents that ended, or that nobody touched since
  /// `cut` (an incident that a person opened by hand is often never closed).
  package func expendableCaptures(untouchedSince cut: Timestamp) async throws -> [CaptureRow] {
    try await mapErrors {
      try await pool.read { database in
        try CaptureRow.fetchAll(
          database,
          sql: """
            SELECT capture.* FROM capture JOIN incident ON incident.id = capture.incident_id
            WHERE capture.state = 'done' AND capture.bundle_name IS NOT NULL
              AND (incident.state IN ('resolved', 'closed') OR incident.updated_at < ?)
            ORDER BY capture.id
            """, arguments: [cut.rfc3339])
      }
    }
  }

  /// Bytes of all bundles that are on disk.
  package func bundleBytes() async throws -> Int {
    try await mapErrors {
      try await pool.read { database in
        try Int.fetchOne(
          database, sql: "SELECT SUM(bundle_bytes) FROM capture WHERE bundle_name IS NOT NULL") ?? 0
      }
    }
  }

  /// Forgets where a bundle was, after its file was deleted by retention.
  package func forgetBundle(_ id: String) async throws {
    try await mapErrors {
      try await pool.write { database in
        try database.execute(sql: "UPDATE capture SET bundle_name = NULL WHERE id = ?", arguments: [id])
      }
    }
  }

  /// Deletes incidents that have no bundle left and were last touched before `cut`, with their signals, and
  /// deploy records from before it.
  package func prune(before cut: Timestamp) async throws {
    try await mapErrors {
      try await pool.write { database in
        try database.execute(
          sql: """
            DELETE FROM incident WHERE updated_at < ?1 AND NOT EXISTS (
              SELECT 1 FROM capture WHERE incident_id = incident.id
                AND (bundle_name IS NOT NULL OR state IN ('queued', 'running')))
            """, arguments: [cut.rfc3339])
        try database.execute(sql: "DELETE FROM deploy WHERE at < ?", arguments: [cut.rfc3339])
      }
    }
  }
}
