internal import Evidence
internal import FoundationEssentials
internal import GRDB

/// A row of the table `version`.
struct VersionRow: Sendable {
  var id: Int64
  var seenAt: Timestamp
  var previousSeenAt: Timestamp?
  var isBaseline: Bool
  /// Who made it so, where the watch knows.
  var actor: ChangeActor?
  /// `nil`: the path is not there.
  var version: Version?
}

extension Database {
  /// Without the columns of other tables; `blob.sha256` is joined to it.
  static let versionColumns = """
    version.id, seen_at, previous_seen_at, baseline, version.type, version.mode, version.uid, version.gid,
    version.size, version.modified, version.changed, version.content, keyed_hash, blob.sha256, target, xattrs,
    actor, identity
    """

  func lastVersion(of entry: Int64) throws -> VersionRow? {
    let sql = """
      SELECT \(Self.versionColumns) FROM version LEFT JOIN blob ON blob.id = version.blob
      WHERE entry = ? ORDER BY version.id DESC LIMIT 1
      """
    return try Row.fetchOne(cachedStatement(sql: sql), arguments: [entry]).map { try VersionRow($0) }
  }

  func insert(
    _ version: Version, blob: Int64?, entry: Int64, seen: SeenTimes, isBaseline: Bool, actor: ChangeActor?
  ) throws {
    let sql = """
      INSERT INTO version (entry, seen_at, previous_seen_at, baseline, type, mode, uid, gid, size, modified,
        changed, content, keyed_hash, blob, target, xattrs, actor, identity)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    try cachedStatement(sql: sql).execute(arguments: [
      entry, seen.at.nanoseconds, seen.previous?.nanoseconds, isBaseline, version.type.rawValue, version.mode,
      version.uid, version.gid, version.size, version.modified, version.changed, version.content.rawValue,
      version.keyedHash, blob, version.target, version.attributes, try actor.map { try $0.encoded() },
      version.identity,
    ])
  }

  /// Completes a version that is still in force by what this scan could read of it.
  func amend(_ row: VersionRow, with version: Version, blob: Int64?) throws {
    let sql = """
      UPDATE version SET content = ?, keyed_hash = ?, blob = ?, xattrs = coalesce(?, xattrs),
        identity = coalesce(?, identity) WHERE id = ?
      """
    try cachedStatement(sql: sql).execute(
      arguments: [
        version.content.rawValue, version.keyedHash, blob, version.attributes, version.identity, row.id,
      ])
  }

  /// Records that an entry, if one is given, and everything under the path is gone.
  ///
  /// - Returns: the number of paths.
  func insertAbsence(
    of entry: KnownEntry?, path: [UInt8], at: Timestamp, lastFinished: Timestamp?, actor: ChangeActor?
  ) throws -> Int {
    let isFolder = entry?.metadata.type ?? .directory == .directory
    var gone = "live = 1 AND id = ?"
    var arguments: StatementArguments = [entry?.id]
    if isFolder {
      let prefix = PathBytes.join(path, [])
      // The byte after a slash ends the range of what is under the folder.
      gone = "live = 1 AND (id = ? OR folder = ? OR (folder >= ? AND folder < ?))"
      arguments += [Data(path), Data(prefix), Data(prefix.dropLast() + [slash + 1])]
    }
    let sql = """
      INSERT INTO version (entry, seen_at, previous_seen_at, baseline, actor)
      SELECT id, ?, min(?, max(coalesce(?, seen), seen)), 0, ? FROM (SELECT id, (
        SELECT seen_at FROM version WHERE version.entry = entry.id ORDER BY version.id DESC LIMIT 1
      ) AS seen FROM entry WHERE \(gone))
      """
    let encoded = try actor.map { try $0.encoded() }
    try cachedStatement(sql: sql).execute(
      arguments: [at.nanoseconds, at.nanoseconds, lastFinished?.nanoseconds, encoded] + arguments)
    let count = changesCount
    try cachedStatement(sql: "UPDATE entry SET live = 0, listed = 0 WHERE \(gone)").execute(
      arguments: arguments)
    return count
  }

  /// Takes the content of a path that became secret out of all its versions.
  func scrub(_ entry: Int64) throws {
    try execute(
      sql: "UPDATE version SET content = ?, blob = NULL WHERE entry = ? AND blob IS NOT NULL",
      arguments: [FileState.Content.secret.rawValue, entry])
  }

  func removeUnusedBlobs() throws {
    try execute(sql: "DELETE FROM blob WHERE NOT EXISTS (SELECT 1 FROM version WHERE version.blob = blob.id)")
  }
}

/// When the state was seen, and when the one before it was seen last.
struct SeenTimes {
  var at: Timestamp
  var previous: Timestamp?
}

extension VersionRow {
  /// The row begins with `Database.versionColumns`.
  init(_ row: Row) throws {
    id = try row.decode(atIndex: 0)
    seenAt = Timestamp(nanoseconds: try row.decode(atIndex: 1))
    previousSeenAt = try row.decode(Int64?.self, atIndex: 2).map { Timestamp(nanoseconds: $0) }
    isBaseline = try row.decode(atIndex: 3)
    actor = try row.decode(Data?.self, atIndex: 16).map(ChangeActor.init(encoded:))
    guard let type = try row.decode(String?.self, atIndex: 4) else { return }
    guard let type = FileState.FileType(rawValue: type),
      let content = FileState.Content(rawValue: try row.decode(atIndex: 11))
    else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "unknown file type in table version") }
    version = Version(
      type: type, mode: try row.decode(atIndex: 5), uid: try row.decode(atIndex: 6),
      gid: try row.decode(atIndex: 7), size: try row.decode(atIndex: 8), modified: try row.decode(atIndex: 9),
      changed: try row.decode(atIndex: 10), content: content, keyedHash: try row.decode(atIndex: 12),
      sha256: try row.decode(atIndex: 13), target: try row.decode(atIndex: 14),
      attributes: try row.decode(atIndex: 15), identity: try row.decode(atIndex: 17))
  }
}
