internal import Crypto
private import FoundationEssentials

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#endif

/// The key of the redaction tokens: the same secret gives the same token only under the same key.
///
/// It lives in memory and in one file of the host; it is never written into evidence.
package struct RedactionKey: Sendable {
  /// The length of a key in bytes.
  package static let length = 32

  let symmetric: SymmetricKey

  /// A key of given bytes, for tests and for a fleet that shares one. HMAC takes a key of any length.
  package init(bytes: [UInt8]) {
    symmetric = SymmetricKey(data: bytes)
  }

  /// A fresh key from the system's random generator.
  package static func random() -> RedactionKey {
    RedactionKey(bytes: randomBytes())
  }

  private static func randomBytes() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// Reads the key file, or creates it with mode 0600 and makes it durable before it is used.
  /// - Throws: `RedactionKeyError` when the file cannot be used or made, or others can read it.
  package static func loadOrCreate(path: String) throws(RedactionKeyError) -> RedactionKey {
    if let key = try load(path: path) { return key }
    if let key = try create(path: path) { return key }
    // Another process made the file between the two calls.
    guard let key = try load(path: path) else {
      throw RedactionKeyError(call: "open", path: path, code: ENOENT)
    }
    return key
  }

  /// Reads the key file.
  /// - Returns: `nil` where there is none.
  /// - Throws: `RedactionKeyError` when it cannot be read, or others can read it.
  package static func load(path: String) throws(RedactionKeyError) -> RedactionKey? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw RedactionKeyError(call: "open", path: path, code: errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw RedactionKeyError(call: "fstat", path: path, code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RedactionKeyError(
        path: path, problem: "is not a regular file", remedy: "remove it; a new key is made at the next start"
      )
    }
    guard status.st_mode & 0o077 == 0 else {
      throw RedactionKeyError(
        path: path, problem: "is readable or writable by others", remedy: "run: chmod 600 \(path)")
    }
    guard status.st_size == length else {
      throw RedactionKeyError(
        path: path, problem: "holds \(status.st_size) bytes instead of \(length)",
        remedy: "restore it from a backup, or remove it; a new key makes new tokens")
    }
    return RedactionKey(bytes: try readAll(descriptor, path: path))
  }

  private static func readAll(_ descriptor: CInt, path: String) throws(RedactionKeyError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    var filled = 0
    while filled < length {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress?.advanced(by: filled), length - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw RedactionKeyError(call: "read", path: path, code: count < 0 ? errno : EIO)
      }
      filled += count
    }
    return bytes
  }

  /// The new key, or nil if the file exists already.
  private static func create(path: String) throws(RedactionKeyError) -> RedactionKey? {
    // A temporary name that is linked into place when it is complete: a crash leaves no short key behind.
    let bytes = randomBytes()
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw RedactionKeyError(call: "open", path: temporary, code: errno) }
    defer { unlink(temporary) }
    do throws(RedactionKeyError) {
      try writeAll(bytes, to: descriptor, path: temporary)
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw RedactionKeyError(call: "close", path: temporary, code: errno) }
    guard link(temporary, path) == 0 else {
      if errno == EEXIST { return nil }
      throw RedactionKeyError(call: "link", path: path, code: errno)
    }
    try syncFolder(of: path)
    return RedactionKey(bytes: bytes)
  }

  private static func writeAll(
    _ bytes: [UInt8], to descriptor: CInt, path: String
  ) throws(RedactionKeyError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw RedactionKeyError(call: "write", path: path, code: count < 0 ? errno : EIO)
      }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw RedactionKeyError(call: "fsync", path: path, code: errno) }
  }

  private static func syncFolder(of path: String) throws(RedactionKeyError) {
    let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw RedactionKeyError(call: "open", path: parent, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw RedactionKeyError(call: "fsync", path: parent, code: errno) }
  }
}

/// Why the redaction key cannot be used, and what to do about it.
package struct RedactionKeyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or folder concerned.
  package let path: String
  /// What is wrong and how it may be remedied; never bytes of the key.
  package let description: String

  init(call: String, path: String, code: CInt) {
    self.path = path
    description = "redaction key \(path): \(call): \(String(cString: strerror(code))) (errno \(code))"
  }

  init(path: String, problem: String, remedy: String) {
    self.path = path
    description = "redaction key \(path) \(problem); \(remedy)"
  }
}
