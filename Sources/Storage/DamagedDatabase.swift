package import Evidence
internal import Foundation
internal import GRDB

/// A SQLite file that cannot be used any more, moved out of the way.
package struct DamagedDatabase: Hashable, Sendable {
  /// Sets of files that are kept; the oldest go first.
  static let limit = 3

  /// Where the file is now; its `-wal` and `-shm` are beside it.
  package var movedTo: String
  /// SQLite's words for what is wrong.
  package var reason: String

  /// Moves a damaged database aside, so that a new one can begin in its place.
  ///
  /// - Parameters:
  ///   - path: of the file; one that is not there is not damaged.
  ///   - now: for the name that it gets.
  /// - Returns: `nil` where there is no damage.
  /// - Throws: `StorageError` where it is not damaged, and cannot be read nevertheless; what keeps it from being moved.
  package static func setAside(_ path: String, at now: Timestamp) throws -> DamagedDatabase? {
    guard FileManager.default.fileExists(atPath: path), let reason = try damage(of: path) else {
      return nil
    }
    var target = path + marker + now.compact
    var number = 2
    while FileManager.default.fileExists(atPath: target) {
      target = path + marker + now.compact + ".\(number)"
      number += 1
    }
    for suffix in suffixes where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.moveItem(atPath: path + suffix, toPath: target + suffix)
    }
    try removeOldest(beside: path)
    return DamagedDatabase(movedTo: target, reason: reason)
  }

  private static let marker = ".damaged-"
  private static let suffixes = ["", "-wal", "-shm"]

  /// - Returns: `nil` where the database is sound.
  private static func damage(of path: String) throws -> String? {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      let words = try queue.read { database in
        try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
      }
      return words == "ok" ? nil : words
    } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: return error.message ?? "\(error.resultCode)"
      default: throw StorageError(error)
      }
    }
  }

  private static func removeOldest(beside path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let prefix = URL(filePath: path).lastPathComponent + marker
    let kept = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { name in name.hasPrefix(prefix) && !suffixes.dropFirst().contains { name.hasSuffix($0) } }
      .sorted()
    for name in kept.dropLast(limit) {
      for suffix in suffixes where FileManager.default.fileExists(atPath: "\(folder)/\(name)\(suffix)") {
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)\(suffix)")
      }
    }
  }
}
