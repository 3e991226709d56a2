internal import Evidence
internal import FoundationEssentials
internal import GRDB

extension HistoryDatabase {
  /// The scope of the last scan that was not stopped.
  func scope() throws(ConfigHistoryError) -> ConfigScope? {
    try read { db in
      try db.data(.scope).map { try JSONDecoder().decode(ConfigScope.self, from: $0) }
    }
  }

  /// Under other rules anything may hold secrets until it is read again.
  func useRules(_ rules: Data) throws(ConfigHistoryError) {
    guard try read({ try $0.data(.contentRules) }) != rules else { return }
    try write { db in
      try db.execute(sql: "UPDATE entry SET secrets = 1")
      try db.set(.contentRules, rules)
    }
  }

  /// Makes a scan that was not stopped the one to compare with; `isWhole` where it saw every path of the
  /// scope.
  func finishScan(of scope: ConfigScope, at: Timestamp, isWhole: Bool) throws(ConfigHistoryError) {
    try write { db in
      try db.set(.scope, try JSONEncoder().encode(scope))
      if isWhole { try db.set(.lastFinishedScan, at) }
      if try db.time(.historyStart) == nil { try db.set(.historyStart, at) }
    }
  }
}
