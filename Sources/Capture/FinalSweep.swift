internal import Bundle
internal import Evidence
internal import Foundation
internal import Journal
internal import Redaction

/// The second pass, before a bundle is sealed: what was written before a secret was known is looked through again.
///
/// A capture in which nothing new was found pays a comparison for each artifact.
struct FinalSweep: Sendable {
  let found: FoundSecrets
  let spool: SpoolFolder
  private static let threadLimit = 4
  /// Segments that are not worth a thread.
  private static let fewSegments = 8

  /// The artifacts without what was found since they were written, in their bodies and in their names.
  ///
  /// - Throws: `BundleError` when the disk refuses. An artifact that cannot be read again is left out, with a gap.
  func apply(to artifacts: [CollectedArtifact]) throws -> [CollectedArtifact] {
    let count = found.count
    var taken = Set(artifacts.map(\.record.path))
    return try artifacts.map { artifact in
      var artifact = artifact
      if artifact.sweptFor < count { try sweepBody(of: &artifact) }
      try sweepName(of: &artifact, taken: &taken)
      return artifact
    }
  }

  /// Why the sweep is not complete.
  var gaps: [Gap] {
    guard found.isFull else { return [] }
    return [
      Gap(
        artifact: "redaction.json", cause: .redactionFailed,
        detail:
          "more secrets were found than the \(found.count) texts that the second pass can look for: those beyond "
          + "are redacted where a rule found them, but were not looked for elsewhere; find what logs so many secrets "
          + "by the counts in redaction.json")
    ]
  }

  private func sweepBody(of artifact: inout CollectedArtifact) throws {
    guard let old = artifact.spooled, !isRuledOut(artifact) else { return }
    do throws(BundleError) {
      let concerned = try segments(of: old)
      guard !concerned.isEmpty else { return }
      let (new, counts) = try old.rewritten(
        concerned, for: found, spoolFolder: spool.path, compression: spool.compression)
      artifact.spooled = new
      (artifact.record.bytes, artifact.record.sha256) = (new.bytes, new.sha256)
      artifact.redactions.add(counts)
    } catch {
      guard case .damaged = error else { throw error }
      leaveOut(&artifact, "\(error)")
    }
    try old.remove()
  }

  /// The fields of a journal stand once each in its files, in the lines many times: they are looked through in less time,
  /// unless few of them are in the window.
  private func isRuledOut(_ artifact: CollectedArtifact) -> Bool {
    guard let search = artifact.search, search.byteCount < artifact.record.bytes * 2, let parts = search.parts
    else { return false }
    let found = found
    return onThreads(parts.count) { search.rulesOut(found, in: parts[$0]) }.allSatisfy(\.self)
  }

  /// The segments with a secret.
  private func segments(of artifact: SpooledArtifact) throws(BundleError) -> Set<Int> {
    let found = found
    let parts = onThreads(artifact.segmentCount, atLeast: Self.fewSegments) { range in
      Result { () throws(BundleError) in try artifact.segments(range, with: found) }
    }
    var concerned: Set<Int> = []
    for part in parts { concerned.formUnion(try part.get()) }
    return concerned
  }

  /// Does parts of the work on a thread for each core.
  private func onThreads<Part: Sendable>(
    _ count: Int, atLeast few: Int = 1, _ work: @escaping @Sendable (Range<Int>) -> Part
  ) -> [Part] {
    let threads = min(ProcessInfo.processInfo.activeProcessorCount, Self.threadLimit, max(1, count / few))
    let results = BoundedChannel<Part>(capacity: threads)
    for index in 0..<threads {
      let range = (count * index / threads)..<(count * (index + 1) / threads)
      DedicatedThread.start("exh-sweep-\(index)") { results.send(work(range)) }
    }
    return (0..<threads).compactMap { _ in results.receive() }
  }

  private func leaveOut(_ artifact: inout CollectedArtifact, _ reason: String) {
    let old = artifact.record
    let gap = Gap(
      artifact: old.path, cause: .redactionFailed,
      detail:
        "it could not be looked through for secrets that were found after it was written, and is left out: "
        + reason)
    artifact.spooled = nil
    artifact.record = ArtifactRecord(
      path: old.path, kind: old.kind, mediaType: old.mediaType, state: .missing, gaps: old.gaps + [gap])
  }

  /// A secret may stand in the name of a file of the host, too.
  private func sweepName(of artifact: inout CollectedArtifact, taken: inout Set<String>) throws {
    guard let new = try artifact.spooled?.path.swept(for: found, taken: &taken) else { return }
    artifact.spooled?.path = new
    artifact.record.path = new.text
    for index in artifact.record.gaps.indices { artifact.record.gaps[index].artifact = new.text }
  }
}
