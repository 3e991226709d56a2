internal import Evidence
internal import FoundationEssentials
internal import GRDB
internal import Redaction

/// What looks at the host saw beside files (`HostSample`): one row for each value that a name had.
extension HistoryDatabase {
  /// Rows; beyond it the oldest superseded ones go.
  static let maximumObservations = 100_000

  /// A `value` of NULL: the name was not there. `last` marks the value in force.
  static let observationSchema = """
    CREATE TABLE observation (
      id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT,
      seen_at INTEGER NOT NULL, previous_seen_at INTEGER, baseline INTEGER NOT NULL, last INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX observation_name ON observation (kind, name, id);
    CREATE INDEX observation_seen ON observation (seen_at) WHERE baseline = 0;
    CREATE TABLE observed_kind (kind TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) STRICT;
    """

  /// Stores what differs from the last sample, redacted, and removes what was superseded before the cut. A kind
  /// that is seen for the first time is a baseline; of one that is as in `known`, which is stored, only the time is.
  /// - Returns: the number of changes.
  /// - Throws: `ConfigHistoryError` when the store fails.
  func observe(
    _ sample: HostSample, unless known: [SettingChange.Kind: [String: String]] = [:], redactor: Redactor,
    at: Timestamp, olderThan cut: Timestamp, maximum: Int = maximumObservations
  ) throws(ConfigHistoryError) -> Int {
    let kinds = sample.kinds.filter { known[$0.key] != $0.value }.map {
      ($0.key, Self.redacted($0.value, redactor))
    }
    return try write { db in
      var changed = 0
      for (kind, values) in kinds { changed += try db.observe(kind, values, at: at) }
      for kind in sample.kinds.keys where known[kind] == sample.kinds[kind] { try db.note(kind, at: at) }
      try db.pruneObservations(before: cut, maximum: maximum)
      return changed
    }
  }

  /// In the order of the raw names, so that of two that redact to one it is always the same that counts.
  private static func redacted(_ values: [String: String], _ redactor: Redactor) -> [String: String] {
    func redacted(_ text: String) -> String {
      redactor.redact(String(decoding: text.utf8.prefix(HostSample.maximumBytes), as: UTF8.self)).text
    }
    let pairs = values.sorted { $0.key < $1.key }.map { (redacted($0.key), redacted($0.value)) }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }
}

extension Database {
  fileprivate func observe(
    _ kind: SettingChange.Kind, _ values: [String: String], at: Timestamp
  ) throws -> Int {
    let previous = try Int64.fetchOne(
      self, sql: "SELECT seen_at FROM observed_kind WHERE kind = ?", arguments: [kind.rawValue])
    var changed = 0
    var gone: [String] = []
    let rows = try Row.fetchCursor(
      self, sql: "SELECT name, value FROM observation WHERE kind = ? AND last = 1", arguments: [kind.rawValue]
    )
    var known: [String: String?] = [:]
    while let row = try rows.next() {
      let (name, value) = (try row.decode(String.self, atIndex: 0), try row.decode(String?.self, atIndex: 1))
      known[name] = value
      if value != nil, values[name] == nil { gone.append(name) }
    }
    func insert(_ name: String, _ value: String?) throws {
      try execute(
        sql: "UPDATE observation SET last = 0 WHERE kind = ? AND name = ? AND last = 1",
        arguments: [kind.rawValue, name])
      try execute(
        sql: """
          INSERT INTO observation (kind, name, value, seen_at, previous_seen_at, baseline, last)
          VALUES (?, ?, ?, ?, ?, ?, 1)
          """,
        arguments: [
          kind.rawValue, name, value, at.nanoseconds, previous.map { min($0, at.nanoseconds) },
          previous == nil,
        ])
      changed += previous == nil ? 0 : 1
    }
    for (name, value) in values.sorted(by: { $0.key < $1.key }) where known[name] != .some(.some(value)) {
      try insert(name, value)
    }
    for name in gone.sorted() { try insert(name, nil) }
    try note(kind, at: at)
    return changed
  }

