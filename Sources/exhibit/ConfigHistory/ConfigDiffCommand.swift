internal import Agent
internal import ArgumentParser
internal import ConfigHistory
internal import Evidence
internal import Redaction

struct ConfigDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show what changed in the host's configuration in a window of time.",
    discussion: """
      First a line for each change, marked by #: when, what, and what a patch cannot say (owner, mode, kernel \
      parameters, units, sockets). Then one patch of the redacted texts, which 'git apply' and 'patch -p1' take. The \
      exit code is 0 whether there are changes or not; with --exit-code it is 1 when there are any. On a terminal the \
      output goes through $PAGER (or less).

      Examples:
        exhibit config diff --from 2h
        exhibit config diff --from "2026-11-24 03:00" --to "2026-11-24 03:49" \\
          /etc/nginx
        exhibit config diff --from 15m --json \\
          | jq -r '.changes[] | [.seen_at, .kind, .path] | @tsv'
        exhibit config diff --from 1d --exit-code > today.patch || echo changed
      """)

  @Argument(help: "Only this path, or what is under it.")
  var path: PathArgument?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The start: a time, UTC unless it says otherwise, or how long ago (15m, 2h).", valueName: "time"))
  var from: TimeArgument

  @Option(name: .long, help: ArgumentHelp("The end; without it, now.", valueName: "time"))
  var to: TimeArgument?

  @Flag(name: .long, help: "Print JSON: the changes with their states before and after.")
  var json = false

  @Flag(name: .long, help: "End with exit code 1 when something changed.")
  var exitCode = false

  @Flag(name: .long, help: "Print straight to the terminal.")
  var noPager = false

  @OptionGroup(title: "Agent")
  var options: HistoryOptions

  func validate() throws {
    guard let to, to.timestamp < from.timestamp else { return }
    throw ValidationError("--from must not be after --to.")
  }

  func run() throws {
    let history = try options.open()
    let window = TimeWindow(from: from.timestamp, to: to?.timestamp ?? .now())
    let changes = try history.reader.changes(in: window, under: path?.bytes)
    let difference = try HistoryDifference(history: history, window: window, changes: changes, path: path)
    if let path, difference.isEmpty, try isUnseen(path, history.reader) {
      throw CommandFailure(
        .noInput,
        "no scan has seen \(path.path); is it among the paths of config_history in the configuration?")
    }
    if let note = try difference.note { Note.print(note) }
    if json {
      try difference.printJSON()
    } else if !difference.isEmpty {
      let colour = Terminal.usesColour
      let print = { try difference.print(colour: colour) }
      if noPager || !Terminal.outputIsTerminal { try print() } else { try Pager.page(print) }
    }
    if exitCode, !difference.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}

/// Whether the history knows neither the path nor anything in it.
private func isUnseen(_ path: PathArgument, _ reader: HistoryReader) throws -> Bool {
  guard case .neverSeen = try reader.state(of: path.bytes, at: .now()) else { return false }
  let ever = TimeWindow(from: Timestamp(nanoseconds: 0), to: .now())
  return try reader.entries(in: path.bytes, at: .now()).isEmpty
    && reader.changes(in: ever, under: path.bytes).isEmpty
}

/// The changes of a window as text, or as JSON.
struct HistoryDifference {
  /// Bytes of sections; a larger one is left out, and said to be.
  private static let maximumBytes = 256 << 20

  var history: LocalHistory
  var window: TimeWindow
  var changes: [ConfigChange]
  var settings: SettingReport

  /// Of settings those that the path, or one under it, tells.
  init(history: LocalHistory, window: TimeWindow, changes: [ConfigChange], path: PathArgument?) throws {
    self.history = history
    self.window = window
    self.changes = changes
    settings = try history.reader.settings(in: window, of: changes, redactor: history.redactor)
    guard let path else { return }
    settings.settings = settings.settings.filter {
      path.path == "/" || $0.path == path.path || $0.path.hasPrefix(path.path + "/")
    }
  }

  var isEmpty: Bool { changes.isEmpty && settings.settings.isEmpty }

