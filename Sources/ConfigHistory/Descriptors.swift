internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// Linux's values on all architectures that Swift runs on (include/uapi/asm-generic/fcntl.h, linux/fcntl.h):
// glibc declares the macros under _GNU_SOURCE only, which the module map does not set.
private let noAccessTime: Int32 = 0o1_000_000
private let noAutomount: Int32 = 0x800

func errorText(_ code: Int32) -> String { "\(String(cString: strerror(code))) (errno \(code))" }

/// Why a system call on a watched path failed.
struct SystemFailure: Error {
  let call: String
  let code: Int32

  init(_ call: String) {
    self.init(call, code: errno)
  }

  init(_ call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
  var isPermission: Bool { code == EACCES || code == EPERM }
  var text: String { "\(call): \(errorText(code))" }
}

/// What `stat(2)` tells about a path.
struct Metadata: Equatable, Sendable {
  var type: FileState.FileType
  /// The low twelve bits.
  var mode: UInt32
  var uid: UInt32
  var gid: UInt32
  var size: Int64
  var device: UInt64
  var inode: UInt64
  /// Nanoseconds since the epoch.
  var modified: Int64
  var changed: Int64
  /// Of a device: its number.
  var number: UInt64
}

extension Metadata {
  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: type = .file
    case S_IFDIR: type = .directory
    case S_IFLNK: type = .symlink
    case S_IFIFO: type = .fifo
    case S_IFSOCK: type = .socket
    default: type = .device
    }
    mode = UInt32(status.st_mode) & 0o7777
    uid = status.st_uid
    gid = status.st_gid
    size = type == .file || type == .symlink ? Int64(status.st_size) : 0
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    modified = Self.nanoseconds(Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
    changed = Self.nanoseconds(Int64(status.st_ctim.tv_sec), Int64(status.st_ctim.tv_nsec))
    number = UInt64(status.st_rdev)
  }

  /// Whether nothing changed; of a folder its size and time of modification say nothing.
  func isSame(as other: Metadata) -> Bool {
    guard type == .directory, other.type == .directory else { return self == other }
    // Every change of its entries changes st_ctime as well, but so does one of its attributes, which stat does not tell.
    return mode == other.mode && uid == other.uid && gid == other.gid && changed == other.changed
  }

  /// A file system can hold any 64-bit time; one out of range is clamped.
  fileprivate static func nanoseconds(_ seconds: Int64, _ fraction: Int64) -> Int64 {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowed) = product.addingReportingOverflow(fraction)
    return overflow || overflowed ? (seconds < 0 ? .min : .max) : sum
  }
}

/// An open file, closed when the value goes away. It is only read from, so that closing can lose nothing.
struct OpenFile: ~Copyable {
  private let descriptor: Int32

  /// Opens a file for reading without following a symlink, waiting for a writer, or touching its access time.
  init(_ name: [UInt8], in folder: borrowing OpenFolder) throws(SystemFailure) {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
    descriptor = try openRelative(folder.descriptor, name, flags)
  }

  func metadata() throws(SystemFailure) -> Metadata {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemFailure("fstat") }
    return Metadata(status)
  }

  /// When the file was made, in nanoseconds since the epoch; `nil` where the file system does not keep it. No call sets it.
  var birth: Int64? {
    var seconds: Int64 = 0
    var nanoseconds: UInt32 = 0
    guard exhibit_birth(descriptor, &seconds, &nanoseconds) == 1 else { return nil }
    return Metadata.nanoseconds(seconds, Int64(nanoseconds))
  }

  /// Where the file's extended attributes are read.
  var attributes: AttributePlace { AttributePlace(file: descriptor) }

  /// Reads until the buffer is full or the file ends.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemFailure) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, rest.baseAddress, rest.count)
      #else
        let count = Musl.read(descriptor, rest.baseAddress, rest.count)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemFailure("read") }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  deinit { close(descriptor) }
}

/// An open folder, closed when the value goes away.
struct OpenFolder: ~Copyable {
  private let stream: OpaquePointer
  /// Lent to system calls for the time of the value's life.
  let descriptor: Int32

  /// Opens a configured path's folder; symlinks on the way to it are the administrator's and are followed.
  init(path: [UInt8]) throws(SystemFailure) {
    try self.init(descriptor: openRelative(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
  }

  /// Opens a folder under another one without following a symlink.
  init(_ name: [UInt8], in parent: borrowing OpenFolder) throws(SystemFailure) {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    try self.init(descriptor: openRelative(parent.descriptor, name, flags))
  }

  private init(descriptor: Int32) throws(SystemFailure) {
    guard let stream = fdopendir(descriptor) else {
      let failure = SystemFailure("fdopendir")
      close(descriptor)
      throw failure
    }
    self.stream = stream
    self.descriptor = descriptor
  }

  /// What `lstat(2)` says of an entry; never mounts an automount point.
  func metadata(of name: [UInt8]) throws(SystemFailure) -> Metadata {
    var status = stat()
    let result = withCString(name) { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW | noAutomount) }
    guard result == 0 else { throw SystemFailure("fstatat") }
    return Metadata(status)
  }

  /// Where the extended attributes of an entry are read; a symlink is not followed.
  func attributes(of name: [UInt8]) -> AttributePlace { AttributePlace(name, inFolder: descriptor) }

  /// The target of a symlink: at most 4096 bytes, Linux's limit.
  func target(of name: [UInt8]) throws(SystemFailure) -> [UInt8] {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = withCString(name) { readlinkat(descriptor, $0, &buffer, buffer.count) }
    guard count >= 0 else { throw SystemFailure("readlinkat") }
    return buffer[..<count].map { UInt8(bitPattern: $0) }
  }

  /// The names in the folder in byte order, without `.` and `..`.
  /// - Returns: `nil` where there are more than `limit`.
  func names(limit: Int) throws(SystemFailure) -> [[UInt8]]? {
    var names: [[UInt8]] = []
    while let entry = nextEntry() {
      let name = Self.name(of: entry)
      if name == [0x2E] || name == [0x2E, 0x2E] { continue }
      guard names.count < limit else { return nil }
      names.append(name)
    }
    guard errno == 0 else { throw SystemFailure("readdir") }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The end of the folder and an error both give `nil`: only `errno` tells them apart.
  private func nextEntry() -> UnsafeMutablePointer<dirent>? {
    errno = 0
    return readdir(stream)
  }

  /// An entry is only `d_reclen` bytes long, so the name is read in place and not through the struct's 256.
  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? MemoryLayout<dirent>.size
    let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
    return Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
  }

  deinit { closedir(stream) }
}

/// The empty name stands for the folder itself: the root folder is an entry of no other.
private func withCString<R>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
  ((name.isEmpty ? [0x2E] : name) + [0]).withUnsafeBufferPointer { bytes in
    bytes.withMemoryRebound(to: CChar.self) { characters in
      guard let start = characters.baseAddress else {
        preconditionFailure("an array with a NUL is not empty")
      }
      return body(start)
    }
  }
}

/// Opens without touching the access time where the agent may: that needs to own the file or CAP_FOWNER.
private func openRelative(_ folder: Int32, _ name: [UInt8], _ flags: Int32) throws(SystemFailure) -> Int32 {
  var descriptor = withCString(name) { openat(folder, $0, flags | noAccessTime) }
  if descriptor < 0, errno == EPERM {
    descriptor = withCString(name) { openat(folder, $0, flags) }
  }
  guard descriptor >= 0 else { throw SystemFailure("openat") }
  return descriptor
}
