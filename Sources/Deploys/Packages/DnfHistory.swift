package import Evidence
internal import Foundation
internal import GRDB

/// Why a history of dnf could not be read.
package struct DnfHistoryError: Error, CustomStringConvertible {
  package var path: String
  package var isPermission: Bool
  package var detail: String

  package var description: String { "\(path): \(detail)" }
}

/// Reads the SQLite databases in which dnf keeps its transactions.
///
/// dnf 4: `/var/lib/dnf/history.sqlite`
/// (https://github.com/rpm-software-management/libdnf/blob/dnf-4-master/libdnf/transaction/sql/create_tables.sql);
/// dnf 5: `/usr/lib/sysimage/libdnf5/transaction_history.sqlite`
/// (https://github.com/rpm-software-management/dnf5/blob/main/libdnf5/transaction/db/sql/create_tables.sql).
/// Which of them it is, its tables say.
package enum DnfHistory {
  /// Packages of one window.
  package static let itemLimit = 50_000

  /// What was read.
  package struct Content: Sendable, Hashable {
    package var transactions: [PackageTransaction] = []
    /// Whether there were more packages than the limit; the oldest are there.
    package var isCut = false
  }

  /// Reads the transactions that began in a window. Blocking.
  ///
  /// - Parameters:
  ///   - path: of the database.
  ///   - window: half-open.
  ///   - limit: packages that are read.
  /// - Returns: `nil` where there is no such file.
  /// - Throws: `DnfHistoryError`.
  package static func read(
    _ path: String, in window: TimeWindow, limit: Int = itemLimit
  ) throws(DnfHistoryError) -> Content? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try open(path).read { database in
        let names = try database.tableExists("pkg_names")
        let rows = try Row.fetchAll(
          database, sql: names ? dnf5 : dnf4(try database.columns(in: "trans").map(\.name)),
          arguments: [seconds(window.from), seconds(window.to), limit + 1])
        return Content(
          transactions: transactions(
            of: rows.prefix(limit).map { Item($0, actions: names ? dnf5Actions : dnf4Actions) }),
          isCut: rows.count > limit)
      }
    } catch {
      let isPermission = access(path, R_OK) != 0
      let remedy = isPermission ? "; give the agent's user the right to read it" : ""
      throw DnfHistoryError(path: path, isPermission: isPermission, detail: "SQLite: \(error)\(remedy)")
    }
  }

  /// The first second that is not before the instant.
  private static func seconds(_ time: Timestamp) -> Int64 {
    time.nanoseconds % 1_000_000_000 == 0 ? time.seconds : time.seconds + 1
  }

  /// A database in WAL mode can only be opened where its `-shm` can be written. Without a log beside it nothing is
  /// lost by reading the file as it is.
  private static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(2)
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM trans") }
      return queue
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN && !hasLog(path) {
      var components = URLComponents()
      components.scheme = "file"
      components.path = path
      components.queryItems = [URLQueryItem(name: "immutable", value: "1")]
      return try DatabaseQueue(path: components.string ?? path, configuration: configuration)
    }
  }

  private static func hasLog(_ path: String) -> Bool {
    var status = stat()
    return stat(path + "-wal", &status) == 0 && status.st_size > 0
  }

  /// `state` came with dnf 4.1; before it there was `done`.
  private static func dnf4(_ columns: [String]) -> String {
    let isDone = columns.contains("state") ? "t.state = 1" : "t.done = 1"
    return """
      SELECT t.id AS run, t.dt_begin, t.dt_end, t.user_id, t.cmdline AS command, \(isDone) AS is_done,
        i.action, i.reason, r.name, r.epoch, r.version, r.release, r.arch
      FROM trans t JOIN trans_item i ON i.trans_id = t.id JOIN rpm r ON r.item_id = i.item_id
      WHERE t.dt_begin >= ? AND t.dt_begin < ? ORDER BY t.dt_begin, t.id, i.id LIMIT ?
      """
  }

  private static let dnf5 = """
    SELECT t.id AS run, t.dt_begin, t.dt_end, t.user_id, t.description AS command, t.state_id = 2 AS is_done,
      i.action_id AS action, i.reason_id AS reason, n.name, r.epoch, r.version, r.release, a.name AS arch
    FROM trans t JOIN trans_item i ON i.trans_id = t.id JOIN rpm r ON r.item_id = i.item_id
      JOIN pkg_names n ON n.id = r.name_id JOIN archs a ON a.id = r.arch_id
    WHERE t.dt_begin >= ? AND t.dt_begin < ? ORDER BY t.dt_begin, t.id, i.id LIMIT ?
    """

  fileprivate enum Effect {
    case brings(PackageAction)
    /// The version that another one takes the place of, or a package that another one makes obsolete.
    case replaced
    case removes
  }

  /// `TransactionItemAction` of libdnf. 4, a package that makes others obsolete, is told by those; 11 is a change of
  /// the reason.
  private static let dnf4Actions: [Int: Effect] = [
    1: .brings(.install), 2: .brings(.downgrade), 3: .replaced, 4: .brings(.install), 5: .replaced,
    6: .brings(.upgrade), 7: .replaced, 8: .removes, 9: .brings(.reinstall), 10: .replaced,
  ]

  /// `TransactionItemAction` of libdnf5; those above are of no package.
  private static let dnf5Actions: [Int: Effect] = [
    1: .brings(.install), 2: .brings(.upgrade), 3: .brings(.downgrade), 4: .brings(.reinstall), 5: .removes,
    6: .replaced,
  ]

  private static func transactions(of items: [Item]) -> [PackageTransaction] {
    var result: [PackageTransaction] = []
    var start = items.startIndex
    while start < items.endIndex {
      let end = items[start...].firstIndex { $0.runID != items[start].runID } ?? items.endIndex
      result += Run(items[start..<end]).transactions
      start = end
    }
    return result
  }
}

