internal import Evidence

/// BagIt's two questions: is everything there, and is it unchanged?
struct BagCheck {
  let bag: BagContents

  func report(to findings: inout Findings) {
    checkDeclaration(&findings)
    let payload = bag.payload
    let tags = bag.files.filter { BagIt.tagFiles.prefix(3).contains($0.path) }
    compare(payload, with: BagIt.manifestName, &findings)
    compare(tags, with: BagIt.tagManifestName, &findings)
    checkInfo(payload, &findings)
    findings.conclude(.completeness, "\(payload.count) payload files, each in the manifest")
    findings.conclude(.checksums, "\(payload.count + tags.count) files match their SHA-256")
  }

  private func checkDeclaration(_ findings: inout Findings) {
    for name in BagIt.tagFiles where bag.documents[name] == nil {
      findings.add(.completeness, at: name, "the file is missing")
    }
    if let declaration = bag.documents[BagIt.declarationName], declaration != BagIt.declaration {
      findings.add(.completeness, at: BagIt.declarationName, "not the declaration of a BagIt 1.0 bag")
    }
  }

  private func compare(_ files: [BagContents.File], with manifest: String, _ findings: inout Findings) {
    guard let content = bag.documents[manifest] else { return }
    let listed = checkLines(of: content, manifest, against: files, &findings)
    for file in files where !listed.contains(file.path) {
      findings.add(.completeness, at: printable(file.path), "not listed in \(manifest)")
    }
    guard !findings.hasProblem(.checksums), !findings.hasProblem(.completeness) else { return }
    // Catches what lines cannot: order, repetition, bytes that are no text.
    let ordered =
      manifest == BagIt.manifestName
      ? PayloadPath.inOrder(files) { String($0.path.dropFirst(BagIt.payloadFolder.count)) }
      : BagIt.tagFiles.compactMap { name in files.first { $0.path == name } }
    if content != BagIt.manifest(ordered.map { ($0.path, $0.sha256) }) {
      findings.add(.completeness, at: manifest, "its lines are not in the documented order, each once")
    }
  }

  /// Returns the paths that the manifest lists.
  private func checkLines(
    of content: [UInt8], _ manifest: String, against files: [BagContents.File], _ findings: inout Findings
  ) -> Set<String> {
    let found = Dictionary(files.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    var listed: Set<String> = []
    let lines = String(decoding: content, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.dropLast().enumerated() {
      guard let (path, sha256) = BagIt.manifestLine(line) else {
        let reason = "not a line of the form: SHA-256, two spaces, path"
        findings.add(.completeness, at: "\(manifest):\(index + 1)", reason)
        continue
      }
      listed.insert(path)
      if found[path] == nil {
        findings.add(.completeness, at: printable(path), "listed in \(manifest), but not there")
      } else if found[path] != sha256 {
        findings.add(.checksums, at: printable(path), "its SHA-256 is not the one in \(manifest)")
      }
    }
    return listed
  }

  private func checkInfo(_ payload: [BagContents.File], _ findings: inout Findings) {
    guard let info = bag.documents[BagIt.infoName] else { return }
    let oxum = "\(payload.reduce(0) { $0 + $1.size }).\(payload.count)"
    if BagIt.value(of: "Payload-Oxum", in: info) != oxum {
      findings.add(.checksums, at: BagIt.infoName, "Payload-Oxum is not \(oxum), which is what is there")
    }
    let captured = BagIt.value(of: "Capture-Time", in: info).flatMap { Timestamp(rfc3339: $0) }
    if captured.map({ Int($0.seconds) }) != bag.modified {
      findings.add(.headers, at: BagIt.infoName, "Capture-Time is not the modification time in the archive")
    }
  }
}
