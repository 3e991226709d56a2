internal import Bundle
internal import Evidence
internal import Foundation
package import Journal
internal import Redaction

/// What of the journal goes into a bundle, and how.
package struct JournalProfile: Sendable {
  /// Full unit names; empty for all.
  package var units: [String] = []
  /// `nil` for all.
  package var priority: JournalPriority?
  package var boots = JournalBoots.all
  /// The most entries of one unit, the newest ones; 0 for all.
  package var unitLimit = 0
  package var fields = JournalFields.contexts
  package var reader = JournalReaderChoice.automatic
  /// Of journal files; `nil` for the host's own journal.
  package var directory: String?
  /// Threads that render and compress; 0 for as many as there are cores, at most four.
  package var threads = 0
  /// Bytes of memory for rendered fields, all threads together.
  package var cacheBytes = 16 << 20

  package init() {}
}

/// Which boots of the host are read.
package enum JournalBoots: String, Sendable, CaseIterable {
  case all
  /// The one that the agent runs in.
  case current
}

/// The window of journald's log, one entry a line, in the shape of `journalctl -o json`.
package struct JournalCollector: Collector {
  private static let artifact = ExpectedArtifact(
    path: "logs/journal.jsonl", kind: .journal, mediaType: MediaType.jsonLines)

  /// Bytes of one entry as JSON; readers of bundles take lines of twice that. journald itself takes entries of
  /// 768 MiB.
  private static let entryLimit = 32 << 20
  private static let threadLimit = 4

  package let name = "journal"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [Self.artifact] }
  private let profile: JournalProfile

  /// - Parameters:
  ///   - profile: what to read, and how to write it.
  ///   - limits: time, and bytes of JSON.
  package init(_ profile: JournalProfile, limits: CollectorLimits) {
    self.profile = profile
    self.limits = limits
  }

  package func collect(into output: CollectorOutput) throws {
    let sink = try output.open(Self.artifact)
    let threads = profile.threads > 0 ? profile.threads : ProcessInfo.processInfo.activeProcessorCount
    let lanes = min(threads, Self.threadLimit)
    let rendering = JournalRendering(
      form: .json(profile.fields), redactor: output.redactor, cacheBytes: profile.cacheBytes / lanes,
      entryLimit: Self.entryLimit)
    let plan = try JournalPlan(try query(output))
    sink.search = JournalSecretSearch(plan, rendering)
    var pipeline = try JournalPipeline(
      plan, rendering, budget: RenderingBudget(bytes: output.remainingBytes, fields: profile.fields),
      compression: sink.compression, threads: lanes)
    var writing = JournalWriting(sink, output)
    while writing.stop == nil, let report = try pipeline.next({ try writing.take($0) }) {
      writing.end(report)
    }
    if pipeline.skippedEntries > 0 { report(skipped: pipeline.skippedEntries, before: writing.start, output) }
    let coverage = pipeline.coverage(writing.tally, artifact: Self.artifact.path)
    coverage.gaps.forEach(output.report)
    for file in coverage.fallback.prefix(32) { sink.add(note: "read by libsystemd: \(file)") }
    if let stop = writing.stop { throw stop }
  }

  private func report(skipped entries: Int, before start: Timestamp?, _ output: CollectorOutput) {
    output.report(
      Gap(
        artifact: Self.artifact.path, from: output.window.from, to: start, cause: .budget,
        detail: "the \(entries) oldest entries of the window were left out, so that the newest fit into "
          + "\(limits.bytes) bytes; raise journal.max_bytes, or choose units or priorities"))
  }

  private func query(_ output: CollectorOutput) throws -> JournalQuery {
    var query = JournalQuery(
      window: output.window, units: profile.units, directory: profile.directory, freeze: output.freeze)
    query.priority = profile.priority
    if profile.boots == .current { query.boots = [try JournalID.currentBoot()] }
    query.reader = profile.reader
    if profile.unitLimit > 0 { query.unitLimit = profile.unitLimit }
    return query
  }
}

/// Puts what the pipeline gives out into the artifact, and what was seen on the way into its place.
private struct JournalWriting {
  private let sink: ArtifactSink
  private let output: CollectorOutput
  private(set) var tally = JournalTally()
  /// Why no more is written.
  private(set) var stop: CollectionStop?
  /// When the earliest entry was written.
  private(set) var start: Timestamp?
  private var boots = JournalEvents()
  /// Lines of the chunks before this one, and of this one, that were written.
  private var linesBefore = 0
  private var lines = 0

  init(_ sink: ArtifactSink, _ output: CollectorOutput) {
    self.sink = sink
    self.output = output
  }

  mutating func take(_ block: JournalBlock) throws {
    guard stop == nil else { return }
    do {
      try sink.write(lines: block.compressed)
      lines += block.piece.count
      start = [start, block.piece.first].compactMap(\.self).min()
      sink.count(records: block.piece.records, first: block.piece.first, last: block.piece.last)
    } catch let reason as CollectionStop {
      stop = reason
      if case .budget(let limit) = reason { try takeBeginning(of: block, limit) }
    }
  }

  private mutating func takeBeginning(of block: JournalBlock, _ limit: Int) throws {
    let kept = try sink.write(beginningOf: block.piece.lines, budget: limit)
    lines += kept.lineCount
    var line = JournalLine()
    try kept.withUnsafeBytes { bytes in
      for text in bytes.split(separator: 0x0A) {
        guard try line.parse(UnsafeRawBufferPointer(rebasing: text)) else { continue }
        sink.count(records: 1, first: line.entry.time, last: line.entry.time)
      }
    }
  }

  /// Ends a chunk. What it says of lines that were not written is left out.
  mutating func end(_ report: ChunkReport) {
    let path = sink.artifact.path
    tally.add(report.tally)
    sink.add(report.redactions)
    for entry in report.oversized { self.report(oversized: entry.entry, of: entry.bytes) }
    var events: [(line: Int, event: TimelineEvent)] = []
    for first in report.boots where first.line <= lines {
      guard let event = boots.boot(of: first.entry, reference: { "" }) else { continue }
      events.append((first.line, event))
    }
    events += report.events.filter { $0.line <= lines }
    for (line, event) in events.sorted(by: { $0.line < $1.line }) {
      var event = event
      event.reference = "\(path):\(linesBefore + line)"
      output.add(event)
    }
    linesBefore += lines
    lines = 0
  }

  private func report(oversized entry: JournalEntry, of bytes: Int) {
    output.report(
      Gap(
        artifact: sink.artifact.path, from: entry.time, to: entry.time, cause: .budget,
        detail: "an entry of \(bytes) bytes was left out: journalctl --cursor='\(entry.cursor)'"))
  }
}

extension Redacted {
  fileprivate var lineCount: Int {
    withUnsafeBytes { $0.count { $0 == 0x0A } }
  }
}
