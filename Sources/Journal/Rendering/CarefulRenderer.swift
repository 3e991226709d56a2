internal import Redaction

/// Renders entries that cannot be put together from fragments: with a name more than once, in the middle of a private
/// key, or damaged. And takes down what entries tell the timeline and the list of gaps.
struct CarefulRenderer: ~Copyable {
  private let rendering: JournalRendering
  private var redaction: JournalFieldRedaction
  private var json = JournalJSONEncoder()
  private let export = JournalExportEncoder()
  private var events = JournalEvents()
  private var notice = LossNotice()
  private var entry: JournalEntry?
  private var line: [UInt8] = []

  init(_ rendering: JournalRendering) {
    self.rendering = rendering
    redaction = JournalFieldRedaction(rendering.redactor)
    asksForUnit = rendering.redactor?.hasAllowancesForUnits ?? false
  }

  /// Whether what is redacted depends on the unit of the entry: then `note` sees all fields before `add` does.
  let asksForUnit: Bool

  /// See `JournalFieldRedaction`.
  var hasOpenBlocks: Bool { redaction.hasOpenBlocks }
  mutating func begin(chunk: Int, _ openBlocks: OpenBlocks) { redaction.begin(chunk: chunk, openBlocks) }
  mutating func endChunk() -> OpenBlocks { redaction.endChunk() }

  mutating func begin(_ entry: JournalEntry) {
    self.entry = entry
    line.removeAll(keepingCapacity: true)
    redaction.beginEntry()
    if asksForUnit { redaction.enter(unit: nil) }
    events.begin(entry)
    notice.removeAll()
  }

  /// Looks whether the field names the unit of the entry: journald's word, which programs cannot set.
  mutating func note(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    if name.equals("_SYSTEMD_UNIT") { redaction.enter(unit: value) }
  }

  mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    redaction.add(name: name, value: value)
    notice.take(name, value)
  }

  /// Ends the entry: appends it, or notes that it is too long.
  mutating func end(_ report: inout ChunkReport, to output: inout ByteBuffer) {
    guard let entry else { return }
    self.entry = nil
    render(entry)
    let counts = redaction.takeCounts()
    if counts.total > 0 { report.redactions.add(counts) }
    if notice.isPresent { report.tally.noteLoss(notice, of: entry) }
    guard line.count <= rendering.entryLimit else {
      report.oversized.append((entry, line.count))
      return
    }
    output.append(line)
    report.count(entry)
    report.lines += 1
    noteEvent(&report)
  }

  /// Adds a field of an entry that is rendered elsewhere.
  mutating func hear(name: UnsafeRawBufferPointer, redacted value: UnsafeRawBufferPointer) {
    events.append(name: name, value: value)
    notice.take(name, value)
  }

  /// Ends an entry that was rendered elsewhere: takes down what it tells.
  mutating func endHearing(_ report: inout ChunkReport) {
    guard let entry else { return }
    self.entry = nil
    if notice.isPresent { report.tally.noteLoss(notice, of: entry) }
    noteEvent(&report)
  }

  private mutating func noteEvent(_ report: inout ChunkReport) {
    if let event = events.event(reference: { "" }) { report.events.append((report.lines, event)) }
  }

  private mutating func render(_ entry: JournalEntry) {
    guard case .json(let fields) = rendering.form else {
      export.begin(entry, to: &line)
      redaction.forEachRedacted { name, value in
        export.append(name: name, value: value, to: &line)
        events.append(name: name, value: value)
      }
      return export.end(to: &line)
    }
    json.begin(entry, to: &line)
    redaction.forEachRedacted { name, value in
      events.append(name: name, value: value)
      if fields == .minimal && FieldTraits(of: name).contains(.dispensable) { return }
      json.append(name: name, value: value, to: &line)
    }
    json.end(to: &line)
    if let redacted = redaction.redact(line: line) { line = redacted }
  }
}
