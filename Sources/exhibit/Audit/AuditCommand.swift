internal import ArgumentParser
internal import Evidence
internal import Storage

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "See who did what with the evidence, and check that the record of it is whole.",
    subcommands: [AuditListCommand.self, AuditVerifyCommand.self])
}

struct AuditListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the rows of the audit, newest first.",
    discussion: """
      Asks the agent, and needs the role admin. An action is a dotted verb; its first words select all that begin with \
      them.

      Examples:
        exhibit audit list
        exhibit audit list --action bundle
        exhibit audit list --subject 01JDG5X9M2V4T8Q6R0W3Y7Z1AB --all --json
      """)

  @Option(
    name: .long, help: ArgumentHelp("Only rows about this incident, bundle or token.", valueName: "id"))
  var subject: String?

  @Option(
    name: .long, help: ArgumentHelp("Only rows of this action, as in bundle.pulled.", valueName: "action"))
  var action: String?

  @OptionGroup
  var listing: ListingOptions

  @Flag(name: .long, help: "Print a JSON array.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func run() async throws {
    let (rows, more) = try await client.withClient { client in
      try await listing.collect { limit, cursor throws(AgentError) in
        let page = try await client.audit(subject: subject, action: action, limit: limit, cursor: cursor)
        return (page.entries, page.next)
      }
    }
    if json {
      try JSONOutput.print(rows)
    } else if rows.isEmpty {
      Note.print("No rows.")
    } else {
      try Output.print(
        Self.table(of: rows).rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
    }
    listing.noteMore(more)
  }

  static func table(of rows: [AuditRow]) -> Table {
    var table = Table("ROW", "TIME", "WHO", "FROM", "ACTION", "SUBJECT", "DETAIL")
    for row in rows {
      table.append(
        .init("\(row.sequence)"), .init(row.at.rfc3339Seconds), .init(row.principal), .init(row.remote),
        .init(row.action), .init(row.subject), .init(row.detail))
    }
    return table
  }
}

/// A page of `GET /v1/audit`.
struct AuditPage: Decodable {
  var entries: [AuditRow]
  /// Cursor of the next page.
  var next: String?
}

/// Answer of `GET /v1/incidents/{id}/readers`.
struct ReaderPage: Decodable {
  var readers: [BundleReadership]
}

extension AgentClient {
  /// One page of the audit, newest first.
  func audit(
    subject: String?, action: String?, limit: Int, cursor: String?
  ) async throws(AgentError) -> AuditPage {
    var query = [(name: "limit", value: String(limit))]
    if let subject { query.append((name: "subject", value: subject)) }
    if let action { query.append((name: "action", value: action)) }
    if let cursor { query.append((name: "cursor", value: cursor)) }
    return try await get(["v1", "audit"], query: query)
  }

  /// Who took in the bundles of an incident.
  func readers(of incident: String) async throws(AgentError) -> [BundleReadership] {
    let page: ReaderPage = try await get(["v1", "incidents", incident, "readers"])
    return page.readers
  }
}
