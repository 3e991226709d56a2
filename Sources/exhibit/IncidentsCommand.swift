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

  @OptionGroup
  var listing: ListingOptions

  @Flag(name: .long, help: "Print a JSON array.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func run() async throws {
    let (incidents, more) = try await client.withClient { client in
      try await listing.collect { limit, cursor throws(AgentError) in
        let page = try await client.incidents(state: state, held: held, limit: limit, cursor: cursor)
        return (page.incidents, page.next)
      }
    }
    if json {
      try JSONOutput.print(incidents)
    } else if incidents.isEmpty {
      Note.print(state.map { "No \($0.rawValue) incidents." } ?? "No incidents.")
    } else {
      let table = Self.table(of: incidents, now: .now())
      try Output.print(table.rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
    }
    listing.noteMore(more)
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
