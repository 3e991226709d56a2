package import Evidence
internal import FoundationEssentials
internal import GRDB
package import Redaction

/// Answers questions from the history, beside a running agent or without one.
///
/// Calls block: make them on a thread of their own. The state at a time is what the last scan up to and at that
/// time saw.
package struct HistoryReader: Sendable {
  let database: HistoryDatabase

  init(database: HistoryDatabase) {
    self.database = database
  }

  /// Opens a history that an agent of this version keeps, or kept, and writes nothing into it.
  ///
  /// - Parameter databasePath: the SQLite file.
  /// - Throws: `ConfigHistoryError` when it cannot be read, or is of another version.
  package init(databasePath: String) throws(ConfigHistoryError) {
    database = try HistoryDatabase(readOnly: databasePath)
  }

  /// When the history of the watched paths begins: the first scan that was not stopped, or later where older
  /// states were pruned; `nil` before that. A window that begins earlier has a gap `history-start`.
  package var earliestScan: Timestamp? {
    get throws(ConfigHistoryError) {
      try database.read { try $0.time(.historyStart) }
    }
  }

  /// The paths whose state differs between the two ends of a window, or differed in between, in byte order.
  ///
  /// A scan made at `window.to` counts, one made at `window.from` is the window's start. A path whose baseline
  /// lies in the window is compared with it. A file that went and one that came are one change, a rename, where they are
  /// the same file or alike: see `Renames`.
  ///
  /// - Parameters:
  ///   - window: both ends are times of the host.
  ///   - path: only this path, and what is or was under it.
  /// - Returns: no more than one change a path.
  /// - Throws: `ConfigHistoryError` when the store fails.
  package func changes(
    in window: TimeWindow, under path: [UInt8]? = nil
  ) throws(ConfigHistoryError) -> [ConfigChange] {
    var renames = Renames(try database.changes(in: window, names: AccountNames.ofHost()))
    let changes = try renames.paired { sha256 throws(ConfigHistoryError) in
      try database.read { try $0.blob(sha256: sha256) }.map { Array($0) }
    }
    guard let path = path.map(PathBytes.normalized) else { return changes }
    return changes.filter { change in
      [change.rawPath, change.rawPreviousPath].contains {
        $0.map { PathBytes.isPath($0, atOrUnder: path) } ?? false
      }
    }
  }

  /// The content of a state as it is stored, under the rules of today.
  ///
  /// - Parameters:
  ///   - state: of a file.
  ///   - path: of the file; an allowance may hold for it alone.
  ///   - redactor: with the rules of today.
  /// - Returns: `nil` where there is none, or where it was pruned.
  /// - Throws: `ConfigHistoryError` when the store fails.
  package func content(
    of state: FileState, path: [UInt8] = [], redactor: Redactor
  ) throws(ConfigHistoryError) -> Redacted? {
    let redactor = redactor.scoped(path: String(decoding: path, as: UTF8.self))
    guard let sha256 = state.sha256.flatMap(Data.init(hexadecimal:)) else { return nil }
    return try database.read { try $0.blob(sha256: sha256) }?.withUnsafeBytes { redactor.redact($0) }
  }

  /// What is known of a path, newest first.
  ///
  /// - Parameters:
  ///   - path: absolute; repeated and trailing slashes do not matter.
  ///   - limit: of versions.
  /// - Returns: none where no scan has seen the path.
  /// - Throws: `ConfigHistoryError` when the store fails.
  package func versions(of path: [UInt8], limit: Int = 10_000) throws(ConfigHistoryError) -> [PathVersion] {
    let path = PathBytes.normalized(path)
    let names = AccountNames.ofHost()
    return try database.read { db in
      // One more tells what the last one changed.
      let rows = try db.versions(of: path, limit: limit + 1)
      let start = try db.time(.historyStart)
      return rows.indices.prefix(limit).map { place in
        let older = place + 1 < rows.count ? rows[place + 1] : nil
        return PathVersion(rows[place], after: older, historyStart: start, names: names)
      }
    }
  }

  /// The state of a path at a time.
  package func state(of path: [UInt8], at time: Timestamp) throws(ConfigHistoryError) -> PathState {
    let path = PathBytes.normalized(path)
    let found = try database.read { db in
      (row: try db.version(of: path, at: time), isKnown: try db.entry(path) != nil)
    }
    guard let row = found.row else { return found.isKnown ? .unknown : .neverSeen }
    guard let version = row.version else { return .absent(since: row.seenAt) }
    return .present(FileState(version, AccountNames.ofHost()), since: row.seenAt)
  }
}

extension HistoryReader {
  /// What was in a folder at a time, in byte order of the names.
  /// - Throws: `ConfigHistoryError` when the store fails.
  package func entries(
    in folder: [UInt8], at time: Timestamp
  ) throws(ConfigHistoryError) -> [(name: [UInt8], state: FileState)] {
    let folder = PathBytes.normalized(folder)
    let names = AccountNames.ofHost()
    // The root folder is an entry of itself, without a name.
    return try database.read { try $0.states(in: folder, at: time) }.filter { !$0.name.isEmpty }
      .map { ($0.name, FileState($0.version, names)) }
  }
}

/// What the history says of a path at a time.
package enum PathState: Sendable, Hashable {
  /// No scan has seen the path, ever.
  case neverSeen
  /// The history of the path begins later.
  case unknown
  case absent(since: Timestamp)
  case present(FileState, since: Timestamp)
}

/// A state in which scans saw a path.
package struct PathVersion: Codable, Sendable, Hashable {
  /// The scan that saw it first.
  package var seenAt: Timestamp
  /// The last scan that saw the state before it; `nil` where there is none.
  package var previousSeenAt: Timestamp?
  /// What it took to get here; `nil` where the history of the path begins with it.
  package var kind: ConfigChange.Kind?
  /// `nil`: the path was not there.
  package var state: FileState?
  /// Who made the change, in words, where the watch knows.
  package var actor: String?

  enum CodingKeys: String, CodingKey {
    case kind, state, actor
    case seenAt = "seen_at"
    case previousSeenAt = "previous_seen_at"
  }

  fileprivate init(
    _ row: VersionRow, after older: VersionRow?, historyStart: Timestamp?, names: AccountNames
  ) {
    seenAt = row.seenAt
    previousSeenAt = row.previousSeenAt
    // What came before the oldest version may have been pruned.
    let isBeginning = row.isBaseline || older == nil && row.seenAt <= historyStart ?? row.seenAt
    kind = isBeginning ? nil : Version.difference(from: older?.version, to: row.version)
    state = row.version.map { FileState($0, names) }
    actor = row.actor?.text
  }
}
