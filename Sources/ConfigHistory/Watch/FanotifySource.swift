internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// fanotify(7): one mark a file system, so that no folder is missed, and events with the folder's handle, the
/// name, and the process.
///
/// The mark gives the events of the *whole* file system, those of databases and logs among them. The handle of
/// each watched folder is known from the scan, so what is foreign costs one look-up and nothing is allocated for
/// it. `FAN_MODIFY` is not asked for: it would add an event to every write(2) of every program on the file system,
/// while a configuration file is closed after it was written. One that is held open is seen by the next whole scan.
final class FanotifySource: EventSource {
  // Constants of include/uapi/linux/fanotify.h, which are unsigned macros with casts that Swift does not import.
  private static let reportFolderAndName: UInt32 = 0x400 | 0x800
  private static let folderAndName: UInt8 = 2
  private static let attributes: UInt64 = 0x4
  private static let closedAfterWriting: UInt64 = 0x8
  private static let movedFrom: UInt64 = 0x40
  private static let movedTo: UInt64 = 0x80
  private static let created: UInt64 = 0x100
  private static let deleted: UInt64 = 0x200
  private static let overflow: UInt64 = 0x4000
  private static let onFolders: UInt64 = 0x4000_0000
  private static let mask =
    attributes | closedAfterWriting | movedFrom | movedTo | created | deleted | onFolders
  /// The bytes of `struct fanotify_event_metadata` before its `pid`, and all of it.
  private static let pidOffset = 20
  private static let metadataBytes = 24
  /// Of an information record: its header (4), the file system's id (8), then the handle and the name.
  private static let handleOffset = 12
  /// Linux merges what waits, so that some hundred events fit into one read.
  private static let bufferBytes = 64 << 10

  let mechanism = WatchMechanism.fanotify
  private let owned: OwnedDescriptor
  private var folders: [FolderHandle: (path: [UInt8], interest: FolderInterest, round: Int)] = [:]
  private var markedDevices: Set<UInt64> = []
  private var unmarked: [UInt64: String] = [:]
  private var round = 0
  private var buffer = [UInt8](repeating: 0, count: bufferBytes)
  /// Events of other folders, passed over.
  private(set) var foreignCount = 0

  /// - Throws: where the kernel, or the agent's rights, do not allow it.
  init() throws(SystemFailure) {
    // FAN_CLASS_NOTIF is 0; FAN_NONBLOCK and FAN_CLOEXEC.
    let descriptor = fanotify_init(0x1 | 0x2 | Self.reportFolderAndName, UInt32(O_RDONLY | O_CLOEXEC))
    guard descriptor >= 0 else { throw SystemFailure("fanotify_init") }
    owned = OwnedDescriptor(descriptor)
  }

  var descriptor: Int32 { owned.number }
  var folderCount: Int { folders.count }

  var shortfall: String? {
    guard let (_, problem) = unmarked.min(by: { $0.value < $1.value }) else { return nil }
    return "\(unmarked.count) of the file systems that hold watched paths cannot be marked (\(problem))"
  }

  /// Marks the file system that a folder is on.
  ///
  /// - Throws: where that file system has no handles, as overlayfs mostly has none.
  func mark(_ folder: borrowing OpenFolder, device: UInt64) throws(SystemFailure) {
    guard !markedDevices.contains(device) else { return }
    // FAN_MARK_ADD | FAN_MARK_FILESYSTEM. The folder itself is named by ".".
    guard fanotify_mark(descriptor, 0x1 | 0x100, Self.mask, folder.descriptor, ".") == 0 else {
      throw SystemFailure("fanotify_mark")
    }
    markedDevices.insert(device)
  }

  func watch(_ folder: borrowing OpenFolder, path: [UInt8], for interest: FolderInterest) {
    var device: UInt64 = 0
    do throws(SystemFailure) {
      device = try folder.metadata(of: []).device
      try mark(folder, device: device)
      let handle = try FolderHandle(of: folder)
      // A folder that is a root itself may lie on the way to another one.
      if interest == .names, let known = folders[handle], known.interest == .contents, known.round == round {
        return
      }
      folders[handle] = (path, interest, round)
    } catch {
      unmarked[device] = "\(PathText(path).text): \(error.text)"
    }
  }

  func beginRound() {
    round += 1
    unmarked = [:]
  }

  func endRound() {
    folders = folders.filter { $0.value.round == round }
  }

  func drain(_ body: (PathEvent) -> Void) throws(SystemFailure) -> Bool {
    let count = try read(into: &buffer)
    var isOverflown = false
    buffer.withUnsafeBytes { bytes in
      var rest = bytes[..<count]
      while rest.count >= Self.metadataBytes {
        let event = UnsafeRawBufferPointer(rebasing: rest)
        let length = Int(event.loadUnaligned(as: UInt32.self))
        guard length >= Self.metadataBytes, length <= rest.count else { break }
        isOverflown = read(UnsafeRawBufferPointer(rebasing: event[..<length]), body) || isOverflown
        rest = rest.dropFirst(length)
      }
    }
    return isOverflown
  }

  /// - Returns: whether the event says that others were dropped.
  private func read(_ event: UnsafeRawBufferPointer, _ body: (PathEvent) -> Void) -> Bool {
    let mask = event.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    if mask & Self.overflow != 0 { return true }
    let pid = event.loadUnaligned(fromByteOffset: Self.pidOffset, as: Int32.self)
    let start = Self.metadataBytes + Self.handleOffset
    guard event.count >= start, event[Self.metadataBytes] == Self.folderAndName else { return false }
    let record = UnsafeRawBufferPointer(rebasing: event[start...])
    guard let handle = FolderHandle(record) else { return false }
    guard let folder = folders[handle] else {
      foreignCount += 1
      return false
    }
    let name = record.dropFirst(FolderHandle.headerBytes + Int(record.loadUnaligned(as: UInt32.self)))
    if let found = Self.event(mask, name.prefix { $0 != 0 }, in: folder.path, folder.interest, pid) {
      body(found)
    }
    return false
  }

  private static func event(
    _ mask: UInt64, _ name: Slice<UnsafeRawBufferPointer>, in folder: [UInt8], _ interest: FolderInterest,
    _ pid: Int32
  ) -> PathEvent? {
    let isName = mask & (created | deleted | movedFrom | movedTo) != 0
    guard isName || interest == .contents else { return nil }
    // The folder itself.
    let isSelf = name.isEmpty || name.elementsEqual(CollectionOfOne(UInt8(ascii: ".")))
    return PathEvent(
      path: isSelf ? folder : PathBytes.join(folder, Array(name)),
      isDeep: mask & onFolders != 0 && mask & (created | movedTo) != 0,
      isContent: isName || mask & closedAfterWriting != 0, pid: pid)
  }
}
