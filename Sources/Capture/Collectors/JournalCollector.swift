internal import Evidence
internal import Journal
internal import Redaction

/// The window of journald's log, one entry a line, as `journalctl -o json` writes it.
package struct JournalCollector: Collector {
  private static let artifact = ExpectedArtifact(
    path: "logs/journal.jsonl", kind: .journal, mediaType: MediaType.jsonLines)

  /// Bytes of one entry as JSON; readers of bundles take lines of twice that. journald itself takes entries of
  /// 768 MiB.
  private static let lineLimit = 32 << 20

  package let name = "journal"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [Self.artifact] }
  private let units: [String]
  private let directory: String?

  /// - Parameters:
  ///   - units: only these; empty for all.
  ///   - directory: of journal files; `nil` for the host's own journal.
  ///   - limits: time, and bytes of JSON.
  package init(units: [String], directory: String?, limits: CollectorLimits) {
    self.units = units
    self.directory = directory
    self.limits = limits
  }

  package func collect(into output: CollectorOutput) throws {
    let sink = try output.open(Self.artifact)
    var reader = try JournalReader(
      JournalQuery(window: output.window, units: units, directory: directory, freeze: output.freeze))
    var fields = JournalFieldRedaction(output.redactor)
    defer { sink.add(fields.counts) }
    var encoder = JournalJSONEncoder()
    var events = JournalEvents()
    var line: [UInt8] = []
    while let entry = try reader.next() {
      try output.checkTime()
      line.removeAll(keepingCapacity: true)
      encoder.begin(entry, to: &line)
      events.begin(entry)
      fields.beginEntry()
      reader.forEachField { name, value in
        fields.redact(name: name, value: value)
      }
      fields.forEachRedacted { name, value in
        encoder.append(name: name, value: value, to: &line)
        events.append(name: name, value: value)
      }
      encoder.end(to: &line)
      guard line.count <= Self.lineLimit else {
        report(oversized: entry, of: line.count, output)
        continue
      }
      try sink.write(record: line, at: entry.time)
      events.end { "\(Self.artifact.path):\(sink.count)" }.forEach(output.add)
    }
    reader.finish(artifact: Self.artifact.path).gaps.forEach(output.report)
  }

  private func report(oversized entry: JournalEntry, of bytes: Int, _ output: CollectorOutput) {
    output.report(
      Gap(
        artifact: Self.artifact.path, from: entry.time, to: entry.time, cause: .budget,
        detail: "an entry of \(bytes) bytes was left out: journalctl --cursor='\(entry.cursor)'"))
  }
}
