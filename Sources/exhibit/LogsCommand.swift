internal import ArgumentParser
internal import Bundle
internal import Evidence
internal import Journal

struct LogsCommand: ParsableCommand {
  private static let journal = "logs/journal.jsonl"

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

  @Argument(help: "The bundle.", completion: .file(extensions: ["gz", "zst"]))
  var bundle: String

  @Option(
    name: [.short, .long], parsing: .singleValue,
    help: "Only this unit: its own entries, and the service manager's about it (repeatable).")
  var unit: [String] = []

  @Option(
    name: [.short, .long], help: "Only this priority and more severe ones, or a range: err, 3, warning..err.")
  var priority: PriorityArgument?

  @Option(name: [.short, .long], help: ArgumentHelp("Only messages that hold this text.", valueName: "text"))
  var grep: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Only entries from this time on, UTC unless it says otherwise.", valueName: "time"))
  var since: TimeArgument?

  @Option(name: .long, help: ArgumentHelp("Only entries up to this time.", valueName: "time"))
  var until: TimeArgument?

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("Only the last so many of them.", valueName: "n"))
  var lines: Int?

  @Option(name: [.short, .long], help: "How to print entries.")
  var output: LogFormat = .short

  @Flag(name: .long, help: "Print straight to the terminal.")
  var noPager = false

  func validate() throws {
    if let lines, lines < 0 { throw ValidationError("--lines must not be negative.") }
  }

  func run() throws {
    // The last entries are found by counting first: whatever the number, no entry is held in memory.
    let skip = try lines.map { max(0, try count() - $0) } ?? 0
    let colour = Terminal.usesColour
    guard !noPager, Terminal.outputIsTerminal else { return try print(skip: skip, colour: colour) }
    try Pager.page { try print(skip: skip, colour: colour) }
  }

  private var selection: LogSelection {
    LogSelection(
      fields: JournalFilter(units: unit, priority: priority?.priority), text: grep ?? "",
      since: since?.timestamp, until: until?.timestamp)
  }

  private func count() throws -> Int {
    var count = 0
    try forEachEntry { _, _ in count += 1 }
    return count
  }

  private func print(skip: Int, colour: Bool) throws {
    let out = Output()
    var printer = LogPrinter(format: output, colour: colour)
    var text: [UInt8] = []
    var index = 0
    try forEachEntry { bytes, line in
      index += 1
      guard index > skip else { return }
      text.removeAll(keepingCapacity: true)
      printer.append(bytes, line, to: &text)
      try out.write(text)
    }
    try out.flush()
  }

  private func forEachEntry(_ body: (UnsafeRawBufferPointer, JournalLine) throws -> Void) throws {
    let selection = selection
    var line = JournalLine()
    var number = 0
    try BundleReader(path: bundle).forEachLine(of: LogsCommand.journal) { bytes in
      number += 1
      let isEntry: Bool
      do {
        isEntry = try line.parse(bytes)
      } catch {
        throw CommandFailure(.failed, "\(bundle): \(LogsCommand.journal):\(number): \(error)")
      }
      if isEntry && selection.matches(line) { try body(bytes, line) }
      return true
    }
  }
}

/// A priority of syslog(3), or a range of them.
struct PriorityArgument: ExpressibleByArgument {
  var priority: JournalPriority

  init?(argument: String) {
    guard let priority = JournalPriority(argument) else { return nil }
    self.priority = priority
  }
}
