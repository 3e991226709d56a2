internal import Evidence
internal import Foundation
internal import GRDB

/// Signals that tell of the end or the mitigation of an incident which the agent does not know: their opening signal may
/// be on its way still. They are kept for a while, and become part of the incident that it opens.
struct EarlySignals {
  /// Kept at most; the oldest go first.
  static let limit = 1000
  /// Bytes of a body that is kept.
  static let bodyLimit = 64 << 10
  /// Seconds.
  static let lifetime = 3600.0

  let database: Database

  func keep(_ signal: Signal, _ text: SignalText) throws {
    let body = text.body.flatMap { $0.utf8.count <= Self.bodyLimit ? Data($0.utf8) : nil }
    try database.execute(
      sql: """
        INSERT INTO early_signal (source, key, delivery_id, received_at, signal, headers, body)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        signal.source, signal.incidentKey, signal.deliveryID, signal.receivedAt.rfc3339,
        try sortedJSON(signal),
        try sortedJSON(text.headers), body,
      ])
    try database.execute(
      sql: """
        DELETE FROM early_signal WHERE received_at < ?
          OR id <= (SELECT id FROM early_signal ORDER BY id DESC LIMIT 1 OFFSET ?)
        """, arguments: [signal.receivedAt.adding(seconds: -Self.lifetime).rfc3339, Self.limit])
  }

  /// Takes those that are of the incident that a signal opens; what is older than its fault is forgotten. Only the
  /// vendor's times can tell: without them the order of arrival counts, and there are none.
  func take(foundBy opening: Signal) throws -> [(Signal, SignalText)] {
    let rows = try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM early_signal WHERE source = ? AND key = ? ORDER BY id"),
      arguments: [opening.source, opening.incidentKey])
    guard !rows.isEmpty else { return [] }
    try database.execute(
      sql: "DELETE FROM early_signal WHERE source = ? AND key = ?",
      arguments: [opening.source, opening.incidentKey])
    let begun = opening.times.occurred ?? opening.times.started ?? opening.times.detected
    guard let begun else { return [] }
    return try rows.compactMap { row in
      let signal = try decode(Signal.self, row["signal"])
      let times = signal.times
      let at = times.occurred ?? times.resolved ?? times.mitigated ?? signal.receivedAt
      guard at >= begun, abs(opening.receivedAt.seconds(since: signal.receivedAt)) <= Self.lifetime else {
        return nil
      }
      let body = (row["body"] as Data?).map { String(decoding: $0, as: UTF8.self) }
      return (signal, SignalText(body: body, headers: try decode([String: String].self, row["headers"])))
    }
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

extension StateDatabase {
  static func migrateLifecycle(_ database: Database) throws {
    try database.execute(
      sql: """
        ALTER TABLE incident ADD COLUMN detected_at TEXT;
        ALTER TABLE incident ADD COLUMN closed_at TEXT;
        ALTER TABLE incident ADD COLUMN moments TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE incident ADD COLUMN group_key TEXT;
        CREATE INDEX incident_by_group ON incident (group_key) WHERE group_key IS NOT NULL;

        CREATE TABLE incident_member (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          incident_id TEXT NOT NULL REFERENCES incident ON DELETE CASCADE,
          source TEXT NOT NULL, key TEXT NOT NULL, ended_at TEXT, UNIQUE (incident_id, source, key)
        ) STRICT;
        CREATE INDEX incident_member_by_key ON incident_member (source, key, id);
        INSERT INTO incident_member (incident_id, source, key, ended_at)
          SELECT id, source, key, CASE WHEN state IN ('resolved', 'closed') THEN IFNULL(resolved_at, updated_at) END
          FROM incident ORDER BY opened_at;

        CREATE TABLE early_signal (
          id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, key TEXT NOT NULL, delivery_id TEXT,
          received_at TEXT NOT NULL, signal TEXT NOT NULL, headers TEXT NOT NULL, body BLOB
        ) STRICT;
        CREATE INDEX early_signal_by_key ON early_signal (source, key);
        CREATE INDEX early_signal_by_delivery ON early_signal (source, delivery_id);

        ALTER TABLE capture ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE capture ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE capture ADD COLUMN window_from TEXT;
        ALTER TABLE capture ADD COLUMN window_to TEXT;
        ALTER TABLE capture ADD COLUMN booted_at TEXT;
        """)
  }
}
