internal import Evidence
internal import FoundationEssentials
internal import GRDB

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension HistoryDatabase {
  /// Opens the file of an agent that may be running.
  init(readOnly path: String) throws(ConfigHistoryError) {
    let queue = try Self.wrapping(path) {
      guard access(path, R_OK) == 0 else {
        let code = errno
        throw ConfigHistoryError(
          path: path, problem: "open: \(errorText(code))",
          remedy: code == EACCES
            ? "only root and the agent's user may read it: try sudo"
            : "the agent makes it at its start; name the configuration of the agent, or its state folder",
          code: code)
      }
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(5)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      guard try queue.read(Self.migrator.hasCompletedMigrations) else {
        throw ConfigHistoryError(
          path: path, problem: "it is of an older version",
          remedy: "start the agent of this version once: it brings the file up")
      }
      return queue
    }
    self.init(path: path, queue: queue)
  }
}

extension Database {
  /// The path's versions, newest first.
  func versions(of path: [UInt8], limit: Int) throws -> [VersionRow] {
    let sql = """
      SELECT \(Self.versionColumns)
      FROM entry JOIN version ON version.entry = entry.id LEFT JOIN blob ON blob.id = version.blob
      WHERE folder = ? AND name = ? ORDER BY version.id DESC LIMIT ?
      """
    let (folder, name) = PathBytes.split(path)
    return try Row.fetchAll(self, sql: sql, arguments: [Data(folder), Data(name), limit])
      .map { try VersionRow($0) }
  }

  /// The version of a path in force at a time.
  func version(of path: [UInt8], at time: Timestamp) throws -> VersionRow? {
    let sql = """
      SELECT \(Self.versionColumns)
      FROM entry JOIN version ON version.entry = entry.id LEFT JOIN blob ON blob.id = version.blob
      WHERE folder = ? AND name = ? AND seen_at <= ? ORDER BY version.id DESC LIMIT 1
      """
    let (folder, name) = PathBytes.split(path)
    return try Row.fetchOne(
      cachedStatement(sql: sql), arguments: [Data(folder), Data(name), time.nanoseconds]
    ).map { try VersionRow($0) }
  }

  /// What was in a folder at a time, by name; what was not there is left out.
  /// With `orBaseline` a baseline that was seen later stands for the state at the time, as in the changes of a
  /// window.
  func states(
    in folder: [UInt8], at time: Timestamp, orBaseline: Bool = false
  ) throws -> [(name: [UInt8], version: Version)] {
    let sql = """
      SELECT \(Self.versionColumns), name
      FROM entry JOIN version ON version.id = coalesce(
        (SELECT max(id) FROM version AS latest WHERE latest.entry = entry.id AND latest.seen_at <= ?),
        (SELECT min(id) FROM version AS first WHERE ? AND first.entry = entry.id AND first.baseline = 1))
      LEFT JOIN blob ON blob.id = version.blob
      WHERE folder = ? AND version.type IS NOT NULL ORDER BY name
      """
    let cursor = try Row.fetchCursor(
      cachedStatement(sql: sql), arguments: [time.nanoseconds, orBaseline, Data(folder)])
    var states: [(name: [UInt8], version: Version)] = []
    while let row = try cursor.next() {
      guard let version = try VersionRow(row).version else { continue }
      states.append((Array(try row.decode(Data.self, forColumn: "name")), version))
    }
    return states
  }
}
