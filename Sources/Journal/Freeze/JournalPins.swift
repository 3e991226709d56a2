internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Pins journal files, and lets go of them: in this process, or by the helper.
protocol JournalPinning {
  func synchronize(timeout: Duration) throws(SystemFailure) -> [JournalSync]
  /// Pins the files that can hold entries of the window, for the capture of that id; those that it has already are
  /// listed again, as they are now. The pinned files of all captures may take `maximumBytes` on disk together.
  func pin(_ capture: String, window: TimeWindow, maximumBytes: Int) throws(SystemFailure) -> [FrozenFile]
  func release(_ capture: String) throws(SystemFailure) -> ReleasedPins
}

/// Pins the files of the journal's folders in this process, which therefore needs the rights to: the ones of root, on
/// a host.
struct JournalPins: JournalPinning, Sendable {
  /// Links of one capture.
  static let fileLimit = 4096
  /// Captures that have links at one time.
  static let captureLimit = 1024
  /// Namespaces that are asked to sync.
  static let namespaceLimit = 64
  /// Seconds after which the rest of the files stays where it is.
  static let seconds = 5.0
  /// How often the folders are listed anew when journald rotates meanwhile.
  private static let attempts = 4

  /// See `JournalQuery.directory`.
  private let directory: String?

  init(directory: String?) {
    self.directory = directory
  }

  private var roots: [String] { directory.map { [$0] } ?? JournalListing.hostRoots }

  /// A capture's id is a ULID (https://github.com/ulid/spec): nothing that could lead out of a folder.
  static func isCaptureID(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 26
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
  }

  /// The captures that have links.
  func captures() -> [String] {
    Set(roots.flatMap(PinFolder.captures(in:))).filter(Self.isCaptureID).sorted()
  }

  func synchronize(timeout: Duration) -> [JournalSync] {
    // A folder of files has no journald that could be asked.
    guard directory == nil else { return [] }
    let namespaces = JournalListing(directory: nil).namespaces
    return JournalSynchronizer.synchronize(Array(namespaces.prefix(Self.namespaceLimit)), timeout: timeout)
  }

  func pin(_ capture: String, window: TimeWindow, maximumBytes: Int) throws(SystemFailure) -> [FrozenFile] {
    guard Self.isCaptureID(capture) else { throw SystemFailure(call: "pin", errno: EINVAL) }
    let others = captures().filter { $0 != capture }
    guard others.count < Self.captureLimit else { throw SystemFailure(call: "pin", errno: EMLINK) }
    var pass = PinPass(
      capture: capture, roots: roots, window: window, budget: PinBudget(limit: maximumBytes, roots: roots))
    for attempt in 0..<Self.attempts {
      // What journald archives between listing and opening is found under its new name by the next listing.
      guard pass.take(JournalListing(directory: directory).paths) else { break }
      if attempt > 0 { pass.refresh() }
    }
    return pass.files
  }

  func release(_ capture: String) throws(SystemFailure) -> ReleasedPins {
    guard Self.isCaptureID(capture) else { throw SystemFailure(call: "release", errno: EINVAL) }
    var all = ReleasedPins()
    for root in roots {
      guard let folder = try PinFolder(in: root, capture: capture) else { continue }
      let released = try folder.remove(from: root, capture: capture)
      all.files += released.files
      all.heldBytes += released.heldBytes
    }
    return all
  }
}

/// Counts what the pinned files of all captures take on disk; a file that several captures hold counts once.
struct PinBudget {
  private let limit: Int
  private var used = 0
  private var seen: Set<FileIdentity> = []

  init(limit: Int, roots: [String]) {
    self.limit = limit
    for root in roots {
      for capture in PinFolder.captures(in: root).prefix(JournalPins.captureLimit) {
        count(root, capture)
      }
    }
  }

  private mutating func count(_ root: String, _ capture: String) {
    do throws(SystemFailure) {
      guard let folder = try PinFolder(in: root, capture: capture) else { return }
      folder.forEachFile { _, status in
        if seen.insert(FileIdentity(status)).inserted { used += Int(status.st_blocks) * 512 }
      }
    } catch {
      // A folder that goes just now holds nothing any more; any other failure shows when the links are made.
    }
  }

  /// Takes the file's bytes from the budget, all or none.
  mutating func take(_ identity: FileIdentity, bytes: Int) -> Bool {
    if seen.contains(identity) { return true }
    guard bytes <= limit - used else { return false }
    seen.insert(identity)
    used += bytes
    return true
  }
}

extension FileIdentity {
  init(_ status: stat) {
    self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
