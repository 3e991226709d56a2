internal import Foundation
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#endif

/// Disk space that is set aside in good times, and given back when the disk is full: the incident about the full disk is
/// taken in and captured nevertheless.
///
/// The file holds nothing; its blocks do (posix_fallocate(3)). Empty, it says that the space is in use. Its methods
/// block: for threads of their own.
package final class ReserveFile: Sendable {
  private let path: String
  /// Bytes that are set aside; 0 while they are in use.
  private let held: Mutex<Int>

  /// Takes up what an earlier run left.
  package init(path: String) {
    self.path = path
    var status = stat()
    let isFile = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    // One whose blocks are not all there was cut short: it is made anew.
    let isWhole = isFile && Int(status.st_blocks) * 512 >= Int(status.st_size)
    held = Mutex(isWhole ? Int(status.st_size) : 0)
  }

  /// Bytes that are set aside.
  package var heldBytes: Int { held.withLock { $0 } }

  /// Whether an earlier run set space aside and gave it back.
  package var isGivenBack: Bool { heldBytes == 0 && access(path, F_OK) == 0 }

  /// Sets space aside, where that leaves `floor` bytes free. More than enough is made less.
  ///
  /// - Parameters:
  ///   - bytes: so much in all; 0 for nothing.
  ///   - floor: what has to stay free.
  /// - Returns: whether `bytes` are set aside now.
  /// - Throws: `StorageError.database` with the call that failed. A disk without room is no failure.
  package func allocate(_ bytes: Int, keeping floor: Int) throws -> Bool {
    try held.withLock { held in
      if bytes == 0 { return try remove(&held) }
      guard bytes != held else { return true }
      let room = try freeBytes() - floor
      guard bytes < held || bytes - held <= room else { return false }
      let descriptor = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw Self.failure("open", path, errno) }
      defer { close(descriptor) }
      guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw Self.failure("ftruncate", path, errno) }
      let code = posix_fallocate(descriptor, 0, off_t(bytes))
      guard code == 0 else {
        held = 0
        guard ftruncate(descriptor, 0) == 0 else { throw Self.failure("ftruncate", path, errno) }
        guard code == ENOSPC || code == EDQUOT else { throw Self.failure("posix_fallocate", path, code) }
        return false
      }
      held = bytes
      return true
    }
  }

  /// Gives the space back.
  ///
  /// - Returns: bytes that were set aside; 0 where there were none.
  /// - Throws: `StorageError.database` with the call that failed.
  package func release() throws -> Int {
    try held.withLock { held in
      guard held > 0 else { return 0 }
      guard truncate(path, 0) == 0 else { throw Self.failure("truncate", path, errno) }
      defer { held = 0 }
      return held
    }
  }

  private func remove(_ held: inout Int) throws -> Bool {
    guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure("unlink", path, errno) }
    held = 0
    return true
  }

  private func freeBytes() throws -> Int {
    try BundleFolder(path: (path as NSString).deletingLastPathComponent).freeBytes()
  }

  private static func failure(_ call: String, _ path: String, _ code: Int32) -> StorageError {
    .database("\(call) \(path): \(String(cString: strerror(code)))")
  }
}
