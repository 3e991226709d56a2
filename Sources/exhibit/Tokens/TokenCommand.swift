internal import ArgumentParser
internal import Evidence

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Make, list and revoke the tokens by which others use the agent.",
    subcommands: [TokenCreateCommand.self, TokenListCommand.self, TokenRevokeCommand.self])
}

/// What the bearer of a token may do.
enum TokenRoleArgument: String, Codable, ExpressibleByArgument, CaseIterable {
  case signal, deploy, read, admin
}

struct TokenCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a token, and print it: this once.",
    discussion: """
      The agent keeps only its hash. Roles: signal opens, updates and resolves incidents; deploy records deploys; read \
      reads incidents and downloads bundles; admin may do everything. A token of the role read may be narrowed to some \
      incidents: by id, or by conditions as signals.rules has them.

      Examples:
        exhibit token create alertmanager --role signal > alertmanager.token
        exhibit token create ci --role deploy --expires 90d
        exhibit token create payments --role read \\
          --where 'labels.team = payments' --where 'severity = page|critical'
        exhibit token create auditor --role read --incident INC-7 --expires 7d --json
      """)

  @Argument(help: "Its name, which stands in the audit: 1 to 64 letters, digits, \".\", \"_\" or \"-\".")
  var name: String

  @Option(name: .long, help: "What it may do; may be given several times.")
  var role: [TokenRoleArgument]

  @Option(name: .long, help: ArgumentHelp("How long it is good; for ever without.", valueName: "span"))
  var expires: DurationArgument?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only this incident, or those of the pattern; may be given several times.", valueName: "id"))
  var incident: [String] = []

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only incidents that fulfil this; may be given several times.", valueName: "condition"))
  var conditions: [String] = []

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func validate() throws {
    if role.isEmpty { throw ValidationError("Give at least one --role.") }
  }

  func run() async throws {
    let wish = TokenWish(
      name: name, roles: role,
      expiresAt: expires.map { Timestamp.now().adding(seconds: $0.duration.inSeconds) },
      incidents: incident, conditions: conditions)
    let made: TokenReport = try await client.withClient { try await $0.post(["v1", "tokens"], wish) }
    if json { return try JSONOutput.print(made) }
    guard let token = made.token else {
      throw CommandFailure(.failed, "the agent made the token, but did not say what it is")
    }
    Note.print("This is the only time that the token is shown; keep it where only its user can read it.")
    try Output.print(token + "\n")
  }
}

struct TokenListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the tokens, with what each may do and when it was last used.",
    discussion: """
      Those of the configuration, too. Needs the role admin.

      Examples:
        exhibit token list
        exhibit token list --json | jq -r '.[] | select(.last_used_at == null).name'
      """)

  @Flag(name: .long, help: "Print a JSON array.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func run() async throws {
    let page: TokenPage = try await client.withClient { try await $0.get(["v1", "tokens"]) }
    if json { return try JSONOutput.print(page.tokens) }
    guard !page.tokens.isEmpty else { return Note.print("No tokens.") }
    let table = Self.table(of: page.tokens, now: .now())
    try Output.print(table.rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
  }

  static func table(of tokens: [TokenReport], now: Timestamp) -> Table {
    var table = Table("NAME", "ROLES", "STATE", "EXPIRES", "LAST USED", "FROM", "SCOPE")
    for token in tokens {
      let (state, style) = token.state(at: now)
      table.append(
        .init(token.name), .init(token.roles.map(\.rawValue).joined(separator: ",")), .init(state, style),
        .init(token.expiresAt.map { Units.moment($0, now: now) } ?? "-"),
        .init(token.lastUsedAt.map { Units.relative($0, to: now) } ?? "-"), .init(token.lastUsedFrom ?? "-"),
        .init((token.incidents + token.conditions).joined(separator: "; ")))
    }
    return table
  }
}

struct TokenRevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Make a token worthless at once.",
    discussion: """
      Its name is not used again, so that the audit stays clear. A token of the configuration is removed there.

      Examples:
        exhibit token revoke ci
      """)

  @Argument(help: "The token's name.")
  var name: String

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func run() async throws {
    try await client.withClient { try await $0.delete(["v1", "tokens", name]) }
    Note.print("The token \(name) is revoked.")
  }
}

/// Body of `POST /v1/tokens`.
struct TokenWish: Encodable {
  var name: String
  var roles: [TokenRoleArgument]
  var expiresAt: Timestamp?
  var incidents: [String]
  var conditions: [String]

  enum CodingKeys: String, CodingKey {
    case name, roles, incidents, conditions
    case expiresAt = "expires_at"
  }
}

/// A token as the agent lists it.
struct TokenReport: Codable, Equatable {
  var name: String
  var roles: [TokenRoleArgument]
  /// `configuration` or `created`.
  var kind: String
  var incidents: [String]
  var conditions: [String]
  var createdAt: Timestamp?
  var createdBy: String?
  var expiresAt: Timestamp?
  var lastUsedAt: Timestamp?
  var lastUsedFrom: String?
  var revokedAt: Timestamp?
  /// Only in the answer to who made it.
  var token: String?

  func state(at now: Timestamp) -> (text: String, style: Style) {
    if revokedAt != nil { return ("revoked", .red) }
    if let expiresAt, expiresAt <= now { return ("expired", .red) }
    return kind == "configuration" ? ("configured", .green) : ("active", .green)
  }

  enum CodingKeys: String, CodingKey {
    case name, roles, kind, incidents, conditions, token
    case createdAt = "created_at"
    case createdBy = "created_by"
    case expiresAt = "expires_at"
    case lastUsedAt = "last_used_at"
    case lastUsedFrom = "last_used_from"
    case revokedAt = "revoked_at"
  }
}

/// Answer of `GET /v1/tokens`.
struct TokenPage: Decodable {
  var tokens: [TokenReport]
}
