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
  private static let pageSize = 200

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
    let (rows, more) = try await client.withClient { try await list($0) }
    if json {
      try JSONOutput.print(rows)
    } else if rows.isEmpty {
      Note.print("No rows.")
    } else {
      try Output.print(
        Self.table(of: rows).rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
    }
    if more { Note.print("There are more: --limit or --all lists them.") }
  }

  /// Follows the cursor as far as it was asked for.
  private func list(_ client: AgentClient) async throws -> (rows: [AuditRow], more: Bool) {
    let wanted = all ? Int.max : limit
    var rows: [AuditRow] = []
    var cursor: String?
    repeat {
      let page = try await client.audit(
        subject: subject, action: action, limit: min(Self.pageSize, wanted - rows.count), cursor: cursor)
      rows += page.entries
      // A page without rows that promises more would be followed for ever.
      cursor = page.entries.isEmpty ? nil : page.next
    } while cursor != nil && rows.count < wanted
    return (Array(rows.prefix(wanted)), cursor != nil)
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
