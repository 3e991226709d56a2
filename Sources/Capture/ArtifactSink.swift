package import Bundle
package import Evidence
package import Journal
package import Redaction

/// One artifact while it is written: raw records in, redacted, hashed and compressed bytes on disk.
///
/// This is the only way into a bundle. Used by one thread, from open to finish.
package final class ArtifactSink {
  package let artifact: ExpectedArtifact
  private var stream: RedactionStream
  /// Gone once the artifact is finished.
  private var writer: ArtifactWriter?
  private let budget: Budget
  private let spoolCompression: Compression
  private(set) var records = 0
  private var counted: Bool
  private var first: Timestamp?
  private var last: Timestamp?
  private var notes: [String] = []
  private var extraCounts = RedactionCounts()
  /// How many secrets were known when the artifact was begun.
  private let known: Int
  /// See `CollectedArtifact.search`.
  package var search: JournalSecretSearch?

  init(
    _ artifact: ExpectedArtifact, writer: consuming ArtifactWriter, redactor: Redactor, budget: Budget
  ) {
    self.artifact = artifact
    spoolCompression = writer.compression
    self.writer = consume writer
    self.budget = budget
    known = redactor.found?.count ?? 0
    stream = redactor.makeStream()
    counted = false
  }

  /// Number of records so far.
  package var count: Int { records }

  /// Writes one whole record: a line, with its line feed. A record is written whole or not at all, so that an
  /// artifact that ran out of its budget is still well formed.
  ///
  /// - Parameters:
  ///   - record: raw bytes; they are redacted here.
  ///   - time: when it happened; `nil` where that makes no sense.
  /// - Throws: `CollectionStop`, or `BundleError` when the disk refuses.
  package func write(record: UnsafeRawBufferPointer, at time: Timestamp?) throws {
    try write(bytes: record)
    counted = true
    records += 1
    guard let time else { return }
    first = min(first ?? time, time)
    last = max(last ?? time, time)
  }

  /// See `write(record:at:)`.
  package func write(record: [UInt8], at time: Timestamp?) throws {
    try record.withUnsafeBytes { try write(record: $0, at: time) }
  }

  /// Writes lines that were redacted and compressed already, all or none.
  ///
  /// - Throws: `CollectionStop`, or `BundleError` when the disk refuses.
  package func write(lines block: CompressedBlock) throws {
    guard writer != nil else { throw Self.finished(artifact.path) }
    try budget.take(block.plain.count)
    try writer?.write(block)
  }

  /// Writes as many of the lines as the budget has room for.
  ///
  /// - Returns: the lines that were written.
  /// - Throws: `CollectionStop`, or `BundleError` when the disk refuses.
  package func write(beginningOf lines: Redacted, budget limit: Int) throws -> Redacted {
    let room = max(0, limit - budget.bytes)
    let length = lines.withUnsafeBytes { ($0.prefix(room).lastIndex(of: 0x0A) ?? -1) + 1 }
    let kept = lines.prefix(length)
    try budget.take(length)
    try append(kept)
    return kept
  }

  /// Writes what passed a redactor of this capture already, and is no record.
  ///
  /// - Throws: `CollectionStop`, or `BundleError` when the disk refuses.
  package func write(redacted bytes: Redacted) throws {
    try budget.take(bytes.count)
    try append(bytes)
  }

  /// Counts records that were written as lines.
  package func count(records: Int, first: Timestamp?, last: Timestamp?) {
    counted = true
    self.records += records
    self.first = [self.first, first].compactMap(\.self).min()
    self.last = [self.last, last].compactMap(\.self).max()
  }

  /// How bodies are compressed.
  package var compression: Compression { spoolCompression }

  /// Writes bytes that are no records: a patch, a document.
  package func write(bytes: UnsafeRawBufferPointer) throws {
    try budget.take(bytes.count)
    try stream.write(bytes) { chunk throws(BundleError) in try append(chunk) }
  }

  /// See `write(bytes:)`.
  package func write(bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write(bytes: $0) }
  }

  private func append(_ chunk: Redacted) throws(BundleError) {
    guard writer != nil else { throw Self.finished(artifact.path) }
    try writer?.write(chunk)
  }

  private static func finished(_ path: String) -> BundleError {
    .invalid(what: path, detail: "the artifact was finished already")
  }

  /// Notes something of how the artifact was made that is no gap.
  package func add(note: String) {
    notes.append(note)
  }

  /// Counts what was redacted before the bytes came here: field by field, where that sees more.
  package func add(_ counts: RedactionCounts) {
    extraCounts.add(counts)
  }

  /// Ends the artifact. Used once.
  func finish(gaps: [Gap]) throws -> CollectedArtifact {
    try stream.finish { chunk throws(BundleError) in try append(chunk) }
    guard let writer = writer.take() else { throw Self.finished(artifact.path) }
    let spooled = try writer.finish()
    var counts = stream.counts
    counts.add(extraCounts)
    let state: ArtifactState =
      gaps.isEmpty ? .complete : spooled.bytes == 0 ? .empty : .partial
    let record = ArtifactRecord(
      path: artifact.path, kind: artifact.kind, mediaType: artifact.mediaType, bytes: spooled.bytes,
      sha256: spooled.sha256, records: counted || artifact.mediaType.hasSuffix("jsonl") ? records : nil,
      first: first, last: last, state: state, gaps: gaps,
      notes: notes.isEmpty ? nil : notes)
    return CollectedArtifact(
      record: record, spooled: spooled, redactions: counts, sweptFor: known, search: search)
  }
}

/// An artifact as `evidence.json` lists it, with its bytes where there are any.
package struct CollectedArtifact: Sendable {
  package var record: ArtifactRecord
  package var spooled: SpooledArtifact?
  package var redactions: RedactionCounts
  /// How many texts of found secrets its writing looked for; see `FoundSecrets.count`.
  package var sweptFor = 0
  /// Rules out faster than a look at the body that secrets stand in it.
  package var search: JournalSecretSearch?
}
