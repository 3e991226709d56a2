internal import Bundle
internal import ConfigHistory
internal import Evidence
internal import Foundation
internal import Logging
internal import Storage

/// Opens the state, also where a database of it is damaged: that file is moved aside, and the list of bundles is made
/// anew from the bundles.
struct StateRecovery {
  let folder: StateFolder
  let logger: Logger

  /// - Parameters:
  ///   - now: the time of the start.
  ///   - whenFull: see `StateDatabase`.
  /// - Returns: the database, and whether it is a new one because the old one was damaged.
  /// - Throws: `StorageError` where it cannot be opened for another reason.
  func open(
    at now: Timestamp, whenFull: @escaping @Sendable () async -> Bool = { false }
  ) async throws -> StateDatabase {
    let damaged = try DamagedDatabase.setAside(folder.database, at: now)
    let database = try StateDatabase(
      path: folder.database, whenFull: whenFull, whenNotMoved: { warn($0, of: folder.database) })
    if let damaged {
      let salvage = try database.salvage(from: damaged.movedTo)
      logger.error(
        "The state database was damaged and is moved aside; what could be read of it is kept, bundles are not concerned",
        metadata: [
          "database.moved_to": "\(damaged.movedTo)", "error": "\(damaged.reason)",
          "database.incidents": "\(salvage.rows["incident"] ?? 0)",
          "database.signals": "\(salvage.rows["signal"] ?? 0)",
          "database.captures": "\(salvage.rows["capture"] ?? 0)", "database.losses": "\(salvage.losses)",
        ])
      let (bundles, unreadable) = try indexed()
      try await database.index(bundles)
      for (name, reason) in unreadable {
        logger.warning(
          "A bundle cannot be read and is not listed",
          metadata: ["bundle.name": "\(name)", "error": "\(reason)"])
      }
      logger.notice("Listed the bundles anew", metadata: ["bundles": "\(bundles.count)"])
    }
    if let latest = try await database.latestTime(), latest.seconds(since: now) > 1 {
      logger.warning(
        "The clock is behind the latest signal: it was set back while no agent ran. Nothing is lost; times may overlap",
        metadata: [
          "clock.now": "\(now)", "clock.latest": "\(latest)",
          "clock.seconds": "\(Int(latest.seconds(since: now)))",
        ])
    }
    return database
  }

  /// The same for the history of the configuration, which begins anew. Only one that does not open is looked at wholly: it
  /// may be large.
  func openHistory(key: [UInt8], at now: Timestamp) throws -> ChangeHistory {
    do {
      return try ChangeHistory(databasePath: folder.configHistory, key: key)
    } catch {
      guard let damaged = try DamagedDatabase.setAside(folder.configHistory, at: now) else { throw error }
      logger.error(
        "The config history was damaged and is moved aside: it begins anew",
        metadata: ["database.moved_to": "\(damaged.movedTo)", "error": "\(damaged.reason)"])
      return try ChangeHistory(databasePath: folder.configHistory, key: key)
    }
  }

  /// The same for the audit, which begins anew: without it no evidence would be given out.
  ///
  /// - Returns: the audit, and what its first row has to say where the one before was damaged.
  func openAudit(bounds: AuditBounds, at now: Timestamp) throws -> (log: AuditLog, restart: String?) {
    let damaged = try DamagedDatabase.setAside(folder.audit, at: now)
    let log = try AuditLog(path: folder.audit, bounds: bounds) { warn($0, of: folder.audit) }
    return (
      log, damaged.map { "the rows before are in \($0.movedTo), as far as they can be read: \($0.reason)" }
    )
  }

  private func warn(_ error: any Error, of path: String) {
    logger.error(
      "The write-ahead log of a database cannot be moved into it, and grows; see to the disk. Nothing is lost",
      metadata: ["database.path": "\(path)", "error": "\(error)"])
  }

  /// Blocking: at the start, before anything else runs. A digest of each bundle is needed, of at most
  /// `bundles.max_bytes` together.
  private func indexed() throws -> (bundles: [IndexedBundle], unreadable: [(String, String)]) {
    var bundles: [IndexedBundle] = []
    var unreadable: [(String, String)] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.bundles.path).sorted()
    where ContainerFormat(fileName: name) != nil {
      do {
        bundles.append(try index(name))
      } catch {
        unreadable.append((name, "\(error)"))
      }
    }
    return (bundles, unreadable)
  }

  private func index(_ name: String) throws -> IndexedBundle {
    let path = folder.bundles.file(named: name)
    guard let parsed = BundleName(parsing: name) else {
      throw BundleError.invalid(what: "bundle name", detail: "it was not given by an agent")
    }
    let reader = BundleReader(path: path)
    let incident = try JSONDecoder().decode(
      Incident.self, from: Data(try reader.read("incident.json", limit: 16 << 20)))
    return IndexedBundle(
      incident: incident, manifest: try reader.manifest(), sequence: parsed.sequence, name: name,
      bytes: try BundleReader.size(ofFile: path), sha256: try BundleReader.sha256(ofFile: path))
  }
}
