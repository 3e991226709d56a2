internal import Evidence
internal import FoundationEssentials
internal import GRDB
internal import Redaction

extension HistoryDatabase {
  /// How many rows a batch stored.
  struct Applied {
    var changed = 0
    var baselines = 0
  }

  /// Stores the steps of one batch, and the names that were hidden for it, in one transaction.
  func apply(
    _ steps: [ScanStep], hiding names: [HiddenNames.Name], at: Timestamp
  ) throws(ConfigHistoryError) -> Applied {
    try write { db in
      try db.save(names)
      let lastFinished = try db.time(.lastFinishedScan)
      var applied = Applied()
      for step in steps {
        switch step {
        case .observed(let seen):
          try apply(seen, at: at, lastFinished: lastFinished, to: &applied, db)
        case .absent(let entry, let path, let actor):
          applied.changed += try db.insertAbsence(
            of: entry, path: path, at: at, lastFinished: lastFinished, actor: actor)
        case .listed(let path):
          try db.markListed(path)
        }
      }
      return applied
    }
  }

  private func apply(
    _ seen: Observation, at: Timestamp, lastFinished: Timestamp?, to applied: inout Applied, _ db: Database
  ) throws {
    let entry = try db.save(seen)
    let blob = try seen.finding.stored.map { try db.saveBlob($0) }
    let version = Version(seen.finding, sha256: blob?.sha256)
    let last = seen.known?.isLive == true ? try db.lastVersion(of: entry) : nil
    if let last, Version.difference(from: last.version, to: version) == nil {
      // What could not be read this time is still what was read last time.
      if version.keyedHash != nil || version.content == .none {
        try db.amend(last, with: version, blob: blob?.id)
      }
    } else {
      let previous = [last?.seenAt, lastFinished].compactMap(\.self).max().map { min($0, at) }
      let times = SeenTimes(at: at, previous: seen.isBaseline ? nil : previous)
      try db.insert(
        version, blob: blob?.id, entry: entry, seen: times, isBaseline: seen.isBaseline, actor: seen.actor)
      if seen.isBaseline { applied.baselines += 1 } else { applied.changed += 1 }
    }
  }
}

extension Version {
  init(_ finding: Finding, sha256: Data?) {
    let metadata = finding.metadata
    self.init(
      type: metadata.type, mode: metadata.mode, uid: metadata.uid, gid: metadata.gid, size: metadata.size,
      modified: metadata.modified, changed: metadata.changed, content: finding.content,
      keyedHash: finding.keyedHash,
      sha256: sha256, target: finding.target?.withUnsafeBytes { Data($0) },
      attributes: finding.attributes?.withUnsafeBytes { Data($0) },
      identity: finding.birth.map { birth in
        [metadata.device, metadata.inode, UInt64(bitPattern: birth)].withUnsafeBytes { Data($0) }
      })
  }
}
