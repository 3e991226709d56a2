#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A system call on a file that failed.
struct FileError: Error, CustomStringConvertible {
  /// `open`, `read`, `rename` …
  var call: String
  var path: String
  /// `errno` of the call.
  var code: Int32

  /// `cannot open /x: No such file or directory`.
  var description: String { "cannot \(call) \(path): \(FileError.text(of: code))" }

  /// Whether what stands in the way are access rights.
  var isPermission: Bool { code == EACCES || code == EPERM }
  /// Whether there is no such file or folder.
  var isMissing: Bool { code == ENOENT || code == ENOTDIR }
  /// Whether the reader of a pipe went away.
  var isBrokenPipe: Bool { code == EPIPE }

  /// The C library's words for an `errno`.
  static func text(of code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
