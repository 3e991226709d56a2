package import Evidence
internal import Foundation
internal import GRDB

/// A token that was made at run time, as it is kept: without its value.
package struct TokenRow: Hashable, Codable, Sendable {
  /// Unique, also among those that were revoked: audit rows tell tokens apart by their names.
  package var name: String
  /// SHA-256 of the token, lower-case hex. A token has 256 random bits: there is no dictionary to try, so that a slow
  /// hash would only cost the agent time.
  package var hash: String
  package var roles: [String]
  /// Ids of incidents, or patterns of them; empty for all.
  package var incidents: [String]
  /// Conditions that an incident has to fulfil.
  package var conditions: [String]
  package var createdAt: Timestamp
  /// Who made it, as the audit names them.
  package var createdBy: String
  package var expiresAt: Timestamp?
  /// At most a minute behind.
  package var lastUsedAt: Timestamp?
  package var lastUsedFrom: String?
  package var revokedAt: Timestamp?

  package init(
    name: String, hash: String, roles: [String], incidents: [String], conditions: [String],
    createdAt: Timestamp, createdBy: String, expiresAt: Timestamp?
  ) {
    self.name = name
    self.hash = hash
    self.roles = roles
    self.incidents = incidents
    self.conditions = conditions
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.expiresAt = expiresAt
  }
}

extension StateDatabase {
  /// Tokens that are kept, those included that are of no use any more: they go first.
  package static let tokenLimit = 1000

  /// All tokens that were ever made and are still known, by name.
  ///
  /// - Throws: `StorageError`.
  package func tokens() throws -> [TokenRow] {
    do {
      return try pool.read {
        try Row.fetchAll($0, sql: "SELECT * FROM token ORDER BY name").map(TokenRow.init)
      }
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
  }

  /// Keeps a new token.
  ///
  /// - Parameter row: of a new name.
  /// - Returns: `false` where there is, or was, one of that name, or where there are too many.
  /// - Throws: `StorageError`.
  package func add(_ row: TokenRow) async throws -> Bool {
    try await mapErrors {
      try await pool.write { database in
        try database.execute(
          sql: """
            DELETE FROM token WHERE name IN (
              SELECT name FROM token WHERE revoked_at IS NOT NULL OR expires_at < ?1
              ORDER BY COALESCE(revoked_at, expires_at)
              LIMIT MAX(0, (SELECT COUNT(*) FROM token) + 1 - ?2))
            """, arguments: [row.createdAt.rfc3339, Self.tokenLimit])
        let count = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM token") ?? 0
        guard count < Self.tokenLimit else { return false }
        try database.execute(
          sql: """
            INSERT INTO token (name, hash, roles, incidents, conditions, created_at, created_by, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
          arguments: [
            row.name, row.hash, try list(row.roles), try list(row.incidents), try list(row.conditions),
            row.createdAt.rfc3339, row.createdBy, row.expiresAt?.rfc3339,
          ])
        return database.changesCount == 1
      }
    }
  }

  /// Makes a token worthless.
  ///
  /// - Parameters:
  ///   - name: of the token.
  ///   - now: since when.
  /// - Returns: whether there was one of that name that had not been revoked.
  /// - Throws: `StorageError`.
  package func revokeToken(_ name: String, at now: Timestamp) async throws -> Bool {
    try await mapErrors {
      try await pool.write { database in
        try database.execute(
          sql: "UPDATE token SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL",
          arguments: [now.rfc3339, name])
        return database.changesCount == 1
      }
    }
  }

  /// Notes that a token was used.
  ///
  /// - Parameters:
  ///   - name: of the token.
  ///   - now: when.
  ///   - remote: from where.
  /// - Throws: `StorageError`.
  package func noteUse(ofToken name: String, at now: Timestamp, from remote: String) async throws {
    try await mapErrors {
      try await pool.write { database in
        try database.execute(
          sql: "UPDATE token SET last_used_at = ?, last_used_from = ? WHERE name = ?",
          arguments: [now.rfc3339, remote, name])
      }
    }
  }

  static func migrateTokens(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE token (
          name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, roles TEXT NOT NULL, incidents TEXT NOT NULL,
          conditions TEXT NOT NULL, created_at TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT,
          last_used_at TEXT, last_used_from TEXT, revoked_at TEXT
        ) STRICT;
        """)
  }
}

private func list(_ texts: [String]) throws -> String {
  String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
}

extension TokenRow {
  fileprivate init(_ row: Row) throws {
    func list(_ column: String) throws -> [String] {
      try JSONDecoder().decode([String].self, from: Data((row[column] as String).utf8))
    }
    func time(_ column: String) -> Timestamp? {
      (row[column] as String?).flatMap { Timestamp(rfc3339: $0) }
    }
    self.init(
      name: row["name"], hash: row["hash"], roles: try list("roles"), incidents: try list("incidents"),
      conditions: try list("conditions"), createdAt: time("created_at") ?? Timestamp(nanoseconds: 0),
      createdBy: row["created_by"], expiresAt: time("expires_at"))
    lastUsedAt = time("last_used_at")
    lastUsedFrom = row["last_used_from"]
    revokedAt = time("revoked_at")
  }
}
