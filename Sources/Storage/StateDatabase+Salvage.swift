internal import Foundation
internal import GRDB

/// What could be read of a damaged database.
package struct Salvage: Hashable, Sendable {
  /// Rows by table.
  package var rows: [String: Int] = [:]
  /// Rows that were read and fit nowhere, and tables that end where the damage is.
  package var losses = 0
}

extension StateDatabase {
  /// Takes over what SQLite still reads of a damaged database, row by row up to the damage of each table: signals that were
  /// acknowledged, and captures that waited. Blocking: at the start.
  ///
  /// - Parameter path: of the damaged file, which is left as it is.
  /// - Returns: how much that was.
  /// - Throws: `StorageError` where this database cannot be written; damage of the other one is no error.
  package func salvage(from path: String) throws -> Salvage {
    var configuration = Configuration()
    configuration.readonly = true
    var salvage = Salvage()
    let source: DatabaseQueue
    do {
      source = try DatabaseQueue(path: path, configuration: configuration)
    } catch is DatabaseError {
      salvage.losses += 1
      return salvage
    }
    do {
      for (table, columns) in try tables() {
        let (copied, lost) = try copy(table, columns, from: source)
        if copied > 0 { salvage.rows[table] = copied }
        salvage.losses += lost
      }
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
    return salvage
  }

  /// The tables of this database with their columns; incidents first, for others refer to them.
  private func tables() throws -> [(name: String, columns: Set<String>)] {
    try pool.read { database in
      let names = try String.fetchAll(
        database,
        sql: """
          SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
          ORDER BY name <> 'incident', name
          """)
      return try names.map { ($0, Set(try database.columns(in: $0).map(\.name))) }
    }
  }

  private func copy(
    _ table: String, _ columns: Set<String>, from source: DatabaseQueue
  ) throws -> (copied: Int, lost: Int) {
    try pool.write { database in
      var (copied, lost) = (0, 0)
      do {
        try source.read { damaged in
          let rows = try Row.fetchCursor(damaged, sql: "SELECT * FROM \(table)")
          while let row = try rows.next() {
            do {
              try insert(row, into: table, columns, database)
              copied += database.changesCount
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
              lost += 1
            }
          }
        }
      } catch let error as DatabaseError where error.resultCode != .SQLITE_FULL {
        lost += 1
      }
      return (copied, lost)
    }
  }
}

private func insert(_ row: Row, into table: String, _ known: Set<String>, _ database: Database) throws {
  let names = row.columnNames.filter(known.contains)
  let marks = names.map { _ in "?" }.joined(separator: ", ")
  try database.execute(
    sql: "INSERT OR IGNORE INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(marks))",
    arguments: StatementArguments(names.map { row[$0] as DatabaseValue }))
}
