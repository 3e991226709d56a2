/// How much of an artifact is there.
///
/// An artifact that is empty because nothing happened is `complete`; one that is empty because its source
/// could not be read is `missing`.
package enum ArtifactState: String, Codable, Sendable, CaseIterable {
  case complete, partial, empty, missing, skipped
}

/// What an artifact is evidence of.
package enum ArtifactKind: String, Codable, Sendable, CaseIterable {
  case incident, signal, journal, config, deploy, package, timeline, redaction, host
}

/// One payload file of the bundle, as `evidence.json` describes it.
package struct ArtifactRecord: Hashable, Codable, Sendable {
  /// Relative to `data/`: `logs/journal.jsonl`.
  package var path: String
  package var kind: ArtifactKind
  package var mediaType: String
  /// Length in bytes; 0 where the artifact is missing or skipped.
  package var bytes: Int
  /// Lower-case hex; `nil` where there is no file.
  package var sha256: String?
  /// Number of entries, changes, records; `nil` where counting makes no sense.
  package var records: Int?
  /// Time of the first and of the last record.
  package var first: Timestamp?
  package var last: Timestamp?
  package var state: ArtifactState
  package var gaps: [Gap]
  /// What a reader may want to know of how it was made, and which is no gap; `nil` for nothing.
  package var notes: [String]?

  package init(
    path: String, kind: ArtifactKind, mediaType: String, bytes: Int = 0, sha256: String? = nil,
    records: Int? = nil, first: Timestamp? = nil, last: Timestamp? = nil, state: ArtifactState,
    gaps: [Gap] = [], notes: [String]? = nil
  ) {
    self.path = path
    self.kind = kind
    self.mediaType = mediaType
    self.bytes = bytes
    self.sha256 = sha256
    self.records = records
    self.first = first
    self.last = last
    self.state = state
    self.gaps = gaps
    self.notes = notes
  }

  enum CodingKeys: String, CodingKey {
    case path, kind, bytes, sha256, records, first, last, state, gaps, notes
    case mediaType = "media_type"
  }
}
