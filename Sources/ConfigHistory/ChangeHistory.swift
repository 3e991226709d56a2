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
  private static let pollingMicroseconds: UInt32 = 10_000

  let database: HistoryDatabase
  private let hashKey: SymmetricKey
  private let scanning = Mutex(())

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
  ///   - readsAll: reads what has not changed, too, so that the redactor knows the secrets in it.
  ///   - shouldStop: asked before each entry. A scan that was stopped leaves a gap, and all that it has not
  ///     seen as it was.
  /// - Returns: what was seen and what could not be.
  /// - Throws: `ConfigHistoryError` when the store fails. Trouble with watched paths is in the report.
  package func scan(
    _ scope: ConfigScope, redactor: Redactor, at: Timestamp, readsAll: Bool = false,
    shouldStop: @escaping () -> Bool = { false }
  ) throws(ConfigHistoryError) -> ScanReport {
    while true {
      let report = try scanning.withLockIfAvailable { _ throws(ConfigHistoryError) in
        try scanAlone(scope, redactor, at, readsAll, shouldStop)
      }
      if let report { return report }
      if shouldStop() { return .notBegun }
      usleep(Self.pollingMicroseconds)
    }
  }

  private func scanAlone(
    _ scope: ConfigScope, _ redactor: Redactor, _ at: Timestamp, _ readsAll: Bool,
    _ shouldStop: @escaping () -> Bool
  ) throws(ConfigHistoryError) -> ScanReport {
    try database.renameEntries(by: redactor)
    let previous = try database.scope()
    if previous != scope {
      try database.write { try $0.enter(ScopeMatcher(scope)) }
      // What became secret must not stay readable in a free page or in the WAL.
      try database.shrink()
    }
    let examiner = Examiner(redactor: redactor, key: hashKey, maximumFileBytes: scope.maximumFileBytes)
    let pass = ScanPass(
      database: database, scope: scope, previousScope: previous, examiner: examiner,
      names: StoredNames(redactor), at: at, readsAll: readsAll, shouldStop: shouldStop)
    try pass.run()
    if !pass.isStopped { try database.finishScan(of: scope, at: at, isWhole: pass.report.isFinished) }
    return pass.report
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
  /// The state at a time is what the last scan up to and at that time saw: a scan made at `window.to` counts,
  /// one made at `window.from` is the window's start. A path whose baseline lies in the window is compared
  /// with it.
  package func changes(in window: TimeWindow) throws(ConfigHistoryError) -> [ConfigChange] {
    try database.changes(in: window, names: AccountNames.ofHost())
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
    of state: FileState, path: [UInt8], redactor: Redactor
  ) throws(ConfigHistoryError) -> Redacted? {
    let redactor = redactor.scoped(path: String(decoding: path, as: UTF8.self))
    guard let sha256 = state.sha256.flatMap(Data.init(hexadecimal:)) else { return nil }
    return try database.read { try $0.blob(sha256: sha256) }?.withUnsafeBytes { redactor.redact($0) }
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
    let removed = try database.prune(olderThan: olderThan, maximumBytes: maximumBytes)
    if removed > 0 { try database.shrink() }
    return removed
  }
}
