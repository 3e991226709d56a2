import Deploys
import Evidence
import Foundation
import GRDB
import Testing

@Suite("dnf's history")
struct DnfHistoryTests {
  private final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "exhibit-dnf-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit {
      do { try FileManager.default.removeItem(atPath: path) } catch {
        print("could not remove \(path): \(error)")
      }
    }
  }

  private let folder: Folder
  private let hour = window("2026-11-24T03:00:00", "2026-11-24T04:00:00")

  init() throws {
    folder = try Folder()
  }

  /// The tables that are read, as libdnf makes them.
  private static let dnf4 = """
    CREATE TABLE trans (id INTEGER PRIMARY KEY AUTOINCREMENT, dt_begin INTEGER NOT NULL, dt_end INTEGER,
      rpmdb_version_begin TEXT, rpmdb_version_end TEXT, releasever TEXT NOT NULL, user_id INTEGER NOT NULL,
      cmdline TEXT, state INTEGER NOT NULL, comment TEXT);
    CREATE TABLE trans_item (id INTEGER PRIMARY KEY AUTOINCREMENT, trans_id INTEGER, item_id INTEGER,
      repo_id INTEGER, action INTEGER NOT NULL, reason INTEGER NOT NULL, state INTEGER NOT NULL);
    CREATE TABLE rpm (item_id INTEGER UNIQUE NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL,
      version TEXT NOT NULL, release TEXT NOT NULL, arch TEXT NOT NULL);
    """

  private static let dnf5 = """
    CREATE TABLE trans (id INTEGER PRIMARY KEY AUTOINCREMENT, dt_begin INTEGER NOT NULL, dt_end INTEGER,
      rpmdb_version_begin TEXT, rpmdb_version_end TEXT, releasever TEXT NOT NULL, user_id INTEGER NOT NULL,
      description TEXT, comment TEXT, state_id INTEGER);
    CREATE TABLE pkg_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE archs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE trans_item (id INTEGER PRIMARY KEY AUTOINCREMENT, trans_id INTEGER, item_id INTEGER,
      repo_id INTEGER, action_id INTEGER NOT NULL, reason_id INTEGER NOT NULL, state_id INTEGER NOT NULL);
    CREATE TABLE rpm (item_id INTEGER NOT NULL UNIQUE, name_id INTEGER NOT NULL, epoch INTEGER NOT NULL,
      version TEXT NOT NULL, release TEXT NOT NULL, arch_id INTEGER NOT NULL);
    """

  private typealias Package = (
    action: Int, reason: Int, name: String, epoch: Int, version: String, arch: String
  )

  private func make(dnf5 isNew: Bool, wal: Bool = false) throws -> (path: String, database: DatabaseQueue) {
    let path = folder.path + "/history.sqlite"
    let database = try DatabaseQueue(path: path)
    if wal { try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") } }
    try database.write { try $0.execute(sql: isNew ? Self.dnf5 : Self.dnf4) }
    return (path, database)
  }

  private func add(
    _ database: DatabaseQueue, dnf5 isNew: Bool, at time: String, lasts: Int64? = 30, user: Int64 = 1000,
    state: Int? = nil, command: String, _ packages: [Package]
  ) throws {
    let begin = utc(time).seconds
    try database.write { database in
      let (text, outcome) = isNew ? ("description", "state_id") : ("cmdline", "state")
      try database.execute(
        sql:
          "INSERT INTO trans (dt_begin, dt_end, releasever, user_id, \(text), \(outcome)) VALUES (?, ?, '40', ?, ?, ?)",
        arguments: [begin, lasts.map { begin + $0 }, user, command, state ?? (isNew ? 2 : 1)])
      let run = database.lastInsertedRowID
      for package in packages {
        let item = try (Int64.fetchOne(database, sql: "SELECT max(item_id) FROM rpm") ?? 0) + 1
        let suffix = isNew ? "_id" : ""
        try database.execute(
          sql:
            "INSERT INTO trans_item (trans_id, item_id, action\(suffix), reason\(suffix), \(outcome)) VALUES (?, ?, ?, ?, 1)",
          arguments: [run, item, package.action, package.reason])
        if isNew {
          try database.execute(
            sql: "INSERT OR IGNORE INTO pkg_names (name) VALUES (?)", arguments: [package.name])
          try database.execute(
            sql: "INSERT OR IGNORE INTO archs (name) VALUES (?)", arguments: [package.arch])
          try database.execute(
            sql: """
              INSERT INTO rpm VALUES (?, (SELECT id FROM pkg_names WHERE name = ?), ?, ?, '1.fc40',
                (SELECT id FROM archs WHERE name = ?))
              """, arguments: [item, package.name, package.epoch, package.version, package.arch])
        } else {
          try database.execute(
            sql: "INSERT INTO rpm VALUES (?, ?, ?, ?, '1.fc40', ?)",
            arguments: [item, package.name, package.epoch, package.version, package.arch])
        }
      }
    }
  }

  private func summary(_ content: DnfHistory.Content?) -> [String] {
    (content?.transactions ?? []).map { transaction in
      let versions = "\(transaction.oldVersion ?? "-")→\(transaction.newVersion ?? "-")"
      return
        "\(transaction.action.rawValue) \(transaction.package) \(versions)\(transaction.automatic ? " automatic" : "")"
    }
  }

  @Test(
    "what was replaced is the old version of what replaces it, in both formats", arguments: [false, true])
  func formats(isNew: Bool) throws {
    let (path, database) = try make(dnf5: isNew)
    // install, upgrade, replaced, remove, downgrade, reinstall
    let codes = isNew ? [1, 2, 6, 5, 3, 4] : [1, 6, 7, 8, 2, 9]
    try add(
      database, dnf5: isNew, at: "2026-11-24T02:59:59", command: "dnf before",
      [(codes[0], 2, "old", 0, "1", "noarch")])
    try add(
      database, dnf5: isNew, at: "2026-11-24T03:00:00", command: "dnf upgrade",
      [
        (codes[1], 2, "openssl", 1, "3.1", "x86_64"), (codes[1], 1, "openssl", 1, "3.1", "i686"),
        (codes[2], 1, "openssl", 1, "3.0", "i686"), (codes[2], 2, "openssl", 1, "2.9", "x86_64"),
        (codes[0], 4, "zlib", 0, "2", "x86_64"), (codes[3], 2, "lynx", 0, "9", "x86_64"),
        (codes[2], 2, "obsolete", 0, "7", "noarch"),
      ])
    try add(
      database, dnf5: isNew, at: "2026-11-24T03:10:00", lasts: nil, user: 4_294_967_295, state: isNew ? 1 : 0,
      command: "dnf downgrade",
      [(codes[4], 2, "nginx", 0, "1", "x86_64"), (isNew ? 6 : 3, 2, "nginx", 0, "2", "x86_64")])
    try add(
      database, dnf5: isNew, at: "2026-11-24T03:20:00", state: isNew ? 3 : 2, command: "dnf reinstall",
      [(codes[5], 2, "bash", 0, "5", "x86_64"), (isNew ? 6 : 10, 2, "bash", 0, "5", "x86_64")])
    let content = try DnfHistory.read(path, in: hour)
    #expect(
      summary(content) == [
        "upgrade openssl 1:2.9-1.fc40→1:3.1-1.fc40", "upgrade openssl 1:3.0-1.fc40→1:3.1-1.fc40 automatic",
        "install zlib -→2-1.fc40 automatic", "remove lynx 9-1.fc40→-", "remove obsolete 7-1.fc40→-",
        "downgrade nginx 2-1.fc40→1-1.fc40", "reinstall bash 5-1.fc40→5-1.fc40",
      ])
    let runs = content?.transactions.compactMap(\.run) ?? []
    #expect(
      runs.first
        == AptRun(
          startedAt: utc("2026-11-24T03:00:00"), endedAt: utc("2026-11-24T03:00:30"),
          commandLine: "dnf upgrade",
          requestedBy: "uid 1000"))
    #expect(runs.first { $0.commandLine == "dnf downgrade" }?.error == "the transaction did not end")
    #expect(runs.first { $0.commandLine == "dnf downgrade" }?.requestedBy == nil)
    #expect(runs.last?.error == "the transaction failed")
  }

  @Test("a database in WAL mode is read where its folder cannot be written, and while dnf has it open")
  func wal() throws {
    let (path, database) = try make(dnf5: true, wal: true)
    try add(
      database, dnf5: true, at: "2026-11-24T03:00:00", command: "dnf install", [(1, 2, "a", 0, "1", "noarch")]
    )
    #expect(summary(try DnfHistory.read(path, in: hour)) == ["install a -→1-1.fc40"])
    try database.close()
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
    #expect(summary(try DnfHistory.read(path, in: hour)) == ["install a -→1-1.fc40"])
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
  }

  @Test("more packages than the limit are left out, and said to be")
  func limit() throws {
    let (path, database) = try make(dnf5: false)
    try add(
      database, dnf5: false, at: "2026-11-24T03:00:00", command: "dnf install",
      (0..<5).map { (1, 2, "p\($0)", 0, "1", "noarch") })
    #expect(try DnfHistory.read(path, in: hour, limit: 5)?.isCut == false)
    let cut = try DnfHistory.read(path, in: hour, limit: 4)
    #expect(cut?.isCut == true && cut?.transactions.count == 4)
  }

  @Test("no file is no history, and what is no database of dnf is an error")
  func errors() throws {
    #expect(try DnfHistory.read(folder.path + "/none", in: hour) == nil)
    let path = folder.path + "/text.sqlite"
    try Data(repeating: 7, count: 5000).write(to: URL(filePath: path))
    let error = #expect(throws: DnfHistoryError.self) { try DnfHistory.read(path, in: hour) }
    #expect(error?.isPermission == false && error?.description.hasPrefix(path) == true)
    let other = folder.path + "/other.sqlite"
    try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE x (y)") }
    #expect(throws: DnfHistoryError.self) { try DnfHistory.read(other, in: hour) }
  }
}
