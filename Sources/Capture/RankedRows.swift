internal import Bundle
internal import Evidence
internal import Redaction
internal import Timeline

/// Puts the rank of a change, and the reasons for it, into the row that tells of the change: ranks are known only when all
/// collectors are done.
struct RankedRows {
  private let path: String
  /// What goes in front of a row's other members, by its line.
  private var fields: [Int: [UInt8]] = [:]

  /// - Parameters:
  ///   - path: of a JSON Lines artifact.
  ///   - ranking: its changes name artifact and line where they stand: `config/changes.jsonl:7`.
  init(of path: String, _ ranking: ChangeRanking) {
    self.path = path
    for change in ranking.changes {
      guard let reference = change.event.reference, reference.hasPrefix(path + ":"),
        let line = Int(reference.dropFirst(path.count + 1))
      else { continue }
      fields[line] = change.jsonFields
    }
  }

  /// The artifacts, of which the one is written anew where one of its rows has a rank.
  ///
  /// - Parameters:
  ///   - artifacts: of the whole capture.
  ///   - open: begins an artifact of so many bytes at most.
  /// - Returns: all of them. Where the rows cannot be read again they stay as they are, with a gap.
  /// - Throws: `BundleError` when the disk refuses.
  func apply(
    to artifacts: [CollectedArtifact], open: (ExpectedArtifact, _ bytes: Int) throws -> ArtifactSink
  ) throws -> [CollectedArtifact] {
    guard !fields.isEmpty else { return artifacts }
    return try artifacts.map { artifact in
      guard artifact.record.path == path, let old = artifact.spooled else { return artifact }
      do {
        let new = try rewritten(old, artifact.record, open)
        try old.remove()
        return new.replacing(artifact)
      } catch let error as BundleError {
        guard case .damaged = error else { throw error }
        return unranked(artifact, error)
      } catch let error as CollectionStop {
        return unranked(artifact, error)
      }
    }
  }

  private func rewritten(
    _ old: SpooledArtifact, _ record: ArtifactRecord,
    _ open: (ExpectedArtifact, _ bytes: Int) throws -> ArtifactSink
  ) throws -> CollectedArtifact {
    let added = fields.values.reduce(0) { $0 + $1.count + 1 }
    // A secret that was found meanwhile may be shorter than its token.
    let sink = try open(
      ExpectedArtifact(path: path, kind: record.kind, mediaType: record.mediaType),
      record.bytes + added + (64 << 20))
    var rows = RowReader()
    try old.forEachPiece { piece in
      try rows.take(piece) { row, line in try sink.write(record: ranked(row, line), at: nil) }
    }
    return try sink.finish(gaps: record.gaps)
  }

  private func unranked(_ artifact: CollectedArtifact, _ error: any Error) -> CollectedArtifact {
    var artifact = artifact
    artifact.record.gaps.append(
      Gap(
        artifact: path, cause: .sourceError,
        detail: "its rows do not have their ranks, which are in ranked-changes.jsonl: \(error)"))
    if artifact.record.state == .complete { artifact.record.state = .partial }
    return artifact
  }

  /// A row is a JSON object with members.
  private func ranked(_ row: [UInt8], _ line: Int) -> [UInt8] {
    guard let fields = fields[line], row.first == UInt8(ascii: "{") else { return row }
    return [UInt8(ascii: "{")] + fields + [UInt8(ascii: ",")] + row.dropFirst()
  }
}

extension CollectedArtifact {
  /// The same bytes as the body of the artifact that they were made of.
  fileprivate func replacing(_ old: CollectedArtifact) -> CollectedArtifact {
    var artifact = old
    (artifact.spooled, artifact.sweptFor) = (spooled, sweptFor)
    (artifact.record.bytes, artifact.record.sha256) = (record.bytes, record.sha256)
    artifact.redactions.add(redactions)
    return artifact
  }
}

/// Puts rows together of pieces that are cut anywhere.
private struct RowReader {
  private var row: [UInt8] = []
  private var line = 0

  mutating func take(_ piece: UnsafeRawBufferPointer, _ body: ([UInt8], Int) throws -> Void) throws {
    var rest = piece[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      row += rest[...end]
      line += 1
      try body(row, line)
      row.removeAll(keepingCapacity: true)
      rest = rest[(end + 1)...]
    }
    row += rest
  }
}
