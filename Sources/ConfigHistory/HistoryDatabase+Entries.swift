internal import FoundationEssentials
internal import GRDB
internal import Redaction

extension Database {
  private static let entryColumns = """
    id, name, live, listed, type, content, mode, uid, gid, size, device, inode, modified, changed, number, secrets
    """

  /// The entries of a folder in byte order of their names, whether live or not.
  func entries(in folder: [UInt8]) throws -> [KnownEntry] {
    let sql = "SELECT \(Self.entryColumns) FROM entry WHERE folder = ? ORDER BY name"
    let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: [Data(folder)])
    var entries: [KnownEntry] = []
    while let row = try cursor.next() {
      entries.append(try KnownEntry(row))
    }
    return entries
  }

  func entry(_ path: [UInt8]) throws -> KnownEntry? {
    let (folder, name) = PathBytes.split(path)
    let sql = "SELECT \(Self.entryColumns) FROM entry WHERE folder = ? AND name = ?"
    return try Row.fetchOne(cachedStatement(sql: sql), arguments: [Data(folder), Data(name)])
      .map { try KnownEntry($0) }
  }

  /// Stores what was seen of a path last.
  /// - Returns: the entry's id.
  func save(_ seen: Observation) throws -> Int64 {
    let metadata = seen.finding.metadata
    // A time that no file has makes the next scan read the file again.
    let changed = seen.finding.isSettled ? metadata.changed : Int64.min
    let sql = """
      INSERT INTO entry (folder, name, live, listed, type, content, mode, uid, gid, size, device, inode,
        modified, changed, number, secrets) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (folder, name) DO UPDATE SET live = 1, listed = excluded.listed, type = excluded.type,
        content = excluded.content, mode = excluded.mode, uid = excluded.uid, gid = excluded.gid,
        size = excluded.size, device = excluded.device, inode = excluded.inode, modified = excluded.modified,
        changed = excluded.changed, number = excluded.number, secrets = excluded.secrets
      RETURNING id
      """
    let arguments: StatementArguments = [
      Data(seen.folder), Data(seen.name), seen.isListed, metadata.type.rawValue,
      seen.finding.content.rawValue,
      metadata.mode, metadata.uid, metadata.gid, metadata.size, Int64(bitPattern: metadata.device),
      Int64(bitPattern: metadata.inode), metadata.modified, changed, Int64(bitPattern: metadata.number),
      seen.finding.holdsSecrets,
    ]
    guard let id = try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments) else {
      throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "INSERT … RETURNING gave no row")
    }
    return id
  }

  func markListed(_ path: [UInt8]) throws {
    let (folder, name) = PathBytes.split(path)
    let sql = "UPDATE entry SET listed = 1 WHERE folder = ? AND name = ?"
    try cachedStatement(sql: sql).execute(arguments: [Data(folder), Data(name)])
  }

  /// Adapts the store to another scope. What left it is no longer live: that is no deletion, and no later
  /// scan may compare with it. What became secret loses its content in all versions.
  func enter(_ scope: ScopeMatcher) throws {
    let cursor = try Row.fetchCursor(self, sql: "SELECT id, folder, name, live FROM entry")
    var retired: [Int64] = []
    var secret: [Int64] = []
    while let row = try cursor.next() {
      let id = try row.decode(Int64.self, atIndex: 0)
      let folder = try row.decode(Data.self, atIndex: 1)
      let path = PathBytes.join(Array(folder), Array(try row.decode(Data.self, atIndex: 2)))
      if try row.decode(atIndex: 3), !scope.covers(path) { retired.append(id) }
      if scope.secret.contains(path) { secret.append(id) }
    }
    try retired.forEach {
      try execute(sql: "UPDATE entry SET live = 0, listed = 0 WHERE id = ?", arguments: [$0])
    }
    try secret.forEach { try scrub($0) }
    try removeUnusedBlobs()
  }
}

extension KnownEntry {
  fileprivate init(_ row: Row) throws {
    guard let type = FileState.FileType(rawValue: try row.decode(atIndex: 4)),
      let content = FileState.Content(rawValue: try row.decode(atIndex: 5))
    else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "unknown file type in table entry") }
    func number(_ index: Int) throws -> Int64 { try row.decode(atIndex: index) }
    self.init(
      id: try number(0), name: Array(try row.decode(Data.self, atIndex: 1)),
      isLive: try row.decode(atIndex: 2),
      isListed: try row.decode(atIndex: 3), content: content,
      metadata: Metadata(
        type: type, mode: try row.decode(atIndex: 6), uid: try row.decode(atIndex: 7),
        gid: try row.decode(atIndex: 8), size: try number(9), device: UInt64(bitPattern: try number(10)),
        inode: UInt64(bitPattern: try number(11)), modified: try number(12), changed: try number(13),
        number: UInt64(bitPattern: try number(14))),
      holdsSecrets: try row.decode(atIndex: 15))
  }
}
