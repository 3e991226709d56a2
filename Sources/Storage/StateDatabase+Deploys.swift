package import Evidence
internal import GRDB
package import Redaction

/// What the ledger has to know of a deploy; the rest is in its document.
package struct LedgerRow: Sendable {
  /// A ULID.
  package var id: String
  /// When the deploy was done.
  package var at: Timestamp
  /// Who told of it.
  package var source: String
  /// The sender's id of this delivery: the same again is a retry.
  package var deliveryID: String?
  /// The sender's name of the deploy, the same in all deliveries about it.
  package var deployID: String?
  /// In the ledger's word: `success`.
  package var outcome: String
  /// Whether the sender will tell how it ended.
  package var isUnderWay: Bool
  /// The record's redacted JSON, an object with `id` and, where it is known, `started_at`.
  package var document: Redacted

  package init(
    id: String, at: Timestamp, source: String, deliveryID: String?, deployID: String?, outcome: String,
    isUnderWay: Bool, document: Redacted
  ) {
    self.id = id
    self.at = at
    self.source = source
    self.deliveryID = deliveryID
    self.deployID = deployID
    self.outcome = outcome
    self.isUnderWay = isUnderWay
    self.document = document
  }
}

extension StateDatabase {
  /// Deploy records kept; the oldest go first.
  package static let deployLimit = 10_000
  /// Ids of deliveries kept, several for one record; the oldest go first.
  package static let deliveryLimit = 50_000

  /// Records one deploy, once.
  ///
  /// The same delivery again is a duplicate, and so is another one that says nothing new: the same outcome of the same
  /// deploy, or that it is under way when its end is known. An end takes the place of the record that it was under way,
  /// and keeps its id and its start.
  ///
  /// - Parameters:
  ///   - row: what was delivered.
  ///   - limit: records kept.
  /// - Returns: the id under which it is recorded, and whether it was already.
  /// - Throws: `StorageError`.
  package func recordDeploy(
    _ row: LedgerRow, keeping limit: Int = Self.deployLimit
  ) async throws -> (id: String, duplicate: Bool) {
    try await mapErrors {
      try await pool.write { database in
        let recorded = try LedgerEntry(database: database, row: row).record()
        try pruneDeploys(database, keeping: limit)
        return recorded
      }
    }
  }

  private func pruneDeploys(_ database: Database, keeping limit: Int) throws {
    try database.execute(
      sql: "DELETE FROM deploy WHERE id IN (SELECT id FROM deploy ORDER BY at DESC LIMIT -1 OFFSET ?)",
      arguments: [limit])
    try database.execute(
      sql: """
        DELETE FROM deploy_delivery WHERE rowid IN
          (SELECT rowid FROM deploy_delivery ORDER BY rowid DESC LIMIT -1 OFFSET ?)
        """, arguments: [Self.deliveryLimit])
  }

  /// The JSON documents of all deploys before an instant, oldest first. Blocking: for a collector's own thread.
  ///
  /// - Parameter end: the first instant that is too late.
  /// - Returns: at most `deployLimit` documents.
  /// - Throws: `StorageError`.
  package func deployDocuments(before end: Timestamp) throws -> [String] {
    do {
      return try pool.read { database in
        try String.fetchAll(
          database, sql: "SELECT document FROM deploy WHERE at < ? ORDER BY at, id", arguments: [end.rfc3339])
      }
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
  }

  /// Gives each delivery a row of its own, and each record the columns that tell what is new.
  static func migrateDeployLedger(_ database: Database) throws {
    try database.execute(
      sql: """
        ALTER TABLE deploy RENAME TO deploy_before;
        CREATE TABLE deploy (
          id TEXT PRIMARY KEY, at TEXT NOT NULL, source TEXT NOT NULL, deploy_id TEXT, outcome TEXT NOT NULL,
          under_way INTEGER NOT NULL, document TEXT NOT NULL
        ) STRICT;
        CREATE INDEX deploy_by_at ON deploy (at);
        CREATE INDEX deploy_by_deploy_id ON deploy (source, deploy_id) WHERE deploy_id IS NOT NULL;
        CREATE TABLE deploy_delivery (
          source TEXT NOT NULL, delivery_id TEXT NOT NULL,
          deploy TEXT NOT NULL REFERENCES deploy ON DELETE CASCADE, UNIQUE (source, delivery_id)
        ) STRICT;
        CREATE INDEX deploy_delivery_by_deploy ON deploy_delivery (deploy);
        INSERT INTO deploy
          SELECT id, at, document ->> 'source', NULL, document ->> 'outcome',
            document ->> 'outcome' = 'in_progress', document FROM deploy_before;
        INSERT INTO deploy_delivery
          SELECT document ->> 'source', delivery_id, id FROM deploy_before WHERE delivery_id IS NOT NULL;
        DROP TABLE deploy_before;
        """)
  }
}

/// The steps of recording one deploy.
private struct LedgerEntry {
  let database: Database
  let row: LedgerRow

  func record() throws -> (id: String, duplicate: Bool) {
    if let id = try earlierDelivery() { return (id, true) }
    let known = try sameDeploy()
    if let said = known.first(where: { $0.outcome == row.outcome || row.isUnderWay && !$0.isUnderWay }) {
      try rememberDelivery(of: said.id)
      return (said.id, true)
    }
    if let begun = known.first(where: \.isUnderWay) {
      try complete(begun.id)
      try rememberDelivery(of: begun.id)
      return (begun.id, false)
    }
    try database.execute(
      sql: """
        INSERT INTO deploy (id, at, source, deploy_id, outcome, under_way, document) VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        row.id, row.at.rfc3339, row.source, row.deployID, row.outcome, row.isUnderWay, row.document.text,
      ])
    try rememberDelivery(of: row.id)
    return (row.id, false)
  }

  private func earlierDelivery() throws -> String? {
    guard let delivery = row.deliveryID else { return nil }
    return try String.fetchOne(
      database, sql: "SELECT deploy FROM deploy_delivery WHERE source = ? AND delivery_id = ?",
      arguments: [row.source, delivery])
  }

  private func sameDeploy() throws -> [(id: String, outcome: String, isUnderWay: Bool)] {
    guard let deployID = row.deployID else { return [] }
    return try Row.fetchAll(
      database,
      sql: "SELECT id, outcome, under_way FROM deploy WHERE source = ? AND deploy_id = ? ORDER BY at",
      arguments: [row.source, deployID]
    ).map { ($0["id"], $0["outcome"], $0["under_way"]) }
  }

  private func rememberDelivery(of id: String) throws {
    guard let delivery = row.deliveryID else { return }
    try database.execute(
      sql: "INSERT INTO deploy_delivery (source, delivery_id, deploy) VALUES (?, ?, ?)",
      arguments: [row.source, delivery, id])
  }

  private func complete(_ id: String) throws {
    try database.execute(
      sql: """
        UPDATE deploy SET at = :at, outcome = :outcome, under_way = :underWay,
          document = json_set(
            iif(:document ->> 'started_at' IS NULL,
              json_set(:document, '$.started_at',
                coalesce(document ->> 'started_at', document ->> 'finished_at')),
              :document),
            '$.id', id)
        WHERE id = :id
        """,
      arguments: [
        "at": row.at.rfc3339, "outcome": row.outcome, "underWay": row.isUnderWay,
        "document": row.document.text,
        "id": id,
      ])
  }
}
