package import Evidence
internal import GRDB
package import Redaction

extension StateDatabase {
  /// Deploy records kept; the oldest go first.
  package static let deployLimit = 10_000

  /// Records one deploy, once: the same delivery again is a duplicate.
  ///
  /// - Parameters:
  ///   - id: a ULID.
  ///   - at: when the deploy was done.
  ///   - deliveryID: the sender's id of this delivery.
  ///   - document: the record's redacted JSON.
  /// - Returns: the id under which it is recorded, and whether it was already.
  /// - Throws: `StorageError`.
  package func recordDeploy(
    id: String, at: Timestamp, deliveryID: String?, document: Redacted
  ) async throws -> (id: String, duplicate: Bool) {
    try await mapErrors {
      try await pool.write { database in
        if let deliveryID,
          let earlier = try String.fetchOne(
            database, sql: "SELECT id FROM deploy WHERE delivery_id = ?", arguments: [deliveryID])
        {
          return (earlier, true)
        }
        try database.execute(
          sql: "INSERT INTO deploy (id, at, delivery_id, document) VALUES (?, ?, ?, ?)",
          arguments: [id, at.rfc3339, deliveryID, document.text])
        try database.execute(
          sql: "DELETE FROM deploy WHERE id IN (SELECT id FROM deploy ORDER BY at DESC LIMIT -1 OFFSET ?)",
          arguments: [Self.deployLimit])
        return (id, false)
      }
    }
  }

  /// The JSON documents of the deploys in a window, oldest first. Blocking: for a collector's own thread.
  package func deployDocuments(in window: TimeWindow) throws -> [String] {
    do {
      return try pool.read { database in
        try String.fetchAll(
          database, sql: "SELECT document FROM deploy WHERE at >= ? AND at < ? ORDER BY at, id",
          arguments: [window.from.rfc3339, window.to.rfc3339])
      }
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
  }
}
