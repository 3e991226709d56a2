#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How changes are noticed.
package enum WatchMechanism: String, Codable, Sendable, CaseIterable {
  /// fanotify(7): one mark a file system, and the kernel names who wrote.
  case fanotify
  /// inotify(7): one watch a folder, and nobody knows who wrote.
  case inotify
  /// Looking at everything now and then.
  case poll
}

/// Which mechanism is asked for.
package enum WatchPreference: String, Codable, Sendable, CaseIterable {
  /// The best one that the kernel and the agent's rights allow.
  case automatic = "auto"
  case fanotify, inotify, poll
}

/// What a folder is watched for.
enum FolderInterest {
  /// Everything in it.
  case contents
  /// Names that appear and go: it only lies on the way to a watched path.
  case names
}

/// Where the kernel's events come from. Used by one thread only.
///
/// A scan registers each folder that it enters *before* it lists it: what changes afterwards gives an event.
protocol EventSource: AnyObject {
  var mechanism: WatchMechanism { get }
  /// Readable when there are events.
  var descriptor: Int32 { get }
  /// Folders that are watched.
  var folderCount: Int { get }
  /// Events of other folders, passed over.
  var foreignCount: Int { get }
  /// What keeps some folders from being watched, and the remedy; `nil` where all are.
  var shortfall: String? { get }

  /// Watches an open folder under its path, or notes why it cannot be.
  func watch(_ folder: borrowing OpenFolder, path: [UInt8], for interest: FolderInterest)
  /// Begins to count what a whole scan registers.
  func beginRound()
  /// Forgets the folders that the scan since `beginRound` has not registered.
  func endRound()
  /// Reads the events that wait, at most one buffer of them, and gives what concerns registered folders.
  ///
  /// - Parameter body: is called for each event.
  /// - Returns: whether the kernel dropped events.
  /// - Throws: where no more events will come.
  func drain(_ body: (PathEvent) -> Void) throws(SystemFailure) -> Bool
}

/// A descriptor that is closed when the value goes away; nothing is written to it.
struct OwnedDescriptor: ~Copyable {
  let number: Int32

  init(_ number: Int32) {
    self.number = number
  }

  deinit { close(number) }
}

extension EventSource {
  /// One `read(2)` of a descriptor that does not block.
  ///
  /// - Returns: the number of bytes; 0 where nothing waits.
  func read(into buffer: inout [UInt8]) throws(SystemFailure) -> Int {
    while true {
      let count = read(descriptor, &buffer)
      if count >= 0 { return count }
      if errno == EAGAIN { return 0 }
      guard errno == EINTR else { throw SystemFailure("read") }
    }
  }

  private func read(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
    buffer.withUnsafeMutableBytes { bytes in
      #if canImport(Glibc)
        Glibc.read(descriptor, bytes.baseAddress, bytes.count)
      #else
        Musl.read(descriptor, bytes.baseAddress, bytes.count)
      #endif
    }
  }
}
