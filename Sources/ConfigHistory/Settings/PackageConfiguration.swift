internal import Crypto
internal import Evidence
internal import FoundationEssentials

/// Which configuration files of Debian packages are the package's own, by the digests that dpkg and ucf keep
/// (deb-conffiles(5); `Conffiles` in `/var/lib/dpkg/status`; ucf(1), `/var/lib/ucf/hashfile`).
///
/// A file is read again only when its inode, size or times changed. Digests and contents go nowhere.
struct PackageConfiguration: Sendable {
  static let statusPath = "/var/lib/dpkg/status"
  static let hashPath = "/var/lib/ucf/hashfile"
  /// Of the lists: a large host's is 10 MB.
  private static let maximumListBytes = 64 << 20
  /// Of a configuration file; a larger one is not judged.
  private static let maximumFileBytes = 1 << 20
  /// What dpkg and ucf put beside a file that they do not dare to replace, or replaced.
  private static let leftovers = [
    ".dpkg-new", ".dpkg-dist", ".dpkg-old", ".ucf-new", ".ucf-dist", ".ucf-old",
  ]

  private static let endings = Set(leftovers.map { Array($0.utf8) })
  /// Of one folder; in one with more nothing is looked for beside the files.
  private static let maximumNames = 100_000
  /// See `Examiner`.
  private static let settlingSeconds = 2.0

  struct Packaged: Sendable, Hashable {
    var digest: String
    /// `nginx-common`, or `ucf`.
    var package: String
    var isObsolete = false
  }

  private let root: String
  private var lists: [String: Metadata] = [:]
  private var packaged: [String: Packaged] = [:]
  private var judged: [String: (metadata: Metadata, digest: String, isOwn: Bool)] = [:]
  /// The names in folders that end as those of `leftovers` do: looked for anew where the folder changed.
  private var beside: [[UInt8]: (changed: Int64, names: Set<[UInt8]>)] = [:]
  /// The packaged files by folder.
  private var folders: [[UInt8]: [String]] = [:]

  init(root: String) {
    self.root = root
  }

  /// A host without dpkg has none, which is no gap.
  mutating func add(to sample: inout HostSample) {
    do throws(SystemFailure) {
      guard try readLists() else { return }
    } catch {
      return sample.fail(Self.statusPath, error)
    }
    var values: [String: String] = [:]
    var unreadable = 0
    for (folder, paths) in folders {
      do throws(SystemFailure) {
        let open = try OpenFolder(path: Array(root.utf8) + folder)
        let left = try leftovers(in: open, folder, &sample)
        for path in paths { values[path] = value(of: path, left, in: open, &unreadable) }
      } catch  where error.isAbsence {
        for path in paths { values[path] = text("missing", path, []) }
      } catch {
        unreadable += paths.count
      }
    }
    if unreadable > 0 {
      sample.note(
        .permission, "\(unreadable) configuration files of packages could not be read to compare them")
    }
    sample.add(.packageConfig, Self.statusPath, values)
  }

  /// - Returns: `nil` where it cannot be told.
  private mutating func value(
    of path: String, _ names: Set<[UInt8]>, in folder: borrowing OpenFolder, _ unreadable: inout Int
  ) -> String? {
    let name = PathBytes.split(Array(path.utf8)).name
    let left = names.isEmpty ? [] : Self.leftovers.filter { names.contains(name + Array($0.utf8)) }
    do throws(SystemFailure) {
      let metadata = try folder.metadata(of: name)
      guard metadata.type == .file else { return text("a \(metadata.type.rawValue)", path, left) }
      guard metadata.size <= Self.maximumFileBytes else { return nil }
      return text(try isOwn(path, name, metadata, in: folder) ? "as packaged" : "changed", path, left)
    } catch  where error.isAbsence {
      return text("missing", path, left)
    } catch {
      unreadable += 1
      return nil
    }
  }

  /// A folder's time of change tells of every name that comes and goes; one of the last seconds may hide another change.
  private mutating func leftovers(
    in folder: borrowing OpenFolder, _ path: [UInt8], _ sample: inout HostSample
  ) throws(SystemFailure) -> Set<[UInt8]> {
    let changed = try folder.metadata(of: []).changed
    let settled = Timestamp.now().adding(seconds: -Self.settlingSeconds).nanoseconds
    if let known = beside[path], known.changed == changed { return known.names }
    var names: Set<[UInt8]> = []
    guard let all = try folder.names(limit: Self.maximumNames) else {
      let text = PathText(path).text
      sample.note(
        .budget,
        "\(text): more than \(Self.maximumNames) names; what lies beside packages' files was not looked for")
      return []
    }
    for name in all {
      guard let dot = name.lastIndex(of: UInt8(ascii: ".")), Self.endings.contains(Array(name[dot...])),
        try folder.metadata(of: name).type == .file
      else { continue }
      names.insert(name)
    }
    beside[path] = changed < settled ? (changed, names) : nil
    return names
  }

