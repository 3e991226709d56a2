internal import CSystemd

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The names of the journal files that there are. Nothing of them is opened.
struct JournalListing {
  /// Folders of this host's journal: on disk, and in memory (systemd-journald.service(8), "FILES").
  static let hostRoots = ["/var/log/journal", "/run/log/journal"]

  /// Every folder that was looked for.
  private(set) var searched: [String] = []
  /// Those of them that were there.
  private(set) var folders: [String] = []
  /// Of all files, sorted.
  private(set) var paths: [String] = []
  /// Folders that could not be read, with the error number.
  private(set) var failures: [(path: String, error: Int32)] = []

  /// - Parameter directory: see `JournalQuery.directory`.
  init(directory: String?) {
    if let directory {
      visit(directory, filesHere: true) { isJournalFolder($0, machineID: nil) }
    } else {
      let machineID = hostMachineID()
      for root in Self.hostRoots {
        visit(root, filesHere: false) { isJournalFolder($0, machineID: machineID) }
      }
    }
    paths.sort()
  }

  /// The journal namespaces (`systemd-journald.service(8)`, "JOURNAL NAMESPACES") whose folders were found,
  /// sorted; the main one is the empty name, and always among them.
  var namespaces: [String] {
    let names = folders.compactMap { folder -> String? in
      guard let name = folder.split(separator: "/").last, let dot = name.firstIndex(of: ".") else {
        return nil
      }
      return String(name[name.index(after: dot)...])
    }
    return Set(names + [""]).sorted()
  }

  private mutating func visit(_ folder: String, filesHere: Bool, subfolders: (String) -> Bool) {
    searched.append(folder)
    let (names, error) = folderNames(folder)
    if error != 0 && error != ENOENT { failures.append((folder, error)) }
    guard let names else { return }
    folders.append(folder)
    for name in names {
      let path = folder + "/" + name
      if filesHere && (name.hasSuffix(".journal") || name.hasSuffix(".journal~")) {
        paths.append(path)
      } else if subfolders(name) {
        visit(path, filesHere: true) { _ in false }
      }
    }
  }
}

/// The names in a folder, sorted, and the error number that ended the reading, or 0; `nil` when the folder is not
/// there or cannot be read at all.
func folderNames(_ folder: String) -> (names: [String]?, error: Int32) {
  guard let stream = opendir(folder) else { return (nil, errno) }
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
  let error = errno
  return (names.filter { $0 != "." && $0 != ".." }.sorted(), error)
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
