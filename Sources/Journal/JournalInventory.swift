internal import CSystemd

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

  /// Looks through the folders of `JournalQuery.directory`.
  static func scan(directory: String?) -> JournalInventory {
    var inventory = JournalInventory()
    if let directory {
      inventory.visit(directory, filesHere: true) { isJournalFolder($0, machineID: nil) }
    } else {
      let machineID = hostMachineID()
      for root in ["/var/log/journal", "/run/log/journal"] {
        inventory.visit(root, filesHere: false) { isJournalFolder($0, machineID: machineID) }
      }
    }
    inventory.files.sort { $0.path < $1.path }
    return inventory
  }

  var identities: Set<FileIdentity> { Set(files.map(\.identity)) }

  /// Whether all files are in memory only, and gone with the next boot.
  var isVolatile: Bool { !files.isEmpty && files.allSatisfy { $0.path.hasPrefix("/run/") } }

  private mutating func visit(_ folder: String, filesHere: Bool, subfolders: (String) -> Bool) {
    searched.append(folder)
    guard let names = list(folder) else { return }
    folders.append(folder)
    for name in names {
      let path = folder + "/" + name
      if filesHere && (name.hasSuffix(".journal") || name.hasSuffix(".journal~")) {
        examine(path)
      } else if subfolders(name) {
        visit(path, filesHere: true) { _ in false }
      }
    }
  }

  /// The names in a folder, sorted; `nil` when it is not there or cannot be read.
  private mutating func list(_ folder: String) -> [String]? {
    guard let stream = opendir(folder) else {
      if errno != ENOENT { obstruct(folder, errno) }
      return nil
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let item = readdir(stream) else { break }
      names.append(
        withUnsafeBytes(of: &item.pointee.d_name) { name in
          String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    if errno != 0 { obstruct(folder, errno) }
    return names.sorted()
  }

  private mutating func examine(_ path: String) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return obstruct(path, errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return obstruct(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { return refuse(path, "it is not a regular file") }
    let identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    withUnsafeTemporaryAllocation(byteCount: JournalFileHeader.length, alignment: 8) { buffer in
      let count = pread(file, buffer.baseAddress, buffer.count, 0)
      guard count >= 0 else { return obstruct(path, errno) }
      guard let header = JournalFileHeader(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
        return refuse(path, "it has no journal header")
      }
      files.append(JournalFile(path: path, identity: identity, header: header))
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

/// Whether a subfolder holds journal files: it is named after a machine, maybe with a namespace behind it.
func isJournalFolder(_ name: String, machineID: String?) -> Bool {
  let machine = name.prefix { $0 != "." }
  if let machineID { return machine == machineID }
  return machine.utf8.count == 32 && machine.utf8.allSatisfy { Hexadecimal.digit($0) != nil }
}

/// The id after which this host's journal folders are named; `nil` where machine-id(5) is not set, which
/// makes every machine's folder count.
private func hostMachineID() -> String? {
  var id = sd_id128_t()
  guard sd_id128_get_machine(&id) >= 0 else { return nil }
  let bytes = withUnsafeBytes(of: &id) {
    ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }
  return JournalID(high: UInt64(bigEndian: bytes.0), low: UInt64(bigEndian: bytes.1)).description
}
