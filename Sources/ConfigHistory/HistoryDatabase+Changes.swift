internal import Evidence
internal import FoundationEssentials
internal import GRDB

extension HistoryDatabase {
  /// See `ChangeHistory.changes(in:)`; renames are not found yet.
  func changes(in window: TimeWindow, names: AccountNames) throws(ConfigHistoryError) -> [PathChange] {
    let arguments: StatementArguments = ["from": window.from.nanoseconds, "to": window.to.nanoseconds]
    return try read { db in
      let cursor = try Row.fetchCursor(db, sql: Self.versionsOfWindow, arguments: arguments)
      var changes: [(path: [UInt8], change: PathChange)] = []
      var entry: (id: Int64, path: [UInt8])?
      var rows: [VersionRow] = []
      func finishEntry() {
        guard let path = entry?.path else { return }
        guard let change = ConfigChange(path, rows, since: window.from, names: names) else { return }
        changes.append((path, PathChange(change: change, identities: rows.compactMap(\.version?.identity))))
      }
      while let row = try cursor.next() {
        let id = try row.decode(Int64.self, forColumn: "entry")
        if id != entry?.id {
          finishEntry()
          entry = (id, try row.path())
          rows = []
        }
        rows.append(try VersionRow(row))
      }
      finishEntry()
      return changes.sorted { $0.path.lexicographicallyPrecedes($1.path) }.map(\.change)
    }
  }

  /// Of each path that changed: the version in force at the start of the window, and all up to its end.
  private static let versionsOfWindow = """
    SELECT \(Database.versionColumns), entry, folder, name
    FROM version JOIN entry ON entry.id = version.entry LEFT JOIN blob ON blob.id = version.blob
    WHERE version.entry IN (
        SELECT entry FROM version WHERE baseline = 0 AND seen_at > :from AND seen_at <= :to)
      AND seen_at <= :to AND version.id >= coalesce((
        SELECT max(id) FROM version AS older
        WHERE older.entry = version.entry AND older.seen_at <= :from), 0)
    ORDER BY entry, version.id
    """
}

/// What happened to one path, for all that is known of it alone.
struct PathChange {
  var change: ConfigChange
  /// See `Version`: of the files that were at the path, in order.
  var identities: [Data]
}

extension Row {
  fileprivate func path() throws -> [UInt8] {
    let folder = try decode(Data.self, forColumn: "folder")
    return PathBytes.join(Array(folder), Array(try decode(Data.self, forColumn: "name")))
  }
}

extension ConfigChange {
  private static let maximumIntermediate = 100

  /// From the path's versions in order, the one in force at `start` first; `nil` where there is only a
  /// baseline.
  fileprivate init?(_ path: [UInt8], _ rows: [VersionRow], since start: Timestamp, names: AccountNames) {
    guard let first = rows.first, let last = rows.last else { return nil }
    let hasBefore = first.seenAt <= start || first.isBaseline
    let seen = rows.dropFirst(hasBefore ? 1 : 0)
    guard let firstSeen = seen.first else { return nil }
    let before = hasBefore ? first.version : nil
    let text = PathText(path)
    self.init(
      path: text.text, pathIsEscaped: text.isEscaped,
      kind: Version.difference(from: before, to: last.version) ?? .reverted,
      previousSeenAt: firstSeen.previousSeenAt, firstSeenAt: firstSeen.seenAt, seenAt: last.seenAt,
      versions: seen.count, intermediate: seen.dropLast().suffix(Self.maximumIntermediate).map(\.seenAt),
      before: before.map { FileState($0, names) }, after: last.version.map { FileState($0, names) },
      actor: last.actor?.text, writer: last.actor)
  }
}

extension FileState {
  init(_ version: Version, _ names: AccountNames) {
    let octal = String(version.mode, radix: 8)
    self.init(
      type: version.type, mode: String(repeating: "0", count: max(0, 4 - octal.count)) + octal,
      uid: version.uid,
      gid: version.gid, owner: names.users[version.uid], group: names.groups[version.gid], size: version.size,
      modifiedAt: Timestamp(nanoseconds: version.modified),
      changedAt: Timestamp(nanoseconds: version.changed),
      content: version.content, keyedHash: version.keyedHash?.hexadecimal,
      sha256: version.sha256?.hexadecimal,
      target: version.target.map { String(decoding: $0, as: UTF8.self) },
      attributes: version.attributes.flatMap { $0.isEmpty ? nil : Self.lines($0) })
  }

  private static func lines(_ text: Data) -> [String] {
    String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
