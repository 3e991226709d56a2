package import Evidence
internal import GRDB

extension StateDatabase {
  package func incident(_ id: String) async throws -> Incident? {
    try await mapErrors { try await pool.read { try Incident.fetchOne($0, key: id) } }
  }

  /// Captures of an incident in order.
  package func captures(of incident: String) async throws -> [CaptureRow] {
    try await mapErrors {
      try await pool.read {
        try CaptureRow.fetchAll(
          $0, sql: "SELECT * FROM capture WHERE incident_id = ? ORDER BY sequence", arguments: [incident])
      }
    }
  }

  package func capture(_ id: String) async throws -> CaptureRow? {
    try await mapErrors { try await pool.read { try CaptureRow.fetchOne($0, key: id) } }
  }
}
