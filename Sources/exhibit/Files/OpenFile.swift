#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A descriptor that is closed exactly once.
struct OpenFile: ~Copyable {
  let descriptor: Int32
  let path: String
  private let ownsDescriptor: Bool

  /// Opens a file with flags of `open(2)`, close-on-exec. A file that `O_CREAT` makes is readable by its
  /// owner only, because what it will hold is evidence.
  init(_ path: String, flags: Int32) throws(FileError) {
    let descriptor = open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError(call: "open", path: path, code: errno) }
    self.descriptor = descriptor
    self.path = path
    ownsDescriptor = true
  }

  /// One of the three standard streams, which stay open.
  init(standardStream descriptor: Int32, name: String) {
    self.descriptor = descriptor
    path = name
    ownsDescriptor = false
  }

  static func standardInput() -> OpenFile { OpenFile(standardStream: 0, name: "standard input") }
  static func standardOutput() -> OpenFile { OpenFile(standardStream: 1, name: "standard output") }

  deinit {
    if ownsDescriptor { close(descriptor) }
  }

  /// Length in bytes; `nil` for a pipe or a terminal.
  func length() throws(FileError) -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("stat") }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// The permission bits, `0o600`.
  func mode() throws(FileError) -> UInt32 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("stat") }
    return status.st_mode & 0o7777
  }

  /// - Parameter what: the file is, for the error.
  /// - Throws: `CommandFailure` when others than its owner may read or write it, `FileError`.
  func refuseOthers(what: String) throws {
    let mode = try mode()
    guard mode & 0o077 != 0 else { return }
    let octal = "0" + String(mode, radix: 8)
    throw CommandFailure(
      .noPermission, "others may read the \(what) \(path) (mode \(octal)); run: chmod 600 \(path)")
  }

  /// Reads from where the descriptor stands.
  ///
  /// - Returns: the number of bytes; 0 at the end.
  func readSome(into buffer: inout [UInt8]) throws(FileError) -> Int {
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      guard errno == EINTR else { throw failure("read") }
    }
  }

  /// Reads up to so many bytes from where the descriptor stands; fewer where the file ends.
  func readAll(upTo limit: Int) throws(FileError) -> [UInt8] {
    var content: [UInt8] = []
    while content.count < limit {
      var buffer = [UInt8](repeating: 0, count: limit - content.count)
      let count = try readSome(into: &buffer)
      guard count > 0 else { break }
      content += buffer[..<count]
    }
    return content
  }

  /// Writes all of the bytes.
  func writeAll(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw failure("write")
      }
    }
  }

  /// Moves to `offset` and cuts the file there.
  func truncate(to offset: Int) throws(FileError) {
    guard ftruncate(descriptor, off_t(offset)) == 0 else { throw failure("truncate") }
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw failure("seek in") }
  }

  /// Moves to `offset`.
  func seek(to offset: Int) throws(FileError) {
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw failure("seek in") }
  }

  /// Waits until the content is on the disk.
  func synchronise() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw failure("sync") }
  }

  /// Takes the file's advisory lock.
  ///
  /// - Returns: `false` when another process has it.
  func lock() throws(FileError) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw failure("lock") }
    return false
  }

  private func failure(_ call: String) -> FileError {
    FileError(call: call, path: path, code: errno)
  }
}

/// Changes to the names of files.
enum FileSystem {
  /// Renames, and waits until the new name is on the disk.
  static func publish(_ path: String, as name: String) throws(FileError) {
    guard rename(path, name) == 0 else { throw FileError(call: "rename", path: path, code: errno) }
    try OpenFile(folder(of: name), flags: O_RDONLY | O_DIRECTORY).synchronise()
  }

  static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 else { throw FileError(call: "remove", path: path, code: errno) }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Where relative paths begin: `/` where the folder is gone.
  static var currentFolder: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }

  static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
