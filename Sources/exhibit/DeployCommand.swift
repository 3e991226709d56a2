internal import ArgumentParser
internal import Evidence

struct DeployCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Tell the agent about deploys.",
    subcommands: [DeployRecordCommand.self])
}

struct DeployRecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Record that a service was deployed, so that bundles show it.",
    discussion: """
      Examples:
        exhibit deploy record --service checkout --version 2.4.1 --previous 2.4.0
        exhibit deploy record --service checkout --version "$TAG" \\
          --commit "$SHA" --url "$RUN_URL" --if-running
        exhibit deploy record --service checkout --version "$TAG" \\
          --id "$RUN" --outcome in_progress
        exhibit deploy record --service checkout --version "$TAG" \\
          --id "$RUN" --outcome failure --message "$WHY"

      With an --id the end of a deploy takes the place of its beginning, and the same outcome again changes nothing.
      """)

  enum Outcome: String, ExpressibleByArgument, CaseIterable {
    case success, failure, unknown
    case inProgress = "in_progress"
  }

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case deployed, upgraded, rolledback, removed
  }

  @Option(name: .long, help: "What was deployed.")
  var service: String

  @Option(name: .customLong("version"), help: "The version that runs now.")
  var deployedVersion: String

  @Option(name: .long, help: ArgumentHelp("The version that ran before.", valueName: "version"))
  var previous: String?

  @Option(name: .long, help: "Where: production, staging.")
  var environment: String?

  @Option(name: .long, help: "The commit that was built.")
  var commit: String?

  @Option(name: .long, help: "The pipeline run, or the release page.")
  var url: String?

  @Option(name: .long, help: "Who deployed (default: $SUDO_USER or $USER).")
  var actor: String?

  @Option(name: .long, help: "How it went.")
  var outcome: Outcome = .success

  @Option(name: .long, help: "What it did (default: upgraded with --previous, else deployed).")
  var kind: Kind?

  @Option(name: .long, help: "What there is to say of how it went.")
  var message: String?

  @Option(name: .long, help: "When it began, RFC 3339.")
  var started: TimeArgument?

  @Option(name: .long, help: "When it was done, RFC 3339 (default: now).")
  var time: TimeArgument?

  @Option(name: .long, help: "The pipeline's own id of this deploy.")
  var id: String?

  @Flag(
    name: .long, help: "Succeed with a note when the agent is not there: a deploy must not fail for this.")
  var ifRunning = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func validate() throws {
    if service.isEmpty { throw ValidationError("--service must not be empty.") }
    if deployedVersion.isEmpty { throw ValidationError("--version must not be empty.") }
  }

  func run() async throws {
    do {
      let accepted = try await client.withClient { try await $0.record(request(now: .now())) }
      if json { return try JSONOutput.print(accepted) }
      try Output.print("\(accepted.deployID)\(accepted.duplicate ? " (recorded before)" : "")\n")
    } catch let error as AgentError where ifRunning && error.exitStatus == .unavailable {
      Note.print("exhibit deploy record: not recorded, going on: \(error)")
    }
  }

  /// What the agent is told. Without `--time` the deploy was done `now`, when the command runs, and not when
  /// the agent gets to it.
  func request(now: Timestamp) -> DeployRequest {
    DeployRequest(
      id: id, service: service, version: deployedVersion, previousVersion: previous, environment: environment,
      commit: commit, url: url,
      actor: actor ?? Terminal.environment("SUDO_USER") ?? Terminal.environment("USER"),
      outcome: outcome.rawValue, kind: kind?.rawValue, message: message, startedAt: started?.timestamp,
      time: time?.timestamp ?? now)
  }
}
