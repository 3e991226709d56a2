internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// Within `OpenFile` the methods hide the system calls of the same name.
private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, start, count)
}

private func systemRead(_ descriptor: Int32, _ start: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, start, count)
}

/// Opens with `O_NONBLOCK`, so that a FIFO cannot make the caller wait; regular files ignore it.
private func openDescriptor(_ path: String, flags: Int32) throws(BundleError) -> Int32 {
  let descriptor = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
  guard descriptor >= 0 else { throw .call("open", path: path, errno: errno) }
  return descriptor
}

private func openRegular(_ path: String) throws(BundleError) -> Int32 {
  let descriptor = try openDescriptor(path, flags: O_RDONLY)
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    close(descriptor)
    throw .invalid(what: path, detail: "not a regular file")
  }
  return descriptor
}

/// A file descriptor with its path for messages. Closed when it goes out of scope.
struct OpenFile: ~Copyable {
  let path: String
  private let descriptor: Int32

  /// Opens a regular file for reading.
  init(reading path: String) throws(BundleError) {
    descriptor = try openRegular(path)
    self.path = path
  }

  /// Creates a file that must not exist, readable by its owner only.
  init(creating path: String) throws(BundleError) {
    descriptor = try openDescriptor(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    self.path = path
  }

  /// Opens a folder, to make the renames in it durable.
  init(folder path: String) throws(BundleError) {
    descriptor = try openDescriptor(path, flags: O_RDONLY | O_DIRECTORY)
    self.path = path
  }

  deinit {
    close(descriptor)
  }

  /// Writes all of `bytes`.
  func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else { throw .call("write", path: path, errno: errno) }
      rest = rest.dropFirst(written)
    }
  }

  /// - Returns: the number of bytes read; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
    while true {
      let count = systemRead(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .call("read", path: path, errno: errno) }
      return count
    }
  }

  /// Moves the place where `read` goes on.
  func seek(to offset: Int) throws(BundleError) {
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      throw .call("lseek", path: path, errno: errno)
    }
  }

  /// The first `count` bytes, or all of a shorter file. Does not move the place where `read` goes on.
  func head(_ count: Int) throws(BundleError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    while true {
      let length = pread(descriptor, &bytes, count, 0)
      if length < 0 && errno == EINTR { continue }
      guard length >= 0 else { throw .call("pread", path: path, errno: errno) }
      return Array(bytes.prefix(length))
    }
  }

  /// Lends the file front to back, in pieces.
  func forEachChunk(_ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void) throws(BundleError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try read(into: buffer)
      guard count > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Length in bytes.
  func length() throws(BundleError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .call("fstat", path: path, errno: errno) }
    return Int(status.st_size)
  }

  func setMode(_ mode: mode_t) throws(BundleError) {
    guard fchmod(descriptor, mode) == 0 else { throw .call("fchmod", path: path, errno: errno) }
  }

  /// Has the disk begin with what was written there; `synchronise` has less to wait for then. Where the file system
  /// knows no such thing nothing is lost but time, so that its answer does not matter.
  func beginWriting(_ range: Range<Int>) {
    _ = sync_file_range(
      descriptor, Int64(range.lowerBound), Int64(range.count), EXHIBIT_SYNC_FILE_RANGE_WRITE)
  }

  func synchronise() throws(BundleError) {
    guard fsync(descriptor) == 0 else { throw .call("fsync", path: path, errno: errno) }
  }
}

/// Reads a small file whole.
/// - Throws: `.limitExceeded` when it is longer than `limit` bytes.
func readFile(_ path: String, limit: Int) throws(BundleError) -> [UInt8] {
  var content: [UInt8] = []
  try OpenFile(reading: path).forEachChunk { (chunk) throws(BundleError) in
    content += chunk
    guard content.count <= limit else {
      throw .limitExceeded(place: path, detail: "longer than \(limit) bytes")
    }
  }
  return content
}
