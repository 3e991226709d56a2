#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The room on a file system.
package enum DiskSpace {
  /// Bytes that an unprivileged process may still write where `path` is (statvfs(3)).
  ///
  /// - Returns: `nil` where the system does not tell; errno(3) says why.
  package static func free(at path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }
}