  private func text(_ state: String, _ path: String, _ left: [String]) -> String {
    let owner = packaged[path].map { " (\($0.package)\($0.isObsolete ? ", obsolete" : ""))" } ?? ""
    return state + owner + (left.isEmpty ? "" : "; beside it \(left.joined(separator: ", "))")
  }

  private mutating func isOwn(
    _ path: String, _ name: [UInt8], _ metadata: Metadata, in folder: borrowing OpenFolder
  ) throws(SystemFailure) -> Bool {
    let digest = packaged[path]?.digest ?? ""
    if let known = judged[path], known.metadata == metadata, known.digest == digest { return known.isOwn }
    let file = try OpenFile(name, in: folder)
    var bytes = [UInt8](repeating: 0, count: Self.maximumFileBytes)
    var result: Result<Int, SystemFailure> = .success(0)
    bytes.withUnsafeMutableBytes { buffer in
      do throws(SystemFailure) { result = .success(try file.read(into: buffer)) } catch {
        result = .failure(error)
      }
    }
    // dpkg's digests are MD5; they tell a file from another one, and nothing hangs on who made it.
    let isOwn = Data(Insecure.MD5.hash(data: bytes[..<(try result.get())])).hexadecimal == digest
    judged[path] = (metadata, digest, isOwn)
    return isOwn
  }

  /// - Returns: false where there is no dpkg.
  private mutating func readLists() throws(SystemFailure) -> Bool {
    var now: [String: Metadata] = [:]
    for path in [Self.statusPath, Self.hashPath] {
      let (folder, name) = PathBytes.split(Array((root + path).utf8))
      do throws(SystemFailure) { now[path] = try OpenFolder(path: folder).metadata(of: name) } catch {
        guard error.isAbsence else { throw error }
      }
    }
    guard now[Self.statusPath] != nil else { return false }
    guard now != lists else { return true }
    var files = Self.conffiles(try BoundedFile.read(root + Self.statusPath, limit: Self.maximumListBytes))
    if now[Self.hashPath] != nil {
      let hashes = Self.hashes(try BoundedFile.text(root + Self.hashPath, limit: Self.maximumListBytes))
      files.merge(hashes) { conffile, _ in conffile }
    }
    packaged = files
    judged = judged.filter { files[$0.key] != nil }
    folders = Dictionary(grouping: files.keys) { PathBytes.split(Array($0.utf8)).folder }
    beside = [:]
    lists = now
    return true
  }

  /// - Parameter status: stanzas of `Name: value`, where values go on in lines that begin with a blank.
  /// - Returns: the files of installed packages by path.
  static func conffiles(_ status: [UInt8]) -> [String: Packaged] {
    var files: [String: Packaged] = [:]
    var package = ""
    var (isInstalled, isInList) = (false, false)
    for line in status.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if line.first == UInt8(ascii: " ") {
        guard isInList, isInstalled else { continue }
        let words = String(decoding: line.dropFirst(), as: UTF8.self).split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("/"), words[1] != "newconffile" else { continue }
        let isObsolete = words.dropFirst(2).contains("obsolete")
        files[String(words[0])] = Packaged(digest: String(words[1]), package: package, isObsolete: isObsolete)
        continue
      }
      isInList = line.elementsEqual("Conffiles:".utf8)
      if line.starts(with: "Package: ".utf8) {
        package = String(decoding: line.dropFirst(9), as: UTF8.self)
        isInstalled = false
      } else if line.starts(with: "Status: ".utf8) {
        // Of a package that was removed and not purged the files are nobody's.
        isInstalled = line.reversed().starts(with: " installed".utf8.reversed())
      }
    }
    return files
  }

  private static func hashes(_ text: String) -> [String: Packaged] {
    var files: [String: Packaged] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
      guard words.count == 2 else { continue }
      let path = words[1].drop { $0 == " " }
      if path.hasPrefix("/") { files[String(path)] = Packaged(digest: String(words[0]), package: "ucf") }
    }
    return files
  }
}
