internal import Bundle
internal import Evidence
internal import Journal
internal import Redaction

/// Where entries come from.
protocol LogSource {
  /// Lends the entries that match, in the order of the journal.
  ///
  /// - Parameters:
  ///   - selection: what to lend.
  ///   - body: takes the entry's line of JSON, without its line break, and the same parsed.
  /// - Throws: where the source cannot be read, and what `body` throws.
  func forEachEntry(
    _ selection: LogSelection, _ body: (UnsafeRawBufferPointer, JournalLine) throws -> Void
  ) throws
}

/// The journal of a bundle.
struct BundleLogs: LogSource {
  static let journal = "logs/journal.jsonl"

  let path: String

  func forEachEntry(
    _ selection: LogSelection, _ body: (UnsafeRawBufferPointer, JournalLine) throws -> Void
  ) throws {
    var line = JournalLine()
    var number = 0
    try BundleReader(path: path).forEachLine(of: BundleLogs.journal) { bytes in
      number += 1
      let isEntry: Bool
      do {
        isEntry = try line.parse(bytes)
      } catch {
        throw CommandFailure(.failed, "\(path): \(BundleLogs.journal):\(number): \(error)")
      }
      if isEntry && selection.matches(line) { try body(bytes, line) }
      return true
    }
  }

  /// What of its journal is missing.
  func gaps() throws -> [Gap] {
    try BundleReader(path: path).manifest().gaps.filter { $0.artifact == BundleLogs.journal }
  }

  /// The boot in which the bundle was captured.
  func currentBoot() throws -> JournalID? {
    try BundleReader(path: path).manifest().host.bootID.flatMap(JournalID.init(text:))
  }
}

/// The journal of this host, or of a folder with journal files, as it is: nothing is redacted.
struct HostLogs: LogSource {
  let query: JournalQuery

  func forEachEntry(
    _ selection: LogSelection, _ body: (UnsafeRawBufferPointer, JournalLine) throws -> Void
  ) throws {
    var line = JournalLine()
    try forEachPiece(.json(.all)) { piece in
      try piece.lines.withUnsafeBytes { bytes in
        for text in bytes.split(separator: 0x0A) {
          let text = UnsafeRawBufferPointer(rebasing: text)
          if try line.parse(text), selection.holdsText(line) { try body(text, line) }
        }
      }
    }
  }

  /// Lends the entries as they are rendered, many at a time.
  func forEachPiece(_ form: JournalForm, _ body: (JournalPiece) throws -> Void) throws {
    let plan = try JournalPlan(query)
    var planner = try ChunkPlanner(plan)
    var renderer = ChunkRenderer(plan, JournalRendering(form: form, redactor: nil))
    var tally = JournalTally()
    while let chunk = try planner.next() {
      tally.add(try renderer.render(chunk, after: OpenBlocks(), emit: body).tally)
    }
    let gaps = planner.coverage(tally, artifact: "").gaps
    if plan.isEmpty, let gap = gaps.first(where: { $0.cause == .sourceError || $0.cause == .permission }) {
      throw CommandFailure(gap.cause == .permission ? .noPermission : .noInput, gap.detail)
    }
    for gap in gaps where Self.isWorthANote(gap.cause) {
      Note.print("exhibit: \(gap.detail)")
    }
  }

  /// Where a journal begins is no news to who reads it.
  private static func isWorthANote(_ cause: GapCause) -> Bool {
    cause != .historyStart && cause != .journalRotated
  }
}
