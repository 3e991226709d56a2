internal import Deploys
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// Why the drop folder cannot be used.
struct DropFolderError: Error, CustomStringConvertible {
  var description: String

  init(_ path: String, _ call: String, _ code: Int32) {
    let remedy =
      code == EACCES || code == EPERM || code == EROFS
      ? "; the user exhibit must own the folder, and ReadWritePaths= of the unit must have it" : ""
    description = "\(path): \(call): \(String(cString: strerror(code)))\(remedy)"
  }
}

/// Why one file is not taken; says nothing of its content.
struct DropFileRefusal: Error, CustomStringConvertible {
  var description: String
}

/// The files of the drop folder. Blocking.
struct DropFolderFiles: Sendable {
  /// Files that are taken at once.
  static let batchLimit = 100
  /// Names of the folder that are looked at: more are a mistake of someone.
  private static let nameLimit = 10_000
  /// Files in `rejected/`, reasons not counted; the oldest go.
  static let rejectedLimit = 100
  private static let rejected = "rejected"

  let path: String

  /// What tells that a folder changed.
  struct Times: Equatable, Sendable {
    var inode: UInt64
    var modifiedSeconds: Int
    var modifiedNanoseconds: Int
  }

  /// One file, read whole.
  struct File: Sendable {
    var bytes: [UInt8]
    var source: DeploySource
    /// Name, inode and time: the same file is the same delivery.
    var identity: String
  }

  func times() throws(DropFolderError) -> Times {
    var status = stat()
    guard stat(path, &status) == 0 else { throw DropFolderError(path, "stat", errno) }
    return Times(
      inode: UInt64(status.st_ino), modifiedSeconds: Int(status.st_mtim.tv_sec),
      modifiedNanoseconds: Int(status.st_mtim.tv_nsec))
  }

  /// - Returns: the names of finished files, `*.json` without a dot in front, sorted, at most `batchLimit`.
  func names() throws(DropFolderError) -> [String] {
    guard let folder = opendir(path) else { throw DropFolderError(path, "opendir", errno) }
    defer { closedir(folder) }
    var names: [String] = []
    var count = 0
    while count < Self.nameLimit, let entry = readdir(folder) {
      count += 1
      // The name's room in the structure is that of its longest; the kernel ends it with a NUL.
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".json"), !name.hasPrefix(".") { names.append(name) }
    }
    return Array(names.sorted().prefix(Self.batchLimit))
  }

  /// Reads one file, never through a link, and never one that is no file: a FIFO would not end.
  ///
  /// - Returns: `nil` where it is gone.
  /// - Throws: `DropFileRefusal` for what is no deploy, `DropFolderError`.
  func read(_ name: String, limit: Int) throws -> File? {
    let descriptor = open(file(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT: return nil
      case ELOOP: throw DropFileRefusal(description: "the file is a symbolic link; write the content itself")
      case EACCES, EPERM:
        throw DropFileRefusal(description: "the user exhibit may not read the file; make it readable")
      default: throw DropFolderError(file(name), "open", errno)
      }
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw DropFolderError(file(name), "fstat", errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DropFileRefusal(description: "it is not a regular file")
    }
    guard Int(status.st_size) <= limit else {
      throw DropFileRefusal(
        description: "the file has \(status.st_size) bytes, and \(limit) are allowed (signals.max_body)")
    }
    let bytes = try content(descriptor, count: limit + 1, name)
    guard bytes.count <= limit else {
      throw DropFileRefusal(description: "the file grows; write it elsewhere and rename it")
    }
    let time = status.st_mtim
    return File(
      bytes: bytes, source: Self.source(of: bytes),
      identity: "\(name)#\(status.st_ino)#\(time.tv_sec).\(time.tv_nsec)")
  }

  func remove(_ name: String) throws(DropFolderError) {
    guard unlink(file(name)) == 0 || errno == ENOENT else {
      throw DropFolderError(file(name), "unlink", errno)
    }
  }

  /// Moves a file out of the way, and writes the reason beside it.
  func setAside(_ name: String, reason: String) throws {
    let folder = path + "/" + Self.rejected
    guard mkdir(folder, 0o750) == 0 || errno == EEXIST else { throw DropFolderError(folder, "mkdir", errno) }
    let target = folder + "/" + name
    guard rename(file(name), target) == 0 else {
      if errno == ENOENT { return }
      throw DropFolderError(target, "rename", errno)
    }
    try Data((reason + "\n").utf8).write(to: URL(filePath: target + ".reason"))
    try tidy(folder)
  }

  private func tidy(_ folder: String) throws {
    let manager = FileManager.default
    let names = try manager.contentsOfDirectory(atPath: folder).filter { !$0.hasSuffix(".reason") }
    guard names.count > Self.rejectedLimit else { return }
    let dated = names.map { name -> (name: String, time: Int) in
      var status = stat()
      return (name, lstat(folder + "/" + name, &status) == 0 ? Int(status.st_ctim.tv_sec) : 0)
    }
    let oldest = dated.sorted { $0.time == $1.time ? $0.name < $1.name : $0.time < $1.time }
    for (name, _) in oldest.prefix(names.count - Self.rejectedLimit) {
      try manager.removeItem(atPath: folder + "/" + name)
      if manager.fileExists(atPath: folder + "/" + name + ".reason") {
        try manager.removeItem(atPath: folder + "/" + name + ".reason")
      }
    }
  }

  private func file(_ name: String) -> String { path + "/" + name }

  private func content(_ descriptor: Int32, count: Int, _ name: String) throws(DropFolderError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), count - filled)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw DropFolderError(file(name), "read", errno) }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// An array, and an object with the first members of CDEvents or CloudEvents, is that; all else is ours. What is no
  /// JSON is for the decoder to refuse.
  private static func source(of bytes: [UInt8]) -> DeploySource {
    let document = try? JSONSerialization.jsonObject(with: Data(bytes))
    guard let object = document as? [String: Any] else { return document is [Any] ? .cdevents : .generic }
    return object["context"] is [String: Any] || object["specversion"] is String ? .cdevents : .generic
  }
}
