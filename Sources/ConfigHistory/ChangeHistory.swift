internal import Crypto
package import Evidence
internal import FoundationEssentials
internal import GRDB
package import Redaction
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the watched files were, since when: redacted versions in a SQLite file of its own.
///
/// Calls block: make them on a thread of their own. All of them may be made from any thread; a scan waits for
/// another one, and everything else waits at most for one batch of a scan.
package final class ChangeHistory: Sendable {
  private static let keyCheckText = "exhibit config history 1: key check"
  private static let hashKeyText = "exhibit config history 1: content"
  static let pollingMicroseconds: UInt32 = 10_000

  let database: HistoryDatabase
  let hashKey: SymmetricKey
  /// Held while scanning.
  let scanning = Mutex(ScanMemory())
  /// What events told and no scan has looked at yet.
  let pending = PendingChanges()
  let catchUp = CatchUp()
  private let looks = Mutex(HostLooks())

  /// Opens the history, or begins one in a file with mode 0600.
  ///
  /// - Parameters:
  ///   - databasePath: the SQLite file; its folder exists.
  ///   - key: the host's secret for the hashes of what is not stored; at least 16 bytes. A history belongs to
  ///     one key, for hashes of two keys cannot be compared.
  /// - Throws: `ConfigHistoryError` when the file cannot be used, or was made under another key.
  package init(databasePath: String, key: [UInt8]) throws(ConfigHistoryError) {
    guard key.count >= 16 else {
      throw ConfigHistoryError(
        path: databasePath, problem: "a key of \(key.count) bytes is too short", remedy: "give at least 16")
    }
    database = try HistoryDatabase(path: databasePath)
    hashKey = SymmetricKey(data: Self.derive(key, Self.hashKeyText))
    let check = Self.derive(key, Self.keyCheckText)
    let stored = try database.write { db in
      if try db.data(.keyCheck) == nil { try db.set(.keyCheck, check) }
      return try db.data(.keyCheck)
    }
    guard stored == check else {
      throw ConfigHistoryError(
        path: databasePath, problem: "it was made under another key",
        remedy: "restore the key, or move the file away and a new history begins")
    }
  }

  private static func derive(_ key: [UInt8], _ purpose: String) -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: Data(purpose.utf8), using: SymmetricKey(data: key)))
  }

  /// Walks the scope and stores what changed since the last scan.
  ///
  /// What is seen for the first time because nobody looked before is a baseline and no change: everything in
  /// the first scan, and what a new scope adds. Only a name that appears in a folder which an earlier scan
  /// had listed, under a scope that had the path in it, is a creation.
  ///
  /// - Parameters:
  ///   - scope: what to walk; the next scan may have another one.
  ///   - redactor: everything that is stored has passed it.
  ///   - at: when the scan begins; it is the time of all that it sees.
  ///   - readsSecrets: reads what has not changed and holds secrets, too, so that the redactor knows them.
  ///   - shouldStop: asked before each entry. A scan that was stopped leaves a gap, and all that it has not
  ///     seen as it was.
  /// - Returns: what was seen and what could not be.
  /// - Throws: `ConfigHistoryError` when the store fails. Trouble with watched paths is in the report.
  package func scan(
    _ scope: ConfigScope, redactor: Redactor, at: Timestamp, readsSecrets: Bool = false,
    shouldStop: @escaping () -> Bool = { false }
  ) throws(ConfigHistoryError) -> ScanReport {
    try scan(
      scope, redactor: redactor, at: at, readsSecrets: readsSecrets, watch: nil, shouldStop: shouldStop)
  }

  /// Stores what changed until now: of the paths of which events told, where a watch over the same scope has missed
  /// nothing, and else of everything, as `scan` does.
  ///
  /// - Parameters:
  ///   - scope: as of `scan`.
  ///   - redactor: everything that is stored has passed it.
  ///   - shouldStop: as of `scan`.
  /// - Returns: what was seen and what could not be, what the last look at everything could not see included.
  /// - Throws: `ConfigHistoryError` when the store fails. Trouble with watched paths is in the report.
  package func bringUpToDate(
    _ scope: ConfigScope, redactor: Redactor, shouldStop: @escaping () -> Bool = { false }
  ) throws(ConfigHistoryError) -> ScanReport {
    if let paths = catchUp.paths(orUntil: shouldStop),
      let report = try scanAgain(paths, of: scope, redactor: redactor, shouldStop: shouldStop)
    {
      return report
    }
    return try scan(scope, redactor: redactor, at: .now(), shouldStop: shouldStop)
  }

  /// Looks at listening sockets, mounts and packages' configuration, and stores what changed since the last look.
  ///
  /// - Parameters:
  ///   - redactor: everything that is stored has passed it.
  ///   - at: the time of what it sees.
  ///   - cut: what was superseded before it is removed.
  /// - Returns: the number of changes, and what could not be looked at.
  /// - Throws: `ConfigHistoryError` when the store fails.
  package func observeHost(
    redactor: Redactor, at: Timestamp, olderThan cut: Timestamp
  ) throws(ConfigHistoryError) -> (changed: Int, gaps: [Gap]) {
    try looks.withLock { looks throws(ConfigHistoryError) in
      let sample = looks.sampler.sample()
      let rules = redactor.fingerprint
      // What a look stored is what a look that saw the same would store.
      let known = looks.rules == rules ? looks.kinds : [:]
      looks.kinds = [:]
      let changed = try database.observe(sample, unless: known, redactor: redactor, at: at, olderThan: cut)
      (looks.kinds, looks.rules) = (sample.kinds, rules)
      return (changed, sample.gaps)
    }
  }

  /// What one look at the host leaves to the next.
  private struct HostLooks {
    var sampler = HostSampler()
    /// What it saw, and the rules by which that was stored.
    var kinds: [SettingChange.Kind: [String: String]] = [:]
    var rules: [UInt8] = []
  }

  /// What the history tells.
  package var reader: HistoryReader { HistoryReader(database: database) }

  /// See `HistoryReader.earliestScan`.
  package var earliestScan: Timestamp? {
    get throws(ConfigHistoryError) { try reader.earliestScan }
  }

  /// See `HistoryReader.changes(in:)`.
  package func changes(in window: TimeWindow) throws(ConfigHistoryError) -> [ConfigChange] {
    try reader.changes(in: window)
  }

  /// See `HistoryReader.content(of:path:redactor:)`.
  package func content(
    of state: FileState, path: [UInt8] = [], redactor: Redactor
  ) throws(ConfigHistoryError) -> Redacted? {
    try reader.content(of: state, path: path, redactor: redactor)
  }

  /// Removes versions that were superseded before a time, and more of the oldest until the contents fit.
  ///
  /// What was in force at the cut and the last version of each live path stay, so the state at any later time
  /// can still be told.
  /// - Parameters:
  ///   - olderThan: the cut.
  ///   - maximumBytes: of stored contents together, in bytes.
  /// - Returns: the number of versions removed.
  /// - Throws: `ConfigHistoryError` when the store fails.
  package func prune(olderThan: Timestamp, maximumBytes: Int) throws(ConfigHistoryError) -> Int {
    try prune(olderThan: olderThan, maximumBytes: maximumBytes, betweenSteps: {})
  }
}
