internal import ArgumentParser
internal import Bundle

struct LogsCommand: ParsableCommand {
  private static let journal = "data/logs/journal.jsonl"

  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Read the journal of a bundle, like journalctl.",
    discussion: """
      Times are in UTC. On a terminal the output goes through $PAGER (or less). The bundle is not unpacked, and \
      not verified: see 'exhibit verify'.

      Examples:
        exhibit logs BUNDLE.tar.gz -u nginx -p warning
        exhibit logs BUNDLE.tar.gz --since "2026-11-24 03:40" --grep "connection refused"
        exhibit logs BUNDLE.tar.gz -o export | /lib/systemd/systemd-journal-remote -o incident.journal -
      """)

  @Argument(help: "The bundle.", completion: .file(extensions: ["gz"]))
  var bundle: String

  @Option(
    name: [.short, .long], parsing: .singleValue,
    help: "Only this unit, or units that match a pattern (repeatable).")
  var unit: [String] = []

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Only this priority and more severe ones, or a range: err, 3, warning..err."))
  var priority: PriorityArgument?

  @Option(name: [.short, .long], help: ArgumentHelp("Only messages that hold this text.", valueName: "text"))
  var grep: String?

  @Option(name: .long, help: ArgumentHelp("Only entries from this time on, UTC unless it says otherwise.", valueName: "time"))
  var since: TimeArgument?

  @Option(name: .long, help: ArgumentHelp("Only entries up to this time.", valueName: "time"))
  var until: TimeArgument?

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only the last so many of them.", valueName: "n"))
  var lines: Int?

  @Option(name: [.short, .long], help: "How to print entries.")
  var output: LogFormat = .short

  @Flag(name: .long, help: "Print straight to the terminal.")
  var noPager = false

  func validate() throws {
    if let lines, lines < 0 { throw ValidationError("--lines must not be negative.") }
  }

  func run() throws {
    let filter = LogFilter(
      units: unit.map(LogFilter.unitName), priorities: priority?.range ?? 0...7, text: Array((grep ?? "").utf8),
      since: since?.timestamp, until: until?.timestamp)
    let reader = BundleReader(path: bundle)
    // The last entries are found by counting first: whatever the number, no entry is held in memory.
    let skip = try lines.map { max(0, try count(reader, filter) - $0) } ?? 0
    let colour = Terminal.usesColour
    guard !noPager, Terminal.outputIsTerminal else { return try print(reader, filter, skip: skip, colour: colour) }
    try Pager.page { try print(reader, filter, skip: skip, colour: colour) }
  }

  private func count(_ reader: BundleReader, _ filter: LogFilter) throws -> Int {
    var count = 0
    try forEachEntry(reader, filter) { _ in count += 1 }
    return count
  }

  private func print(_ reader: BundleReader, _ filter: LogFilter, skip: Int, colour: Bool) throws {
    let out = Output()
    var text: [UInt8] = []
    var index = 0
    try forEachEntry(reader, filter) { line in
      index += 1
      guard index > skip else { return }
      text.removeAll(keepingCapacity: true)
      try output.append(line, colour: colour, to: &text)
      try out.write(text)
    }
    try out.flush()
  }

  private func forEachEntry(
    _ reader: BundleReader, _ filter: LogFilter, _ body: (JournalLine) throws -> Void
  ) throws {
    var number = 0
    try reader.forEachLine(of: LogsCommand.journal) { bytes in
      number += 1
      let line = JournalLine(bytes: bytes)
      do {
        if try filter.passes(line) { try body(line) }
      } catch let error as JournalLineError {
        throw CommandFailure(.failed, "\(bundle): \(LogsCommand.journal):\(number): \(error)")
      }
      return true
    }
  }
}

extension LogFormat: ExpressibleByArgument {}

/// A priority of syslog(3), or a range of them.
struct PriorityArgument: ExpressibleByArgument {
  var range: ClosedRange<Int>

  init?(argument: String) {
    guard let range = LogFilter.priorities(parsing: argument) else { return nil }
    self.range = range
  }
}
