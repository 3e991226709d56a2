internal import Agent
internal import ArgumentParser
internal import ConfigHistory
internal import Evidence

struct ConfigHistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "List the versions of a file or folder that the agent saw.",
    discussion: """
      Newest first. A change lies between the two times: the last scan that saw the old state, and the first that saw \
      the new one. The agent may be running or not; only root and its user may read its history. Exit code 66: no scan \
      has seen the path.

      Examples:
        exhibit config history /etc/nginx/nginx.conf
        exhibit config history nginx.conf --limit 5 --json
      """)

  @Argument(help: "The file or folder; it need not exist any more.")
  var path: PathArgument

  @Option(name: [.customShort("n"), .long], help: "At most so many versions.")
  var limit = 100

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Agent")
  var options: HistoryOptions

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run() throws {
    let versions = try options.open().reader.versions(of: path.bytes, limit: limit)
    guard !versions.isEmpty else {
      throw CommandFailure(
        .noInput,
        "no scan has seen \(path.path); is it among the paths of config_history in the configuration?")
    }
    if json { return try JSONOutput.print(versions) }
    var table = Table("CHANGED", "HOW", "STATE", "BY")
    for version in versions {
      table.append(
        .init(HistoryText.span(version.previousSeenAt, version.seenAt)),
        .init(version.kind?.rawValue ?? "first seen", HistoryText.style(of: version.kind)),
        .init(version.state.map(HistoryText.state) ?? ""), .init(version.actor ?? ""))
    }
    try Output.print(table.rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
    if versions.count == limit { Note.print("there may be more; --limit shows them") }
  }
}
