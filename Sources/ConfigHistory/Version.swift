internal import Evidence
internal import FoundationEssentials
internal import Redaction

/// The state of a path as a row of the history.
struct Version: Sendable {
  var type: FileState.FileType
  var mode: UInt32
  var uid: UInt32
  var gid: UInt32
  var size: Int64
  /// Nanoseconds since the epoch.
  var modified: Int64
  var changed: Int64
  var content: FileState.Content
  /// HMAC of the raw content, or of the raw target of a symlink.
  var keyedHash: Data?
  /// SHA-256 of the redacted content that is stored.
  var sha256: Data?
  /// Redacted; of a device `major:minor`.
  var target: Data?
  /// Redacted lines of `ExtendedAttributes`; `nil` where they are not known.
  var attributes: Data?
  /// Of a regular file, the same wherever it is moved: device, inode and time of birth, 8 bytes each. An inode alone is no
  /// identity, for file systems give the number of a deleted file to the next new one. `nil` where it is not known.
  var identity: Data?

  /// What it takes to get from one state to the other, `nil` where they are the same.
  ///
  /// Whether the content could be read and kept is no property of the file, so it is no change; where one of
  /// the two was not read, size and time of modification decide.
  static func difference(from old: Version?, to new: Version?) -> ConfigChange.Kind? {
    guard let old else { return new == nil ? nil : .created }
    guard let new else { return .deleted }
    if old.type != new.type { return .type }
    if new.hasOtherContent(than: old) { return .modified }
    return new.hasSameMetadata(as: old) ? nil : .metadata
  }

  private func hasSameMetadata(as old: Version) -> Bool {
    guard mode == old.mode, uid == old.uid, gid == old.gid else { return false }
    guard let attributes, let oldAttributes = old.attributes else { return true }
    return attributes == oldAttributes
  }

  private func hasOtherContent(than old: Version) -> Bool {
    switch type {
    case .directory, .fifo, .socket: return false
    case .device: return target != old.target
    case .file, .symlink:
      if let keyedHash, let oldHash = old.keyedHash { return keyedHash != oldHash }
      return size != old.size || modified != old.modified
    }
  }
}

/// What a scan found at a path.
struct Finding {
  var metadata: Metadata
  var content: FileState.Content = .none
  var keyedHash: Data?
  var stored: Redacted?
  var target: Redacted?
  var attributes: Redacted?
  /// See `OpenFile`.
  var birth: Int64?
  /// Whether there is a secret in it that is looked for elsewhere, too; see `FoundSecrets`.
  var holdsSecrets = false
  /// False where the next scan has to read it again, whatever its times say.
  var isSettled = true
  var gap: (cause: GapCause, problem: String)?
}

/// A finding on its way into the store.
struct Observation {
  var folder: [UInt8]
  var name: [UInt8]
  var finding: Finding
  /// Seen for the first time because nobody looked before, not because it is new.
  var isBaseline: Bool
  /// The entry that the path has already, live or not.
  var known: KnownEntry?
  var actor: ChangeActor?

  /// Of a folder: whether what is new in it is a creation, because it was listed before or is new itself.
  var isListed: Bool {
    guard let known, known.isLive, known.metadata.type == .directory else { return !isBaseline }
    return known.isListed
  }
}

/// One step of a scan's batch.
enum ScanStep {
  case observed(Observation)
  /// The entry (or, without one, only what is under the path) is gone.
  case absent(KnownEntry?, path: [UInt8], actor: ChangeActor?)
  /// Every name in the folder was visited: what appears in it from now on is a creation.
  case listed(path: [UInt8])
}

/// What the store knows of the last look at a path.
struct KnownEntry: Sendable {
  var id: Int64
  var name: [UInt8]
  /// Whether it was there and in scope.
  var isLive: Bool
  var isListed: Bool
  var content: FileState.Content
  var metadata: Metadata
  /// See `Finding`; true where it is not known.
  var holdsSecrets: Bool

  /// Whether the path need not be looked into: nothing changed, and what is stored is what the scope asks
  /// for.
  func isUpToDate(_ now: Metadata, isSecret: Bool, maximumFileBytes: Int) -> Bool {
    guard isLive, now.isSame(as: metadata) else { return false }
    return switch content {
    case .none: true
    case .stored, .binary: !isSecret && now.size <= maximumFileBytes
    case .secret: isSecret
    case .oversize: !isSecret && now.size > maximumFileBytes
    case .unreadable: false
    }
  }
}
