#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A unix socket that an agent left when it was killed: bind(2) fails where it is.
enum StaleSocket {
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
    let descriptor = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw failure(path, "socket") }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else {
      throw StateFolderError(
        description: "\(path) is longer than a unix socket's path may be: \(room - 1) bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 && errno == EACCES { throw failure(path, "connect") }
    return result == 0 || errno != ECONNREFUSED
  }

  private static func failure(_ path: String, _ call: String) -> StateFolderError {
    StateFolderError(description: "\(path): \(call): \(String(cString: strerror(errno)))")
  }
}
