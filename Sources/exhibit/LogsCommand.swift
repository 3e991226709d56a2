internal import ArgumentParser
internal import Bundle
internal import Evidence
internal import Journal
internal import Redaction

struct LogsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Read the journal of a bundle, or of this host, like journalctl.",
    discussion: """
      Without a bundle the journal of this host is read, as it is: nothing is redacted, and times are of the local \
      zone. Of a bundle times are in UTC; it is not unpacked, and not verified: see 'exhibit verify'. On a terminal the \
      output goes through $PAGER (or less).

      Examples:
        exhibit logs BUNDLE.tar.gz -u nginx -p warning
        exhibit logs BUNDLE.tar.gz --since "2026-11-24 03:40" \\
          --grep "connection refused"
        exhibit logs BUNDLE.tar.gz -o export \\
          | /lib/systemd/systemd-journal-remote -o incident.journal -
        exhibit logs --boot 0 -p err
        exhibit logs -o json --since "2026-11-24 03:40" | jq .MESSAGE
        exhibit logs --directory /var/log/journal/remote -u checkout
      """)

  @Argument(
    help: "The bundle; without one, the journal of this host.", completion: .file(extensions: ["gz", "zst"]))
  var bundle: String?

  @Option(
    name: [.customShort("D"), .long],
    help: ArgumentHelp("Read the journal files in this folder instead.", valueName: "folder"),
    completion: .directory)
  var directory: String?

  @Option(
    name: [.short, .long], parsing: .singleValue,
    help: "Only this unit: its own entries, and the service manager's about it (repeatable).")
  var unit: [String] = []

  @Option(
    name: [.customShort("t"), .long], parsing: .singleValue,
    help: ArgumentHelp("Only entries with this syslog identifier (repeatable).", valueName: "name"))
  var identifier: [String] = []

  @Option(
    name: [.short, .long], help: "Only this priority and more severe ones, or a range: err, 3, warning..err.")
  var priority: PriorityArgument?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Only this boot: its id, or 0 for the current one, of the host or the capture.", valueName: "id"))
  var boot: BootArgument?

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
    if bundle != nil && directory != nil {
      throw ValidationError("Give a bundle or --directory, not both.")
    }
  }

  func run() throws {
    // No entry in a bundle whose journal is missing must not read as nothing was logged.
    if let bundle {
      for gap in try BundleLogs(path: bundle).gaps() {
        Note.print("not whole: \(gap.cause.rawValue): \(DisplayText.sanitised(gap.detail))")
      }
    }
    let colour = Terminal.usesColour
    guard !noPager, Terminal.outputIsTerminal else { return try print(colour: colour) }
    try Pager.page { try print(colour: colour) }
  }

  private func print(colour: Bool) throws {
    guard let bundle else { return try printHost(HostLogs(query: hostQuery()), colour: colour) }
    let logs = BundleLogs(path: bundle)
    var selection = LogSelection(
      fields: JournalFilter(units: unit, priority: priority?.priority, identifiers: identifier),
      text: grep ?? "",
      since: since?.timestamp, until: until?.timestamp)
    if let boot {
      guard let id = try boot.id ?? logs.currentBoot() else {
        throw CommandFailure(.failed, "\(bundle): the bundle does not name the boot of its host")
      }
      selection.boot = id
    }
    try print(logs, selection, zone: .utc, colour: colour)
  }

  private func hostQuery() throws -> JournalQuery {
    // Up to and including that moment, as journalctl has it.
    let end = until?.timestamp.adding(seconds: 1e-6) ?? Timestamp(nanoseconds: .max)
    var query = JournalQuery(
      window: TimeWindow(from: since?.timestamp ?? Timestamp(nanoseconds: 0), to: end), units: unit,
      directory: directory)
    query.priority = priority?.priority
    query.identifiers = identifier
    if let boot { query.boots = [try boot.id ?? JournalID.currentBoot()] }
    return query
  }

  private func printHost(_ logs: HostLogs, colour: Bool) throws {
    let form: JournalForm? = output == .json ? .json(.all) : output == .export ? .export : nil
    guard let form, grep == nil, lines == nil else {
      return try print(logs, LogSelection(text: grep ?? ""), zone: .local, colour: colour)
    }
    // Nothing is to be looked at: the entries go through as they are rendered.
    let out = Output()
    try logs.forEachPiece(form) { piece in try piece.lines.withUnsafeBytes { try out.write($0) } }
    try out.flush()
  }

  private func print(
    _ logs: some LogSource, _ selection: LogSelection, zone: JournalZone, colour: Bool
  ) throws {
    // The last entries are found by counting first: whatever the number, no entry is held in memory.
    let skip = try lines.map { max(0, try count(logs, selection) - $0) } ?? 0
    let out = Output()
    var printer = LogPrinter(format: output, zone: zone, colour: colour)
    var text: [UInt8] = []
    var index = 0
    try logs.forEachEntry(selection) { bytes, line in
      index += 1
      guard index > skip else { return }
      text.removeAll(keepingCapacity: true)
      printer.append(bytes, line, to: &text)
      try out.write(text)
    }
    try out.flush()
  }

  private func count(_ logs: some LogSource, _ selection: LogSelection) throws -> Int {
    var count = 0
    try logs.forEachEntry(selection) { _, _ in count += 1 }
    return count
  }
}

/// A boot's id, or 0 for the current one.
struct BootArgument: ExpressibleByArgument {
  /// `nil` for the current one.
  var id: JournalID?

  init?(argument: String) {
    guard argument != "0" else { return }
    guard let id = JournalID(text: argument) else { return nil }
    self.id = id
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
