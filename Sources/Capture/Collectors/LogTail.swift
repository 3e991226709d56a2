internal import Evidence
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// Why a log could not be read.
struct LogTailError: Error, CustomStringConvertible {
  var path: String
  var call: String
  var code: Int32

  var isPermission: Bool { code == EACCES || code == EPERM }

  var description: String {
    let remedy = isPermission ? "; give the agent's user the right to read it (group adm on Debian)" : ""
    return "\(path): \(call): \(String(cString: strerror(code)))\(remedy)"
  }
}

/// The end of a text file that others write.
enum LogTail {
  struct Tail {
    var bytes: [UInt8]
    /// Whether something before it was left out.
    var isCut: Bool
  }

  /// Reads at most `limit` bytes from the end of a regular file, from the start of a paragraph on.
  ///
  /// - Returns: `nil` when there is no such file, or it is no regular one (never opened for good: a FIFO would
  ///   hang the reader).
  static func read(_ path: String, limit: Int) throws(LogTailError) -> Tail? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw LogTailError(path: path, call: "open", code: errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw LogTailError(path: path, call: "fstat", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    let size = Int(status.st_size)
    let start = max(0, size - limit)
    let bytes = try pread(descriptor, from: start, count: size - start, path: path)
    return Tail(bytes: start == 0 ? bytes : fromParagraph(bytes), isCut: start > 0)
  }

  static func modificationTime(_ path: String) -> Timestamp? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return Timestamp(seconds: Int64(status.st_mtim.tv_sec))
  }

  private static func pread(
    _ descriptor: Int32, from start: Int, count: Int, path: String
  ) throws(LogTailError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let read = bytes.withUnsafeMutableBytes {
        Glibc.pread(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, off_t(start + filled))
      }
      if read < 0, errno == EINTR { continue }
      guard read >= 0 else { throw LogTailError(path: path, call: "pread", code: errno) }
      if read == 0 { break }
      filled += read
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// apt's stanzas have blank lines between them; a log without any is cut at a line.
  private static func fromParagraph(_ bytes: [UInt8]) -> [UInt8] {
    let newline = UInt8(ascii: "\n")
    let blank = bytes.indices.dropLast().first { bytes[$0] == newline && bytes[$0 + 1] == newline }
    guard let start = blank ?? bytes.firstIndex(of: newline) else { return [] }
    return Array(bytes[(start + 1)...])
  }
}
