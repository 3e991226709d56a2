#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The private folder of one capture beside the journal's own: `ROOT/.exhibit/CAPTURE`, on the journal's file system
/// because a hard link cannot leave it. journald and journalctl pass over it: they look at folders that are named
/// after a machine only.
///
/// Every step goes from descriptor to descriptor and follows no symbolic link, since root takes them.
struct PinFolder: ~Copyable {
  /// Of the folder that holds the captures' folders.
  static let name = ".exhibit"
  /// Readable to the journal's group, that is, to whoever may read the journal.
  private static let mode: mode_t = 0o750
  private static let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW

  let path: String
  let descriptor: Int32

  /// Makes the folder where it is missing.
  init(creatingIn root: String, capture: String) throws(SystemFailure) {
    // Somebody may remove the parent, empty, between the steps.
    for _ in 0..<8 {
      guard let parent = try Self.enter(root, creating: true) else { continue }
      defer { close(parent) }
      guard mkdirat(parent, capture, Self.mode) == 0 || errno == EEXIST else {
        if errno == ENOENT { continue }
        throw SystemFailure(call: "mkdir \(root)/\(Self.name)/\(capture)", errno: errno)
      }
      let opened = openat(parent, capture, Self.flags)
      guard opened >= 0 else {
        throw SystemFailure(call: "open \(root)/\(Self.name)/\(capture)", errno: errno)
      }
      Self.share(opened, like: root)
      path = "\(root)/\(Self.name)/\(capture)"
      descriptor = opened
      return
    }
    throw SystemFailure(call: "mkdir \(root)/\(Self.name)", errno: EBUSY)
  }

  /// - Returns: `nil` when there is no such folder.
  init?(in root: String, capture: String) throws(SystemFailure) {
    guard let parent = try Self.enter(root, creating: false) else { return nil }
    defer { close(parent) }
    let opened = openat(parent, capture, Self.flags)
    guard opened >= 0 else {
      if errno == ENOENT { return nil }
      throw SystemFailure(call: "open \(root)/\(Self.name)/\(capture)", errno: errno)
    }
    path = "\(root)/\(Self.name)/\(capture)"
    descriptor = opened
  }

  deinit {
    close(descriptor)
  }

  /// - Returns: `nil` when it is not there, or went while it was made.
  private static func enter(_ root: String, creating: Bool) throws(SystemFailure) -> Int32? {
    let top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard top >= 0 else {
      if errno == ENOENT && !creating { return nil }
      throw SystemFailure(call: "open \(root)", errno: errno)
    }
    defer { close(top) }
    let made = creating && mkdirat(top, name, mode) == 0
    if creating && !made && errno != EEXIST {
      throw SystemFailure(call: "mkdir \(root)/\(name)", errno: errno)
    }
    let opened = openat(top, name, flags)
    guard opened >= 0 else {
      if errno == ENOENT { return nil }
      throw SystemFailure(call: "open \(root)/\(name)", errno: errno)
    }
    if made { share(opened, like: root) }
    return opened
  }

  /// Gives the folder to the group of the journal, and its mode whatever the umask. Refused, the folder is its
  /// maker's alone: then the reader names the files that it cannot open.
  private static func share(_ folder: Int32, like root: String) {
    var status = stat()
    if stat(root, &status) == 0 { _ = fchown(folder, uid_t.max, status.st_gid) }
    _ = fchmod(folder, mode)
  }

  /// The captures that have a folder in `root`.
  static func captures(in root: String) -> [String] {
    folderNames("\(root)/\(name)").names ?? []
  }

  /// Adds a hard link to the open file: to that very file, whatever its name means by now. `/proc` and not
  /// `AT_EMPTY_PATH`, which needs a capability (open(2), linkat(2)). The name is made of the inode's number, which no
  /// other file can have while a link holds it: one that is there is this file's, of an earlier look.
  func link(_ file: Int32, as name: String) throws(SystemFailure) {
    guard
      linkat(AT_FDCWD, "/proc/self/fd/\(file)", descriptor, name, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST
    else {
      throw SystemFailure(call: "link", errno: errno)
    }
  }

  /// Adds a copy that shares the blocks of the open file (ioctl_ficlone(2)), in place of an earlier one.
  func clone(_ file: Int32, as name: String) throws(SystemFailure) {
    // _IOW(0x94, 9, int) in <linux/fs.h>; macros are not imported.
    let request: UInt = 0x4004_9409
    _ = unlinkat(descriptor, name, 0)
    let copy = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
    guard copy >= 0 else { throw SystemFailure(call: "open", errno: errno) }
    defer { close(copy) }
    guard ioctl(copy, request, file) == 0 else {
      let failure = SystemFailure(call: "clone", errno: errno)
      _ = unlinkat(descriptor, name, 0)
      throw failure
    }
  }

  /// Calls `body` for each file in it.
  func forEachFile(_ body: (_ name: String, _ status: stat) -> Void) {
    for name in folderNames(path).names ?? [] {
      var status = stat()
      if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { body(name, status) }
    }
  }

  /// Removes all files in it, and then the folder, and its parent if that is empty.
  consuming func remove(from root: String, capture: String) throws(SystemFailure) -> ReleasedPins {
    var released = ReleasedPins()
    forEachFile { name, status in
      guard unlinkat(descriptor, name, 0) == 0 else { return }
      released.files += 1
      if status.st_nlink == 1 { released.heldBytes += Int(status.st_blocks) * 512 }
    }
    guard let parent = try Self.enter(root, creating: false) else { return released }
    defer { close(parent) }
    guard unlinkat(parent, capture, AT_REMOVEDIR) == 0 || errno == ENOENT else {
      throw SystemFailure(call: "rmdir \(path)", errno: errno)
    }
    // Not empty while other captures have links.
    _ = rmdir("\(root)/\(Self.name)")
    return released
  }
}

/// What the end of a freeze gave back.
package struct ReleasedPins: Sendable, Equatable {
  /// Links and copies.
  package var files = 0
  /// Bytes on disk of files that journald had deleted meanwhile: so much the freeze kept from being free.
  package var heldBytes = 0

  package init(files: Int = 0, heldBytes: Int = 0) {
    self.files = files
    self.heldBytes = heldBytes
  }
}
