#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// inotify(7): one watch a folder, bounded by `fs.inotify.max_user_watches`. It needs no right, and does not tell
/// who wrote.
final class InotifySource: EventSource {
  static let limitPath = "/proc/sys/fs/inotify/max_user_watches"

  // Of include/uapi/linux/inotify.h.
  private static let contentMask: UInt32 = 0x2 | 0x8
  private static let attributes: UInt32 = 0x4
  private static let names: UInt32 = movedFrom | movedTo | created | deleted
  private static let movedFrom: UInt32 = 0x40
  private static let movedTo: UInt32 = 0x80
  private static let created: UInt32 = 0x100
  private static let deleted: UInt32 = 0x200
  private static let overflow: UInt32 = 0x4000
  private static let ignored: UInt32 = 0x8000
  /// IN_ONLYDIR and IN_EXCL_UNLINK: nothing of files that have no name any more.
  private static let flags: UInt32 = 0x0100_0000 | 0x0400_0000
  private static let isFolder: UInt32 = 0x4000_0000
  /// The bytes of `struct inotify_event` before its name.
  private static let headerBytes = 16
  private static let bufferBytes = 64 << 10

  let mechanism = WatchMechanism.inotify
  private let owned: OwnedDescriptor
  private var folders: [Int32: (path: [UInt8], interest: FolderInterest, round: Int)] = [:]
  private var round = 0
  private var unwatched = 0
  private var problem: SystemFailure?
  private var buffer = [UInt8](repeating: 0, count: bufferBytes)

  /// - Throws: where no more instances are allowed (`fs.inotify.max_user_instances`).
  init() throws(SystemFailure) {
    let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    guard descriptor >= 0 else { throw SystemFailure("inotify_init1") }
    owned = OwnedDescriptor(descriptor)
  }

  var descriptor: Int32 { owned.number }
  var folderCount: Int { folders.count }
  var foreignCount: Int { 0 }

  var shortfall: String? {
    guard let problem else { return nil }
    guard problem.code == ENOSPC else { return "\(unwatched) folders cannot be watched: \(problem.text)" }
    return
      "\(unwatched) folders are beyond fs.inotify.max_user_watches, which all programs of the agent's user share; "
      + "raise it: sysctl -w fs.inotify.max_user_watches=\(Self.suggestedLimit(folders.count + unwatched))"
  }

  /// Twice what is needed, as a power of two.
  private static func suggestedLimit(_ needed: Int) -> Int {
    var limit = 8192
    while limit < 2 * needed { limit *= 2 }
    return limit
  }

  func watch(_ folder: borrowing OpenFolder, path: [UInt8], for interest: FolderInterest) {
    let mask = Self.names | (interest == .contents ? Self.contentMask | Self.attributes : 0) | Self.flags
    // The way over /proc leads to the very folder that is open, whatever has its name now.
    let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(folder.descriptor)", mask)
    guard watch >= 0 else {
      problem = SystemFailure("inotify_add_watch")
      unwatched += 1
      return
    }
    folders[watch] = (path, interest, round)
  }

  func beginRound() {
    round += 1
    unwatched = 0
    problem = nil
  }

  func endRound() {
    for (watch, folder) in folders where folder.round != round {
      // It fails where the folder was deleted, and with it the watch.
      inotify_rm_watch(descriptor, watch)
      folders[watch] = nil
    }
  }

  func drain(_ body: (PathEvent) -> Void) throws(SystemFailure) -> Bool {
    let count = try read(into: &buffer)
    var isOverflown = false
    buffer.withUnsafeBytes { bytes in
      var rest = bytes[..<count]
      while rest.count >= Self.headerBytes {
        let event = UnsafeRawBufferPointer(rebasing: rest)
        let length = Self.headerBytes + Int(event.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        guard length <= rest.count else { break }
        isOverflown = read(UnsafeRawBufferPointer(rebasing: event[..<length]), body) || isOverflown
        rest = rest.dropFirst(length)
      }
    }
    return isOverflown
  }

  /// - Returns: whether the event says that others were dropped.
  private func read(_ event: UnsafeRawBufferPointer, _ body: (PathEvent) -> Void) -> Bool {
    let watch = event.loadUnaligned(as: Int32.self)
    let mask = event.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    if mask & Self.overflow != 0 { return true }
    guard let folder = folders[watch] else { return false }
    if mask & Self.ignored != 0 {
      folders[watch] = nil
      return false
    }
    let name = event[Self.headerBytes...].prefix { $0 != 0 }
    let isName = mask & Self.names != 0
    body(
      PathEvent(
        path: name.isEmpty ? folder.path : PathBytes.join(folder.path, Array(name)),
        isDeep: mask & Self.isFolder != 0 && mask & (Self.created | Self.movedTo) != 0,
        isContent: isName || mask & Self.contentMask != 0))
    return false
  }
}
