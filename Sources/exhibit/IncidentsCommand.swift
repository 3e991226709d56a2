internal import ArgumentParser
internal import Evidence

struct IncidentsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "incidents",
    abstract: "List incidents, newest first.",
    discussion: """
      Examples:
        exhibit incidents
        exhibit incidents --state open
        exhibit incidents --all --json | jq -r '.[].id'
        exhibit incidents hold INC-1 --reason "postmortem on Monday"
      """,
    subcommands: [ListIncidentsCommand.self, HoldCommand.self, ReleaseCommand.self],
    defaultSubcommand: ListIncidentsCommand.self)
}

struct ListIncidentsCommand: AsyncParsableCommand {
  private static let pageSize = 100

  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List incidents, newest first.",
    discussion: """
      Examples:
        exhibit incidents list --state open
        exhibit incidents list --held
      """)

  @Option(name: .long, help: "Only incidents in this state.")
  var state: IncidentState?

  @Flag(name: .long, help: "Only incidents under a hold.")
  var held = false

  @Option(name: [.short, .long], help: ArgumentHelp("List at most so many.", valueName: "n"))
  var limit = 50

  @Flag(name: .long, help: "List all of them.")
  var all = false

  @Flag(name: .long, help: "Print a JSON array.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run() async throws {
    let (incidents, more) = try await client.withClient { try await list($0) }
    if json {
      try JSONOutput.print(incidents)
    } else if incidents.isEmpty {
      Note.print(state.map { "No \($0.rawValue) incidents." } ?? "No incidents.")
    } else {
      let table = Self.table(of: incidents, now: .now())
      try Output.print(table.rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
    }
    if more { Note.print("There are more: --limit or --all lists them.") }
  }

  /// Follows the cursor as far as it was asked for.
  private func list(_ client: AgentClient) async throws -> (incidents: [IncidentReport], more: Bool) {
    let wanted = all ? Int.max : limit
    var incidents: [IncidentReport] = []
    var cursor: String?
    repeat {
      let size = min(Self.pageSize, wanted - incidents.count)
      let page = try await client.incidents(
        state: state, held: held, limit: size, cursor: cursor)
      incidents += page.incidents
      // A page without incidents that promises more would be followed for ever.
      cursor = page.incidents.isEmpty ? nil : page.next
    } while cursor != nil && incidents.count < wanted
    return (Array(incidents.prefix(wanted)), cursor != nil)
  }

  static func table(of incidents: [IncidentReport], now: Timestamp) -> Table {
    var table = Table("ID", "STATE", "SEVERITY", "OPENED", "CAPTURES", "TITLE")
    for report in incidents {
      let incident = report.incident
      table.append(
        .init(incident.id), .init(incident.state.rawValue, IncidentText.style(of: incident.state)),
        .init(incident.severity ?? "-"), .init(Units.moment(incident.openedAt, now: now)),
        .init(IncidentText.count(of: report.captures)), .init(incident.title))
    }
    return table
  }
}
