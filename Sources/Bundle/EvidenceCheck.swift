internal import Evidence
internal import FoundationEssentials

/// Whether `evidence.json` and `incident.json` can be read, and are true of the files that are there.
struct EvidenceCheck {
  private static let evidencePath = "data/evidence.json"
  private static let incidentPath = "data/incident.json"

  let bag: BagContents

  func report(to findings: inout Findings, _ facts: inout VerificationReport.Facts) {
    guard let manifest = decode(EvidenceManifest.self, Self.evidencePath, &findings) else { return }
    facts.bundle = manifest.bundle
    facts.incident = manifest.incident
    facts.phase = manifest.phase
    facts.hostname = manifest.host.hostname
    facts.window = manifest.window
    facts.completeness = manifest.completeness
    facts.gaps = manifest.gaps.count
    facts.redactions = manifest.redaction.total
    checkStatements(manifest, &findings)
    checkArtifacts(manifest, &findings)
    if bag.documents[Self.incidentPath] != nil,
      let incident = decode(Incident.self, Self.incidentPath, &findings), incident.id != manifest.incident
    {
      findings.add(.evidence, at: Self.incidentPath, "another incident than in evidence.json")
    }
    findings.conclude(
      .evidence,
      "\(manifest.completeness.complete) of \(manifest.completeness.expected) expected artifacts complete, "
        + "\(manifest.gaps.count) gaps named")
  }

  private func decode<Document: Decodable>(
    _ type: Document.Type, _ path: String, _ findings: inout Findings
  ) -> Document? {
    guard let bytes = bag.documents[path] else {
      findings.add(.evidence, at: path, "the file is missing")
      return nil
    }
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      findings.add(.documents, at: path, describe(error))
      return nil
    }
  }

  private func checkStatements(_ manifest: EvidenceManifest, _ findings: inout Findings) {
    if manifest.format != EvidenceManifest.currentFormat {
      findings.add(
        .evidence, at: Self.evidencePath,
        "format \(manifest.format); this version of exhibit reads format \(EvidenceManifest.currentFormat)")
    }
    if manifest.completeness != Completeness(of: manifest.artifacts) {
      findings.add(.evidence, at: Self.evidencePath, "completeness is not what its artifacts add up to")
    }
    if let folder = bag.folder {
      let name = BundleName(parsing: folder)
      if name?.incident != manifest.incident || name?.phase != manifest.phase {
        findings.add(
          .evidence, at: printable(folder),
          "the top folder is not named after the incident and phase in evidence.json")
      }
    }
  }

  /// Both ways: what is described is there, and what is there is described.
  private func checkArtifacts(_ manifest: EvidenceManifest, _ findings: inout Findings) {
    var files = Dictionary(bag.payload.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    files[Self.evidencePath] = nil
    var described: Set<String> = []
    for record in manifest.artifacts {
      let path = BagIt.payloadFolder + record.path
      if !described.insert(path).inserted {
        findings.add(.evidence, at: printable(path), "described twice in evidence.json")
      }
      if let reason = difference(record, files.removeValue(forKey: path)) {
        findings.add(.evidence, at: printable(path), reason)
      }
    }
    for path in files.keys.sorted() {
      findings.add(.evidence, at: printable(path), "not described in evidence.json")
    }
  }

  private func difference(_ record: ArtifactRecord, _ file: BagContents.File?) -> String? {
    guard let file else {
      return record.sha256 == nil && record.bytes == 0 ? nil : "described in evidence.json, but not there"
    }
    guard record.sha256 == file.sha256 else { return "its SHA-256 is not the one in evidence.json" }
    guard record.bytes == file.size else { return "its length is not the one in evidence.json" }
    if record.path.hasSuffix(".jsonl"), let records = record.records, records != file.records {
      return "\(file.records) records, where evidence.json says \(records) records"
    }
    return nil
  }
}
