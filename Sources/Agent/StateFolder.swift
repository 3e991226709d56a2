internal import Bundle
internal import Evidence
internal import Foundation
internal import Redaction
internal import Storage

#if canImport(Glibc)
  internal import Glibc
#endif

/// Why the agent cannot use its state folder.
struct StateFolderError: Error, CustomStringConvertible {
  var description: String
}

/// The agent's folder: one place for each thing, private to its user.
///
/// ```
/// exhibit.sqlite          incidents, signals, captures, deploys
/// audit.sqlite            who did what with the evidence
/// config-history.sqlite   the config history: its scans must not delay the intake of signals
/// bundles/                finished bundles
/// work/                   artifacts of running captures
/// reserve                 disk space that is given back when the disk is full
/// freezes/                records of pinned journal files, and copies of those that could not be linked
/// redaction.key           HMAC key of the redaction tokens
/// sealing.key, .pub       Ed25519 key pair of the seal, in OpenSSH's formats
/// allowed_signers         for ssh-keygen -Y verify
/// lock                    held while an agent runs
/// ```
final class StateFolder: Sendable {
  let path: String
  private let lockDescriptor: Int32

  var database: String { path + "/exhibit.sqlite" }
  var audit: String { Self.audit(in: path) }
  var configHistory: String { Self.configHistory(in: path) }
  var bundles: BundleFolder { BundleFolder(path: path + "/bundles") }
  var work: String { path + "/work" }
  var reserve: String { path + "/reserve" }
  var freezes: String { path + "/freezes" }

  /// Creates what is missing, takes the lock, and clears away what an interrupted run left.
  ///
  /// - Throws: `StateFolderError` when another agent uses the folder, or the system's error.
  init(path: String) throws {
    self.path = path
    for folder in [path, path + "/bundles", path + "/work"] { try Self.prepare(folder) }
    lockDescriptor = try Self.lock(path + "/lock")
    for leftover in try FileManager.default.contentsOfDirectory(atPath: work) {
      try FileManager.default.removeItem(atPath: work + "/" + leftover)
    }
    _ = try bundles.removePartialFiles()
  }

  /// Makes a folder, or makes sure that it can be written to: said at the start, and not by a signal that is refused.
  private static func prepare(_ folder: String) throws(StateFolderError) {
    let remedy =
      "the agent has to write there: mount it writable, give it to the agent's user, or name another state_directory "
      + "(and ReadWritePaths= in the unit)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      let cause = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.localizedDescription
      throw StateFolderError(
        description: "\(folder): cannot be made: \(cause ?? error.localizedDescription); \(remedy)")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw StateFolderError(description: "\(folder): \(String(cString: strerror(errno))); \(remedy)")
    }
  }

  deinit {
    close(lockDescriptor)
  }

  /// flock(2): released by the kernel however the process ends.
  private static func lock(_ path: String) throws(StateFolderError) -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StateFolderError(description: "\(path): open: \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw StateFolderError(
        description: "\(path): another agent uses this state folder; stop it, or give this one its own "
          + "state_directory")
    }
    return descriptor
  }

  static func configHistory(in folder: String) -> String { folder + "/config-history.sqlite" }
  static func audit(in folder: String) -> String { folder + "/audit.sqlite" }
  static func redactionKey(in folder: String) -> String { folder + "/redaction.key" }

  func redactionKey() throws -> RedactionKey {
    try RedactionKey.loadOrCreate(path: Self.redactionKey(in: path))
  }

  /// The key of the seal; made at the first start, with what verifiers need beside it.
  func sealingKey(host: String) throws -> SealingKey {
    let file = path + "/sealing.key"
    let isNew = access(file, F_OK) != 0
    let key = isNew ? SealingKey.generate(comment: "exhibit@\(host)") : try SealingKey.load(path: file)
    if isNew { try key.store(path: file) }
    let line = key.publicKey.line(comment: key.comment)
    try write(line + "\n", to: path + "/sealing.pub")
    try write("exhibit namespaces=\"exhibit-evidence\" \(line)\n", to: path + "/allowed_signers")
    return key
  }

  private func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: URL(filePath: file), options: .atomic)
  }
}
