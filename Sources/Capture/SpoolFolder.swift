internal import Bundle
internal import Foundation

/// The folder of one capture's unfinished artifacts: redacted and compressed, gone when the bundle is sealed.
struct SpoolFolder: Sendable {
  let path: String
  let compression: Compression
  /// `nil` where the disk may be filled.
  var space: SpaceGuard?

  /// Makes the folder empty, whatever an interrupted attempt left there.
  func prepare() throws {
    try remove()
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  func makeWriter(path artifact: String) throws -> ArtifactWriter {
    try ArtifactWriter(path: PayloadPath(artifact), spoolFolder: path, compression: compression)
  }

  func remove() throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    try FileManager.default.removeItem(atPath: path)
  }
}
