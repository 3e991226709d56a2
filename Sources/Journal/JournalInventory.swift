#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The journal files that there are, before one entry is read: libsystemd passes over folders and files
/// that it cannot read without a word.
struct JournalInventory {
  /// Every folder that was looked for.
  var searched: [String] = []
  /// Those of them that were there.
  var folders: [String] = []
  var files: [JournalFile] = []
  var obstacles: [JournalObstacle] = []
  /// Files that were frozen, could not be pinned, and are gone.
  var vanished: [JournalFile] = []

  init() {}

  /// Looks at every file of the folders of `JournalQuery.directory`.
  static func scan(directory: String?) -> JournalInventory {
    let listing = JournalListing(directory: directory)
    var inventory = JournalInventory(listing)
    for path in listing.paths { inventory.examine(path) }
    return inventory
  }

  init(_ listing: JournalListing) {
    searched = listing.searched
    folders = listing.folders
    for (path, error) in listing.failures { obstruct(path, error) }
  }

  var identities: Set<FileIdentity> { Set(files.map(\.identity)) }

  /// Whether all files are in memory only, and gone with the next boot.
  var isVolatile: Bool { !files.isEmpty && files.allSatisfy { $0.path.hasPrefix("/run/") } }

  mutating func examine(
    _ path: String, readPath: String? = nil, frozen: JournalFileHeader? = nil
  ) {
    let readPath = readPath ?? path
    let file = open(readPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return obstruct(path, errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return obstruct(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { return refuse(path, "it is not a regular file") }
    let identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    withUnsafeTemporaryAllocation(byteCount: JournalFileHeader.length, alignment: 8) { buffer in
      let count = JournalFileHeader.read(file, into: buffer)
      guard count >= 0 else { return obstruct(path, errno) }
      guard let header = JournalFileHeader(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
        return refuse(path, "it has no journal header")
      }
      files.append(
        JournalFile(path: path, readPath: readPath, identity: identity, header: frozen ?? header))
    }
  }

  /// A file that is gone by now was rotated away: the next scan finds what took its place.
  private mutating func obstruct(_ path: String, _ error: Int32) {
    switch error {
    case ENOENT: break
    case EACCES, EPERM: obstacles.append(JournalObstacle(path: path, kind: .permission))
    case EBADMSG, ENODATA, EPROTONOSUPPORT:
      refuse(path, "libsystemd refuses to open it (\(errorText(error)))")
    default: obstacles.append(JournalObstacle(path: path, kind: .unreadable(error)))
    }
  }

  private mutating func refuse(_ path: String, _ reason: String) {
    obstacles.append(JournalObstacle(path: path, kind: .corrupt(reason)))
  }
}
