internal import Crypto
internal import Redaction

/// What one walk through an archive learnt of its files.
struct BagContents {
  struct File {
    let path: String
    let size: Int
    /// Lower-case hex.
    let sha256: String
    /// Lines that are records.
    let records: Int
  }

  /// The one top folder.
  private(set) var folder: String?
  /// Whether the walk came to the end of the archive.
  private(set) var isWhole = false
  /// Seconds since the epoch: the modification time of the first file.
  private(set) var modified: Int?
  /// Files in the order of the archive.
  private(set) var files: [File] = []
  /// The content of the files that later checks read.
  private(set) var documents: [String: [UInt8]] = [:]

  private static let kept = Set(BagIt.tagFiles + ["data/evidence.json", "data/incident.json"])

  var payload: [File] { files.filter { $0.path.hasPrefix(BagIt.payloadFolder) } }

  /// Walks the archive to its end, or to the damage that stops it.
  mutating func walk(
    path: String, trailerOffset: Int, redactor: Redactor, limits: BundleReader.Limits,
    _ findings: inout Findings
  ) {
    do throws(BundleError) {
      var archive = try ArchiveReader(path: path, limits: limits)
      while let entry = try archive.next() {
        folder = entry.folder
        checkHeader(entry, &findings)
        guard !entry.isFolder else { continue }
        try scan(entry, &archive, redactor: redactor, limits: limits, &findings)
      }
      if let end = archive.contentEnd, end != trailerOffset {
        findings.add(.container, at: "offset \(end)", "something stands between the archive and its trailer")
      }
      isWhole = true
      checkOrder(&findings)
    } catch {
      let (place, detail) = error.placeAndDetail
      findings.add(.archive, at: place, detail)
    }
    guard isWhole else { return }
    findings.conclude(.archive, "\(files.count) files, safe to unpack, in the documented order")
    findings.conclude(.headers, "every header is as this format writes it")
  }

  private mutating func checkHeader(_ entry: ArchiveEntry, _ findings: inout Findings) {
    modified = modified ?? entry.modified
    let name = "\(entry.folder)/\(entry.path)"
    let expected = TarHeader(name: name, size: entry.size, modified: modified ?? 0).encoded()
    if entry.isFolder || entry.header != expected {
      findings.add(
        .headers, at: printable(entry.path.isEmpty ? entry.folder : entry.path),
        "its header is not as this format writes it (owner, mode, time or type)")
    }
  }

  private mutating func scan(
    _ entry: ArchiveEntry, _ archive: inout ArchiveReader, redactor: Redactor, limits: BundleReader.Limits,
    _ findings: inout Findings
  ) throws(BundleError) {
    let place = printable(entry.path)
    let isDocument = Self.kept.contains(entry.path) || entry.path.hasSuffix(".json")
    var lines = LineSplitter(maximumBytes: limits.maximumLineBytes)
    let host = PayloadPath.hostPath(of: entry.path, under: BagIt.payloadFolder + PayloadPath.currentFiles)
    // Allowances for a file of the host hold for its copy.
    let redactor = redactor.scoped(path: host.map { String(decoding: $0, as: UTF8.self) })
    var inspector = LineInspector(path: place, redactor: redactor.makeRecordRedactor())
    var digest = SHA256()
    var content: [UInt8] = []
    try archive.forEachChunk { chunk in
      digest.update(bufferPointer: chunk)
      if isDocument && content.count <= limits.maximumDocumentBytes { content += chunk }
      _ = lines.feed(chunk) { line in
        inspector.inspect(line, &findings)
        return true
      }
    }
    _ = lines.finish { line in
      inspector.inspect(line, &findings)
      return true
    }
    if lines.isTooLong {
      let reason = "the line is longer than \(limits.maximumLineBytes) bytes and was not looked at"
      findings.add(.documents, at: "\(place):\(inspector.count + 1)", reason)
    }
    if isDocument { keep(content, of: entry, limit: limits.maximumDocumentBytes, &findings) }
    files.append(
      File(
        path: entry.path, size: entry.size, sha256: hexadecimal(digest.finalize()), records: inspector.records
      )
    )
  }

  private mutating func keep(
    _ content: [UInt8], of entry: ArchiveEntry, limit: Int, _ findings: inout Findings
  ) {
    if content.count > limit {
      findings.add(.documents, at: printable(entry.path), "longer than \(limit) bytes and not looked at")
    } else if entry.path.hasSuffix(".json"), !content.span.withUnsafeBytes({ JSONSyntax.isValue($0) }) {
      findings.add(.documents, at: printable(entry.path), "not valid JSON")
    }
    if Self.kept.contains(entry.path) { documents[entry.path] = content }
  }

  private func checkOrder(_ findings: inout Findings) {
    var expected = BagIt.tagFiles.filter { name in files.contains { $0.path == name } }
    for file in files where !BagIt.tagFiles.contains(file.path) {
      let text = String(file.path.dropFirst(BagIt.payloadFolder.count))
      do throws(BundleError) {
        guard file.path.hasPrefix(BagIt.payloadFolder) else {
          throw .invalid(what: "", detail: "neither a tag file of this format nor below data/")
        }
        _ = try PayloadPath(text)
      } catch {
        findings.add(.archive, at: printable(file.path), error.placeAndDetail.detail)
      }
    }
    let others = files.map(\.path).filter { !BagIt.tagFiles.contains($0) }
    expected += PayloadPath.inOrder(others) { String($0.dropFirst(BagIt.payloadFolder.count)) }
    if let index = files.indices.first(where: { files[$0].path != expected[$0] }) {
      findings.add(.archive, at: printable(files[index].path), "stands out of the documented order")
    }
  }
}

extension BundleError {
  /// The two parts of a problem in a report.
  var placeAndDetail: (place: String, detail: String) {
    switch self {
    case .damaged(let place, let detail), .limitExceeded(let place, let detail): (place, detail)
    case .invalid(let what, let detail): (what, detail)
    default: ("the file", description)
    }
  }
}
