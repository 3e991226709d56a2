internal import Crypto
internal import FoundationEssentials
internal import GRDB
internal import Redaction

extension HistoryDatabase {
  func hiddenNames(key: SymmetricKey) throws(ConfigHistoryError) -> HiddenNames {
    let names = try read { db in
      try Row.fetchAll(db, sql: "SELECT hash, name FROM hidden_name").map {
        HiddenNames.Name(hash: try $0.decode(atIndex: 0), stored: Array(try $0.decode(Data.self, atIndex: 1)))
      }
    }
    return HiddenNames(names, key: key)
  }

  /// Gives every entry the name that these rules and the secrets found so far store it under.
  func renameEntries(by redactor: Redactor, key: SymmetricKey) throws(ConfigHistoryError) {
    let hidden = try hiddenNames(key: key)
    let renamed = try write { db in
      let renamed = try db.renameEntries(StoredNames(redactor, hidden: hidden))
      try db.set(.nameRules, Data(redactor.fingerprint))
      return renamed
    }
    // What was a secret in a name must not stay readable in a free page or in the WAL.
    if renamed > 0 { try shrink() }
  }

  /// Whether entries have the names that these rules give them.
  func hasNames(by redactor: Redactor) throws(ConfigHistoryError) -> Bool {
    try read { try $0.data(.nameRules) } == Data(redactor.fingerprint)
  }
}

extension Database {
  func save(_ names: [HiddenNames.Name]) throws {
    let sql = "INSERT OR REPLACE INTO hidden_name VALUES (?, ?)"
    for name in names { try cachedStatement(sql: sql).execute(arguments: [name.hash, Data(name.stored)]) }
  }

  /// - Returns: how many entries have another name now.
  fileprivate func renameEntries(_ names: consuming StoredNames) throws -> Int {
    let cursor = try Row.fetchCursor(self, sql: "SELECT id, folder, name FROM entry")
    var renamed: [(id: Int64, folder: [UInt8], name: [UInt8])] = []
    var folders: [Data: [UInt8]] = [:]
    while let row = try cursor.next() {
      let folder = try row.decode(Data.self, atIndex: 1)
      let name = Array(try row.decode(Data.self, atIndex: 2))
      let newFolder = folders[folder] ?? names.path(Array(folder))
      folders[folder] = newFolder
      let newName = names.name(name)
      if newFolder != Array(folder) || newName != name {
        renamed.append((try row.decode(atIndex: 0), newFolder, newName))
      }
    }
    try save(names.takeAdded())
    for (id, folder, name) in renamed {
      try execute(
        sql: "UPDATE OR IGNORE entry SET folder = ?, name = ? WHERE id = ?",
        arguments: [Data(folder), Data(name), id])
      guard changesCount == 0 else { continue }
      // The name is taken: an earlier state of the same file, which is past.
      try execute(
        sql: "UPDATE entry SET folder = ?, name = ?, live = 0, listed = 0 WHERE id = ?",
        arguments: [Data(folder), Data(name + Array("~\(id)".utf8)), id])
    }
    return renamed.count
  }
}