/// One package in one transaction.
private struct Item {
  let runID: Int64
  let run: AptRun
  let effect: DnfHistory.Effect?
  let name: String
  let architecture: String
  let version: String
  let isAutomatic: Bool

  init(_ row: Row, actions: [Int: DnfHistory.Effect]) {
    runID = row["run"]
    let isDone: Bool? = row["is_done"]
    let ended: Int64? = row["dt_end"]
    let user: Int64? = row["user_id"]
    run = AptRun(
      startedAt: Timestamp(seconds: row["dt_begin"] ?? 0), endedAt: ended.map { Timestamp(seconds: $0) },
      commandLine: row["command"],
      // The user id that is none, -1 in 32 bits: a transaction of no login.
      requestedBy: user.flatMap { $0 >= 0 && $0 < 0xFFFF_FFFF ? "uid \($0)" : nil },
      error: isDone == true ? nil : ended == nil ? "the transaction did not end" : "the transaction failed")
    effect = actions[row["action"] ?? 0]
    name = row["name"] ?? ""
    architecture = row["arch"] ?? ""
    let epoch: Int64 = row["epoch"] ?? 0
    let text = "\(row["version"] ?? "")-\(row["release"] ?? "")"
    version = epoch == 0 ? text : "\(epoch):\(text)"
    let reason: Int = row["reason"] ?? 0
    // Dependency, and weak dependency.
    isAutomatic = reason == 1 || reason == 4
  }
}

/// One transaction: what it brings is joined with what that takes the place of.
private struct Run {
  private(set) var transactions: [PackageTransaction] = []

  init(_ items: ArraySlice<Item>) {
    var replaced: [String: [Item]] = [:]
    for item in items { if case .replaced? = item.effect { replaced[item.name, default: []].append(item) } }
    for item in items {
      switch item.effect {
      case .brings(let action)?:
        let old = take(item, from: &replaced)
        add(item, action, old: old?.version, new: item.version)
      case .removes?: add(item, .remove, old: item.version, new: nil)
      case .replaced?, nil: break
      }
    }
    for item in items where replaced[item.name]?.contains(where: { $0.version == item.version }) == true {
      guard case .replaced? = item.effect else { continue }
      add(item, .remove, old: item.version, new: nil)
    }
  }

  /// The old version of the same architecture, else (`noarch` may come and go) of any.
  private func take(_ item: Item, from replaced: inout [String: [Item]]) -> Item? {
    guard let candidates = replaced[item.name], !candidates.isEmpty else { return nil }
    let index = candidates.firstIndex { $0.architecture == item.architecture } ?? candidates.startIndex
    return replaced[item.name]?.remove(at: index)
  }

  private mutating func add(_ item: Item, _ action: PackageAction, old: String?, new: String?) {
    transactions.append(
      PackageTransaction(
        at: item.run.startedAt, action: action, package: item.name, architecture: item.architecture,
        oldVersion: old, newVersion: new, automatic: item.isAutomatic, run: item.run, source: .dnf))
  }
}