  /// A look saw the kind.
  fileprivate func note(_ kind: SettingChange.Kind, at: Timestamp) throws {
    try execute(
      sql: "INSERT INTO observed_kind VALUES (?, ?) ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at",
      arguments: [kind.rawValue, at.nanoseconds])
  }

  fileprivate func pruneObservations(before cut: Timestamp, maximum: Int) throws {
    try execute(
      sql: """
        DELETE FROM observation WHERE seen_at <= :cut AND (last = 0 AND EXISTS (
            SELECT 1 FROM observation AS newer
            WHERE newer.kind = observation.kind AND newer.name = observation.name AND newer.id > observation.id
              AND newer.seen_at <= :cut)
          OR last = 1 AND value IS NULL)
        """, arguments: ["cut": cut.nanoseconds])
    try execute(
      sql: """
        DELETE FROM observation WHERE (last = 0 OR value IS NULL) AND id <= (
          SELECT id FROM observation ORDER BY id DESC LIMIT 1 OFFSET ?)
        """, arguments: [maximum])
  }

  /// Of each name whose value changed in the window: what it was and what it is.
  func observedChanges(in window: TimeWindow) throws -> [SettingChange] {
    let sql = """
      SELECT kind, name, value, seen_at, previous_seen_at, baseline FROM observation
      WHERE (kind, name) IN (
          SELECT kind, name FROM observation WHERE baseline = 0 AND seen_at > :from AND seen_at <= :to)
        AND seen_at <= :to AND id >= coalesce((
          SELECT max(id) FROM observation AS older
          WHERE older.kind = observation.kind AND older.name = observation.name AND older.seen_at <= :from), 0)
      ORDER BY kind, name, id
      """
    let rows = try Row.fetchAll(
      self, sql: sql, arguments: ["from": window.from.nanoseconds, "to": window.to.nanoseconds])
    let values = try rows.map { try ObservedValue($0) }
    var changes: [SettingChange] = []
    var place = 0
    while place < values.count {
      let end = values[place...].firstIndex { !$0.isOfSameName(as: values[place]) } ?? values.count
      if let change = SettingChange(values[place..<end], since: window.from) { changes.append(change) }
      place = end
    }
    return changes
  }
}

private struct ObservedValue {
  var kind: String
  var name: String
  var value: String?
  var seenAt: Timestamp
  var previousSeenAt: Timestamp?
  var isBaseline: Bool

  init(_ row: Row) throws {
    kind = try row.decode(atIndex: 0)
    name = try row.decode(atIndex: 1)
    value = try row.decode(atIndex: 2)
    seenAt = Timestamp(nanoseconds: try row.decode(atIndex: 3))
    previousSeenAt = try row.decode(Int64?.self, atIndex: 4).map { Timestamp(nanoseconds: $0) }
    isBaseline = try row.decode(atIndex: 5)
  }

  func isOfSameName(as other: ObservedValue) -> Bool { kind == other.kind && name == other.name }
}

extension SettingChange {
  /// `nil` for a kind of a later version.
  fileprivate init?(_ values: ArraySlice<ObservedValue>, since start: Timestamp) {
    guard let first = values.first, let last = values.last, let kind = Kind(rawValue: first.kind) else {
      return nil
    }
    let hasBefore = first.seenAt <= start || first.isBaseline
    let seen = values.dropFirst(hasBefore ? 1 : 0)
    guard let firstSeen = seen.first else { return nil }
    let path =
      switch kind {
      case .socket: ListeningSockets.path
      case .mount: MountPoints.ownPath
      case .packageConfig, .sysctl, .kernelParameter, .unit: first.name
      }
    self.init(
      kind, first.name, path: path, before: hasBefore ? first.value : nil, after: last.value,
      previousSeenAt: firstSeen.previousSeenAt, seen: seen.map(\.seenAt))
  }
}
