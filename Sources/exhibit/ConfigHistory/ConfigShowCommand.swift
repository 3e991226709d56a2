internal import Agent
internal import ArgumentParser
internal import ConfigHistory
internal import Evidence
internal import Redaction

struct ConfigShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print a file, link or folder as it was at a time.",
    discussion: """
      Of a file the redacted content is printed, of a symlink its target, of a folder its entries. The state is what \
      the last scan up to that time saw. Exit codes: 66 when the path was not there, or is not known at that time; 1 \
      when its content is not kept (secret, binary, too large); --json then still tells its metadata.

      Examples:
        exhibit config show /etc/nginx/nginx.conf --at "2026-11-24 03:40"
        exhibit config show /etc/nginx/nginx.conf --at 2h > nginx.conf.before
        exhibit config show /etc/shadow --at 1d --json
      """)

  @Argument(help: "The file or folder; it need not exist any more.")
  var path: PathArgument

  @Option(
    name: .long,
    help: ArgumentHelp(
      "When: a time, UTC unless it says otherwise, or how long ago (15m, 2h).", valueName: "time"))
  var at: TimeArgument?

  @Flag(name: .long, help: "Print JSON: the metadata, and the content where it is text.")
  var json = false

  @OptionGroup(title: "Agent")
  var options: HistoryOptions

  private struct Shown: Encodable {
    var path: String
    var at: Timestamp
    var since: Timestamp
    var state: FileState
    var content: String?
    var entries: [Entry]?
  }

  private struct Entry: Encodable {
    var name: String
    var state: FileState
  }

  func run() throws {
    let history = try options.open()
    let time = at?.timestamp ?? .now()
    let (state, since) = try find(history, at: time)
    let content = try history.reader.content(of: state, redactor: history.redactor)
    let isFolder = state.type == .directory
    let entries = isFolder ? try history.reader.entries(in: path.bytes, at: time) : []
    if json {
      return try JSONOutput.print(
        Shown(
          path: path.path, at: time, since: since, state: state, content: content?.text,
          entries: isFolder
            ? entries.map { Entry(name: String(decoding: $0.name, as: UTF8.self), state: $0.state) } : nil))
    }
    if let content { return try print(content.withUnsafeBytes { Array($0) }) }
    if isFolder { return try print(entries) }
    guard state.type == .symlink, let target = state.target else {
      throw CommandFailure(
        .failed, "\(path.path): \(HistoryText.state(state)): its content is not kept; see --json")
    }
    try Output.print(DisplayText.sanitised(target) + "\n")
  }

  private func find(_ history: LocalHistory, at time: Timestamp) throws -> (FileState, Timestamp) {
    switch try history.reader.state(of: path.bytes, at: time) {
    case .present(let state, let since): return (state, since)
    case .absent(let since):
      throw CommandFailure(
        .noInput, "\(path.path) was not there at \(time.rfc3339Seconds), since \(since.rfc3339Seconds)")
    case .unknown:
      throw CommandFailure(
        .noInput,
        "the history of \(path.path) begins after \(time.rfc3339Seconds); 'exhibit config history' tells when"
      )
    case .neverSeen:
      throw CommandFailure(
        .noInput,
        "no scan has seen \(path.path); is it among the paths of config_history in the configuration?")
    }
  }

  /// A file's bytes as they are for a file or a pipe; for a terminal nothing that it obeys.
  private func print(_ content: [UInt8]) throws {
    guard Terminal.outputIsTerminal else { return try Output.print(content) }
    let out = Output()
    for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      try out.write(DisplayText.line(line) + "\n")
    }
    try out.flush()
  }

  private func print(_ entries: [(name: [UInt8], state: FileState)]) throws {
    var table = Table("NAME", "STATE")
    for entry in entries {
      table.append(.init(String(decoding: entry.name, as: UTF8.self)), .init(HistoryText.state(entry.state)))
    }
    try Output.print(table.rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
  }
}
