internal import Crypto
package import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A bundle that is whole, durable and read-only.
package struct SealedBundle: Hashable, Sendable {
  package let path: String
  package let name: BundleName
  /// The name of the file in its folder.
  package let file: String
  /// Length of the file.
  package let bytes: Int
  /// Lower-case hex, of the file.
  package let sha256: String
}

/// Assembles spooled artifacts into a sealed bundle; see `docs/bundle-format.md`.
///
/// Everything here blocks: call it on a thread of its own.
package enum BundleWriter {
  /// Writes `<folder>/.<file>.partial`, makes it durable and read-only, and gives it its name.
  ///
  /// The same input makes the same bytes. The spool files stay: they are the caller's.
  ///
  /// - Parameters:
  ///   - name: of the file, and of the one folder in it.
  ///   - captureTime: the modification time of every file in the archive, and `Capture-Time`.
  ///   - bagInfo: further lines of `bag-info.txt`, in order: `Bagging-Date`, `External-Identifier`. Labels are
  ///     of `[A-Za-z0-9-]`, values of `[A-Za-z0-9 .:+_-]`.
  ///   - artifacts: in any order; `evidence.json` must be one of them.
  ///   - key: signs the tag manifest.
  ///   - compression: of what is added here, and the kind of file; the artifacts' writers had one of the same
  ///     container.
  ///   - folder: where the bundle goes.
  /// - Returns: the published file.
  /// - Throws: `.alreadyExists`, `.diskFull`, `.system`, and `.invalid` for artifacts that do not make a bag.
  ///   The partial file is gone then.
  package static func seal(
    name: BundleName, captureTime: Timestamp, bagInfo: [(String, String)],
    artifacts: [SpooledArtifact], key: SealingKey, compression: Compression, into folder: String
  ) throws(BundleError) -> SealedBundle {
    let ordered = try arrange(artifacts)
    let info = try BagIt.info(
      bagInfo, captureTime: captureTime,
      payloadOxum: "\(ordered.reduce(0) { $0 + $1.bytes }).\(ordered.count)")
    let tags = try tagFiles(info: info, artifacts: ordered, key: key)
    let file = name.file(as: compression.container)
    let path = "\(folder)/\(file)"
    guard access(path, F_OK) != 0 else { throw .alreadyExists(path: path) }

    let partial = "\(folder)/.\(file).partial"
    // A leftover of a crash: nobody else writes this name.
    unlink(partial)
    do throws(BundleError) {
      let layout = Layout(
        folder: name.folder, modified: Int(captureTime.seconds), compression: compression)
      let written = try write(tags: tags, artifacts: ordered, layout: layout, to: partial)
      try publish(partial, as: path, in: folder)
      return SealedBundle(
        path: path, name: name, file: file, bytes: written.bytes, sha256: written.sha256)
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// What all parts of an archive share.
  private struct Layout {
    let folder: String
    let modified: Int
    let compression: Compression

    func header(_ path: String, size: Int) -> [UInt8] {
      TarHeader(name: "\(folder)/\(path)", size: size, modified: modified).encoded()
    }
  }

  /// The order of the archive.
  /// - Throws: `.invalid` for a name that is there twice, or both as a file and as a folder.
  private static func arrange(_ artifacts: [SpooledArtifact]) throws(BundleError) -> [SpooledArtifact] {
    var folders: Set<Substring> = []
    for artifact in artifacts {
      let text = artifact.path.text
      folders.formUnion(text.indices.filter { text[$0] == "/" }.map { text[..<$0] })
    }
    var names: Set<Substring> = []
    for artifact in artifacts {
      let text = artifact.path.text[...]
      guard names.insert(text).inserted, !folders.contains(text) else {
        throw .invalid(what: "data/\(text)", detail: "there are two artifacts of this name")
      }
    }
    guard names.contains("evidence.json") else {
      throw .invalid(what: "artifacts", detail: "evidence.json is not among them")
    }
    return PayloadPath.inOrder(artifacts, path: \.path.text)
  }

  private static func tagFiles(
    info: [UInt8], artifacts: [SpooledArtifact], key: SealingKey
  ) throws(BundleError) -> [[UInt8]] {
    let manifest = BagIt.manifest(artifacts.map { (BagIt.payloadFolder + $0.path.text, $0.sha256) })
    let signed = [BagIt.declaration, info, manifest]
    let tagManifest = BagIt.manifest(
      zip(BagIt.tagFiles, signed).map { ($0, hexadecimal(SHA256.hash(data: $1))) })
    return signed + [tagManifest, try key.sign(tagManifest)]
  }

  private static func write(
    tags: [[UInt8]], artifacts: [SpooledArtifact], layout: Layout, to path: String
  ) throws(BundleError) -> (bytes: Int, sha256: String) {
    var container = try ContainerWriter(OpenFile(creating: path), compression: layout.compression)
    for (name, content) in zip(BagIt.tagFiles, tags) {
      try container.append(
        layout.header(name, size: content.count) + content + TarHeader.padding(after: content.count))
    }
    var padding: [UInt8] = []
    for artifact in artifacts {
      // One segment for the end of one file and the header of the next.
      let header = layout.header(BagIt.payloadFolder + artifact.path.text, size: artifact.bytes)
      try container.append(padding + header)
      try container.append(artifact)
      padding = TarHeader.padding(after: artifact.bytes)
    }
    try container.append(padding + TarHeader.endBlocks)
    return try container.finish()
  }

  /// Gives a durable file its name, without ever replacing another one (`rename` would).
  private static func publish(
    _ partial: String, as path: String, in folder: String
  ) throws(BundleError) {
    guard link(partial, path) == 0 else {
      throw errno == EEXIST ? .alreadyExists(path: path) : .call("link", path: path, errno: errno)
    }
    guard unlink(partial) == 0 else { throw .call("unlink", path: partial, errno: errno) }
    try OpenFile(folder: folder).synchronise()
  }
}
