package import Evidence
internal import Foundation
internal import GRDB
package import Redaction

/// How far an observer of the host has come.
package struct ObserverPosition: Sendable, Hashable {
  /// The observer's own words.
  package var cursor: String
  /// When it looked for the first time.
  package var since: Timestamp
}

extension StateDatabase {
  /// Observed changes kept; the oldest go first.
  package static let observationLimit = 20_000

  /// Where an observer left off. Blocking, as all below: for threads of their own.
  ///
  /// - Parameter observer: its name.
  /// - Returns: `nil` before its first commit.
  /// - Throws: `StorageError`.
  package func position(of observer: String) throws -> ObserverPosition? {
    try mapBlockingErrors {
      try pool.read { database in
        guard
          let row = try Row.fetchOne(
            database, sql: "SELECT cursor, since FROM observer WHERE name = ?", arguments: [observer])
        else { return nil }
        let since = Timestamp(rfc3339: row["since"]) ?? Timestamp(nanoseconds: 0)
        return ObserverPosition(cursor: row["cursor"], since: since)
      }
    }
  }

  /// Keeps what an observer saw and how far it came, both or neither: a restart neither repeats nor skips.
  ///
  /// - Parameters:
  ///   - observer: its name.
  ///   - cursor: where it is to go on; redacted.
  ///   - changes: redacted JSON by time.
  ///   - losses: of all looks, this one included, in place of those of before; redacted JSON of `Gap`. `nil` leaves them.
  ///   - now: the time of its first look, where this is that.
  ///   - limit: observations kept.
  /// - Throws: `StorageError`.
  package func commit(
    observer: String, cursor: Redacted, changes: [(at: Timestamp, document: Redacted)],
    losses: [Redacted]? = nil, at now: Timestamp, keeping limit: Int = Self.observationLimit
  ) throws {
    try mapBlockingErrors {
      try pool.write { database in
        try database.execute(
          sql: """
            INSERT INTO observer (name, cursor, since) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor
            """, arguments: [observer, cursor.text, now.rfc3339])
        for change in changes {
          try database.execute(
            sql: "INSERT INTO observation (at, document) VALUES (?, ?)",
            arguments: [change.at.rfc3339, change.document.text])
        }
        if let losses {
          try database.execute(sql: "DELETE FROM observer_loss")
          for loss in losses {
            try database.execute(
              sql: "INSERT INTO observer_loss (document) VALUES (?)", arguments: [loss.text])
          }
        }
        guard !changes.isEmpty else { return }
        try database.execute(
          sql:
            "DELETE FROM observation WHERE id IN (SELECT id FROM observation ORDER BY at DESC LIMIT -1 OFFSET ?)",
          arguments: [limit])
      }
    }
  }

  /// The JSON documents of what was observed in a window, oldest first.
  ///
  /// - Parameter window: half-open.
  /// - Returns: at most `observationLimit` documents.
  /// - Throws: `StorageError`.
  package func observations(in window: TimeWindow) throws -> [String] {
    try mapBlockingErrors {
      try pool.read { database in
        try String.fetchAll(
          database, sql: "SELECT document FROM observation WHERE at >= ? AND at < ? ORDER BY at, id",
          arguments: [window.from.rfc3339, window.to.rfc3339])
      }
    }
  }

  /// What looks at the host could not see, oldest first: a bundle of any later time may be about it.
  ///
  /// - Returns: what was committed last.
  /// - Throws: `StorageError`.
  package func observerLosses() throws -> [Gap] {
    let documents = try mapBlockingErrors {
      try pool.read { try String.fetchAll($0, sql: "SELECT document FROM observer_loss ORDER BY id") }
    }
    return try documents.map { try JSONDecoder().decode(Gap.self, from: Data($0.utf8)) }
  }

  static func migrateLosses(_ database: Database) throws {
    try database.execute(
      sql: "CREATE TABLE observer_loss (id INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT")
  }

  static func migrateObservations(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE observer (name TEXT PRIMARY KEY, cursor TEXT NOT NULL, since TEXT NOT NULL) STRICT;
        CREATE TABLE observation (id INTEGER PRIMARY KEY, at TEXT NOT NULL, document TEXT NOT NULL) STRICT;
        CREATE INDEX observation_by_at ON observation (at);
        """)
  }

  private func mapBlockingErrors<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
  }
}
