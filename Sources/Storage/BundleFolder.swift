internal import Evidence
internal import Foundation

/// The folder of finished bundles, one file each, and what it costs.
package struct BundleFolder: Sendable {
  package let path: String

  package init(path: String) {
    self.path = path
  }

  package func file(named name: String) -> String { path + "/" + name }

  /// Size of a bundle in bytes, or `nil` when it is not there.
  package func size(of name: String) -> Int? {
    var status = stat()
    guard lstat(file(named: name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Removes what an interrupted writer left behind: files that begin with a dot.
  ///
  /// - Returns: how many there were.
  package func removePartialFiles() throws -> Int {
    let leftovers = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix(".") }
    for name in leftovers {
      try FileManager.default.removeItem(atPath: file(named: name))
    }
    return leftovers.count
  }

  package func remove(_ name: String) throws {
    guard size(of: name) != nil else { return }
    try FileManager.default.removeItem(atPath: file(named: name))
  }

  /// Bytes that an unprivileged process may still write to the file system of the folder (statvfs(3)).
  package func freeBytes() throws -> Int {
    guard let free = DiskSpace.free(at: path) else {
      throw StorageError.database("statvfs \(path): \(String(cString: strerror(errno)))")
    }
    return free
  }
}
