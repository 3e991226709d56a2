internal import Crypto

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A download that is not whole yet: its bytes so far, and their digest.
struct PartFile: ~Copyable {
  private static let chunk = 256 * 1024

  private let file: OpenFile
  private var hasher = SHA256()
  /// Bytes so far.
  private(set) var count = 0

  var path: String { file.path }

  /// Opens or makes the file, locks it, and takes up what an earlier download left. A file longer than
  /// `limit`, the length of the whole, is not ours and is begun anew.
  ///
  /// - Throws: `FileError`, or `CommandFailure` when another process downloads into it.
  static func open(_ path: String, limit: Int) throws -> PartFile {
    let file = try OpenFile(path, flags: O_RDWR | O_CREAT)
    guard try file.lock() else {
      throw CommandFailure(.failed, "another download writes \(path) at this moment")
    }
    if let length = try file.length(), length > limit { try file.truncate(to: 0) }
    var part = PartFile(file: file)
    try part.resume()
    return part
  }

  private init(file: consuming OpenFile) {
    self.file = file
  }

  /// Appends received bytes.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try file.writeAll(bytes)
    hasher.update(bufferPointer: bytes)
    count += bytes.count
  }

  /// Forgets all bytes.
  mutating func restart() throws(FileError) {
    try file.truncate(to: 0)
    hasher = SHA256()
    count = 0
  }

  /// SHA-256 of the bytes, lower-case hex, after they have reached the disk.
  func finish() throws(FileError) -> String {
    try file.synchronise()
    return hasher.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private mutating func resume() throws(FileError) {
    var buffer = [UInt8](repeating: 0, count: PartFile.chunk)
    while true {
      let read = try file.readSome(into: &buffer)
      guard read > 0 else { return }
      hasher.update(data: buffer[..<read])
      count += read
    }
  }
}
