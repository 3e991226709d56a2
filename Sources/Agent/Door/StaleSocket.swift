internal import Journal

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A unix socket that an agent left when it was killed: bind(2) fails where it is.
enum StaleSocket {
  /// For an answer of who listens there, whose queue may be full.
  private static let patience = Duration.seconds(1)

  /// Removes it, unless somebody still listens there.
  ///
  /// - Parameter path: of the socket; nothing need be there.
  /// - Throws: `StateFolderError` when something else is there, or a socket that is in use.
  static func remove(_ path: String) throws(StateFolderError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw failure(path, "stat")
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw StateFolderError(
        description:
          "\(path) is no socket, and is left alone; give another path in listen.socket, or move it away")
    }
    guard try !isInUse(path) else {
      throw StateFolderError(
        description: "another process listens at \(path); give this agent a path of its own in listen.socket")
    }
    guard unlink(path) == 0 || errno == ENOENT else { throw failure(path, "unlink") }
  }

  /// Nobody listens where connect(2) is refused; whatever else it says, somebody may.
  private static func isInUse(_ path: String) throws(StateFolderError) -> Bool {
    do throws(SystemFailure) {
      _ = try UnixStream.connect(to: path, until: .now + patience)
      return true
    } catch {
      switch error.errno {
      case ECONNREFUSED: return false
      case EACCES, ENAMETOOLONG: throw StateFolderError(description: "\(error)")
      default: return true
      }
    }
  }

  private static func failure(_ path: String, _ call: String) -> StateFolderError {
    StateFolderError(description: "\(path): \(call): \(String(cString: strerror(errno)))")
  }
}
