internal import ArgumentParser
internal import Bundle
internal import Evidence
internal import FoundationEssentials
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How `redact` makes a new bundle of an old one.
struct RebundleOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Redact this bundle again, into a new one that names it as its parent.", valueName: "file"),
    completion: .file(extensions: ["gz", "zst"]))
  var bundle: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The folder of the new rules, beside the built-in ones.", valueName: "folder"),
    completion: .directory)
  var with: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Where the new bundle goes (default: beside the old one).", valueName: "folder"),
    completion: .directory)
  var into: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Seal with this OpenSSH Ed25519 key (default: a new one).", valueName: "path"),
    completion: .file())
  var sealingKey: String?
}

/// Redacts a sealed bundle again. What is taken out of it stays in the old bundle: remove that where it must not stay.
struct Rebundling {
  struct Result {
    var path: String
    var summary: RedactionSummary
  }

  /// Where bodies wait, and how they are compressed.
  private struct Writing {
    var spool: String
    var compression: Compression
  }

  private let redactor: Redactor
  private let options: RebundleOptions

  /// - Parameters:
  ///   - redactor: with the new rules.
  ///   - options: where to.
  init(redactor: Redactor, options: RebundleOptions) {
    self.redactor = redactor
    self.options = options
  }

  /// - Throws: `BundleError`, `CommandFailure` when the bundle does not pass verification, or `FileError`.
  func run(_ path: String) throws -> Result {
    let report = try BundleVerifier(trust: nil).verify(path: path)
    guard report.passed else {
      throw CommandFailure(
        .failed, "\(path) does not pass verification; only a whole bundle is redacted again")
    }
    let folder = options.into ?? Self.folder(of: path)
    let spool = "\(folder)/.exhibit-redact-\(getpid())"
    guard mkdir(spool, 0o700) == 0 else { throw FileError(call: "make", path: spool, code: errno) }
    defer { rmdir(spool) }
    var artifacts: [SpooledArtifact] = []
    defer { for artifact in artifacts { unlink(artifact.spoolFile) } }
    // In the container that the old one has.
    let format = ContainerFormat(fileName: path)
    let writing = Writing(spool: spool, compression: format == .zstd ? .zstd : .default)
    let reader = BundleReader(path: path)
    let old = try reader.manifest()
    let found = FoundSecrets(keeping: Self.identifiers(of: old))
    let redactor = redactor.collecting(into: found)
    var counts = RedactionCounts()
    var sweptFor: [Int] = []
    try reader.forEachEntry { entry, archive in
      guard !entry.isFolder, let name = payloadName(entry.path), name != "evidence.json" else { return true }
      sweptFor.append(found.count)
      artifacts.append(try redact(name, &archive, redactor, writing, &counts))
      return true
    }
    // What only the manifest's own words give away must be known before the sweep.
    _ = redactor.redact(String(decoding: try JSONOutput.encoded(old), as: UTF8.self))
    for index in artifacts.indices where sweptFor[index] < found.count {
      try sweep(&artifacts[index], found, writing, &counts)
    }
    let renamed = try sweepNames(&artifacts, found)
    var manifest = self.manifest(old, artifacts, counts, renamed)
    if found.isFull { manifest.gaps.append(Self.incompleteSweep) }
    let summary = manifest.redaction
    manifest.redaction = merged(old.redaction, counts)
    artifacts.append(try evidence(manifest, redactor, writing))
    let sealed = try BundleWriter.seal(
      name: try name(after: path, manifest, in: folder), captureTime: manifest.timings.captureStarted,
      bagInfo: [("External-Identifier", manifest.bundle)], artifacts: artifacts, key: try key(),
      compression: writing.compression, into: folder)
    return Result(path: sealed.path, summary: summary)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The name below `data/`, without the folder of the bag.
  private func payloadName(_ path: String) -> String? {
    guard let range = path.firstRange(of: "data/"),
      range.lowerBound == path.startIndex || path[..<range.lowerBound].hasSuffix("/")
    else { return nil }
    return String(path[range.upperBound...])
  }

  /// What the evidence holds together by stays, whatever is found.
  private static func identifiers(of manifest: EvidenceManifest) -> [String] {
    let host = manifest.host
    return [manifest.incident, manifest.bundle, host.hostname]
      + [manifest.parent, host.machineID, host.bootID].compactMap(\.self)
  }

  private static let incompleteSweep = Gap(
    artifact: "redaction.json", cause: .redactionFailed,
    detail:
      "more secrets were found than the second pass can look for: those beyond are redacted where a rule found "
      + "them, but were not looked for elsewhere")

  /// The second pass: what was written before a secret was known.
  private func sweep(
    _ artifact: inout SpooledArtifact, _ found: FoundSecrets, _ writing: Writing,
    _ counts: inout RedactionCounts
  ) throws(BundleError) {
    guard
      let (new, replaced) = try artifact.swept(
        for: found, spoolFolder: writing.spool, compression: writing.compression)
    else { return }
    let old = artifact
    artifact = new
    counts.add(replaced)
    try old.remove()
  }

  /// - Returns: new names by the old ones.
  private func sweepNames(
    _ artifacts: inout [SpooledArtifact], _ found: FoundSecrets
  ) throws(BundleError) -> [String: String] {
    var taken = Set(artifacts.map(\.path.text))
    var renamed: [String: String] = [:]
    for index in artifacts.indices {
      guard let new = try artifacts[index].path.swept(for: found, taken: &taken) else { continue }
      renamed[artifacts[index].path.text] = new.text
      artifacts[index].path = new
    }
    return renamed
  }

  private func redact(
    _ name: String, _ archive: inout ArchiveReader, _ redactor: Redactor, _ writing: Writing,
    _ counts: inout RedactionCounts
  ) throws(BundleError) -> SpooledArtifact {
    let path = try PayloadPath(name)
    var writer = try ArtifactWriter(path: path, spoolFolder: writing.spool, compression: writing.compression)
    let host = path.hostPath(under: PayloadPath.currentFiles).map { String(decoding: $0, as: UTF8.self) }
    var stream = redactor.scoped(path: host).makeStream()
    try archive.forEachChunk { (bytes) throws(BundleError) in
      try stream.write(bytes) { (redacted) throws(BundleError) in try writer.write(redacted) }
    }
    try stream.finish { (redacted) throws(BundleError) in try writer.write(redacted) }
    counts.add(stream.counts)
    return try writer.finish()
  }

  private func manifest(
    _ old: EvidenceManifest, _ artifacts: [SpooledArtifact], _ counts: RedactionCounts,
    _ renamed: [String: String]
  ) -> EvidenceManifest {
    var manifest = old
    let now = Timestamp.now()
    manifest.bundle = ULID.make(at: now)
    manifest.parent = old.bundle
    manifest.agent = ExhibitVersion.current
    manifest.timings.sealed = now
    for index in manifest.artifacts.indices {
      let path = manifest.artifacts[index].path
      manifest.artifacts[index].path = renamed[path] ?? path
      guard let new = artifacts.first(where: { $0.path.text == manifest.artifacts[index].path }) else {
        continue
      }
      (manifest.artifacts[index].bytes, manifest.artifacts[index].sha256) = (new.bytes, new.sha256)
    }
    manifest.redaction = RedactionSummary(ruleset: redactor.ruleset, byRule: counts.byRule)
    return manifest
  }

  /// The old bundle's counts and those of this pass, under the new rules' name.
  private func merged(_ old: RedactionSummary, _ counts: RedactionCounts) -> RedactionSummary {
    var byRule = counts.byRule
    for rule in old.byRule { byRule[rule.rule, default: 0] += rule.count }
    return RedactionSummary(ruleset: redactor.ruleset, byRule: byRule)
  }

  private func evidence(
    _ manifest: EvidenceManifest, _ redactor: Redactor, _ writing: Writing
  ) throws -> SpooledArtifact {
    var writer = try ArtifactWriter(
      path: PayloadPath("evidence.json"), spoolFolder: writing.spool, compression: writing.compression)
    let text = String(decoding: try JSONOutput.encoded(manifest), as: UTF8.self)
    try writer.write(redactor.redact(text))
    return try writer.finish()
  }

  /// The old name with the next number that is free.
  private func name(after path: String, _ manifest: EvidenceManifest, in folder: String) throws -> BundleName
  {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let old = BundleName(parsing: file)
    for sequence in ((old?.sequence ?? 1) + 1)...9999 {
      let name = try BundleName(
        incident: old?.incident ?? manifest.incident, host: old?.host ?? manifest.host.hostname,
        sequence: sequence,
        phase: manifest.phase)
      if !name.files.contains(where: { FileSystem.exists("\(folder)/\($0)") }) { return name }
    }
    throw CommandFailure(.failed, "there is no free name left in \(folder)")
  }

  private func key() throws(BundleError) -> SealingKey {
    guard let path = options.sealingKey else { return .generate(comment: "exhibit redact") }
    return try SealingKey.load(path: path)
  }
}
