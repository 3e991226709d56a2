package import Evidence
internal import GRDB
package import Redaction

/// Why the bundles of an incident are not to be deleted.
package enum HoldKind: String, Codable, Sendable, CaseIterable {
  /// A person asked for them: a postmortem is still to be written.
  case incident
  /// The law, or a lawyer, asks for them.
  case legal
}

/// That retention leaves an incident alone: its bundles, and what is known of it.
package struct Hold: Hashable, Codable, Sendable {
  package var incidentID: String
  package var kind: HoldKind
  /// As its placer put it, redacted.
  package var reason: String
  package var placedAt: Timestamp
  /// Name of the token, or `socket`.
  package var placedBy: String

  enum CodingKeys: String, CodingKey {
    case kind, reason
    case incidentID = "incident_id"
    case placedAt = "placed_at"
    case placedBy = "placed_by"
  }
}

extension Hold: FetchableRecord, PersistableRecord {
  package static let databaseTableName = "hold"
}

extension StateDatabase {
  /// Characters of a reason.
  package static let holdReasonLimit = 1000

  /// Places a hold, or puts another in the place of the one that is there.
  ///
  /// - Parameters:
  ///   - incident: its id.
  ///   - kind: who asks for it.
  ///   - reason: in words for those who wonder later.
  ///   - principal: who places it.
  ///   - now: the time of it.
  /// - Returns: the hold, or `nil` when there is no such incident.
  /// - Throws: `StorageError`.
  package func placeHold(
    on incident: String, kind: HoldKind, reason: Redacted, by principal: String, at now: Timestamp
  ) async throws -> Hold? {
    let hold = Hold(
      incidentID: incident, kind: kind, reason: reason.text, placedAt: now, placedBy: principal)
    return try await mapErrors {
      try await pool.write { database in
        guard try Incident.exists(database, key: incident) else { return nil }
        try hold.save(database)
        return hold
      }
    }
  }

  /// Takes a hold away.
  ///
  /// - Parameter incident: its id.
  /// - Returns: whether there was one.
  /// - Throws: `StorageError`.
  package func releaseHold(on incident: String) async throws -> Bool {
    try await mapErrors {
      try await pool.write { database in try Hold.deleteOne(database, key: incident) }
    }
  }

  /// The holds of those incidents that have one.
  package func holds(on incidents: [String]) async throws -> [String: Hold] {
    let holds = try await mapErrors {
      try await pool.read { database in try Hold.fetchAll(database, keys: incidents) }
    }
    return Dictionary(holds.map { ($0.incidentID, $0) }, uniquingKeysWith: { first, _ in first })
  }

  static func migrateHolds(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE hold (
          incident_id TEXT PRIMARY KEY REFERENCES incident ON DELETE CASCADE,
          kind TEXT NOT NULL, reason TEXT NOT NULL, placed_at TEXT NOT NULL, placed_by TEXT NOT NULL
        ) STRICT;
        """)
  }
}