  private struct Report: Encodable {
    var from: Timestamp
    var to: Timestamp
    /// When the history begins; nothing is known of what was before.
    var historyStart: Timestamp?
    var changes: [ConfigChange]
    var settings: [SettingChange]

    enum CodingKeys: String, CodingKey {
      case from, to, changes, settings
      case historyStart = "history_start"
    }
  }

  /// What a reader has to know who takes the answer for the whole.
  var note: String? {
    get throws {
      guard let start = try history.reader.earliestScan else {
        return "the history is empty: no scan has ended yet"
      }
      guard start > window.from else { return nil }
      return "the history begins at \(start.rfc3339Seconds); changes before it are not known"
    }
  }

  func printJSON() throws {
    try JSONOutput.print(
      Report(
        from: window.from, to: window.to, historyStart: try history.reader.earliestScan, changes: changes,
        settings: settings.settings))
  }

  func print(colour: Bool) throws {
    let out = Output()
    var painter = PatchPainter(colour: colour, isTerminal: Terminal.outputIsTerminal)
    let lines = changes.map(Self.line) + settings.settings.map(Self.line)
    for line in lines { try out.write(painter.painted(Array(line.utf8))) }
    let patch = ConfigPatch(
      history: history.reader, redactor: history.redactor, maximumBytes: Self.maximumBytes)
    let summary = try patch.write(changes) { piece in
      try out.write(painter.painted(piece.withUnsafeBytes { Array($0) }))
    }
    try out.flush()
    for gap in settings.gaps + summary.gaps.filter({ $0.cause != .notStored }) {
      Note.print(DisplayText.sanitised(gap.detail))
    }
  }

  /// One line, as a comment before the patch.
  static func line(_ setting: SettingChange) -> String {
    let kind = setting.kind.rawValue.split(separator: "_").joined(separator: " ")
    return "# \(setting.seenAt.rfc3339Seconds) \(kind) \(DisplayText.sanitised(setting.text))\n"
  }

  /// See `line(_:)` of a setting.
  static func line(_ change: ConfigChange) -> String {
    let path = DisplayText.sanitised(change.path)
    let from = change.previousPath.map { " from \(DisplayText.sanitised($0))" } ?? ""
    var facts: [String] = []
    if change.kind == .type || change.kind == .metadata,
      let before = change.before, let after = change.after
    {
      facts.append("\(HistoryText.state(before)) → \(HistoryText.state(after))")
    }
    if change.versions > 1 { facts.append("\(change.versions) versions") }
    if let actor = change.actor { facts.append("by \(DisplayText.sanitised(actor))") }
    let detail = facts.isEmpty ? "" : "; " + facts.joined(separator: "; ")
    return "# \(change.seenAt.rfc3339Seconds) \(change.kind.rawValue) \(path)\(from)\(detail)\n"
  }
}

/// Colours a patch as git does, piece by piece, and keeps from a terminal what it would obey.
struct PatchPainter {
  var colour: Bool
  var isTerminal: Bool
  private var isInHunk = false

  init(colour: Bool, isTerminal: Bool) {
    self.colour = colour
    self.isTerminal = isTerminal
  }

  /// - Parameter piece: whole lines.
  /// - Returns: the piece as it is for a file or a pipe.
  mutating func painted(_ piece: [UInt8]) -> [UInt8] {
    guard isTerminal || colour else { return piece }
    var output: [UInt8] = []
    for line in piece.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      let text = DisplayText.line(line)
      output += (colour ? style(of: text)?.applied(to: text) ?? text : text).utf8
      output.append(UInt8(ascii: "\n"))
    }
    return output
  }

  /// Lines of hunks begin with a mark of their own, so that none of them can be taken for a header.
  private mutating func style(of line: String) -> Style? {
    switch line.first {
    case "d", "#":
      isInHunk = false
      return line.first == "d" ? .bold : .dim
    case "@":
      isInHunk = true
      return .cyan
    case "+": return isInHunk ? .green : .bold
    case "-": return isInHunk ? .red : .bold
    default: return isInHunk ? nil : .bold
    }
  }
}
