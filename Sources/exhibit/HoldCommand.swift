internal import ArgumentParser

struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Keep the bundles of an incident: retention does not delete them.",
    discussion: """
      A hold lasts until it is released. Placing it again replaces kind and reason.

      Examples:
        exhibit incidents hold INC-1 --reason "postmortem on Monday"
        exhibit incidents hold INC-1 --kind legal --reason "case 2026-17" --json
      """)

  @Argument(help: ArgumentHelp("The incident's id.", valueName: "incident"))
  var incident: String

  @Option(name: .long, help: "Why, for those who wonder later.")
  var reason: String

  @Option(name: .long, help: "Who asks for it: incident (people who learn from it) or legal.")
  var kind = HoldReport.Kind.incident

  @Flag(name: .long, help: "Print JSON: the hold.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func run() async throws {
    let hold = try await client.withClient {
      try await $0.hold(incident, HoldRequest(reason: reason, kind: kind))
    }
    if json { return try JSONOutput.print(hold) }
    try Output.print(
      "The bundles of \(DisplayText.sanitised(hold.incidentID)) are kept until they are released.\n")
  }
}

struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Take the hold of an incident away.",
    discussion: """
      Examples:
        exhibit incidents release INC-1
      """)

  @Argument(help: ArgumentHelp("The incident's id.", valueName: "incident"))
  var incident: String

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func run() async throws {
    try await client.withClient { try await $0.release(incident) }
    try Output.print("The hold of \(DisplayText.sanitised(incident)) is released.\n")
  }
}

extension HoldReport.Kind: ExpressibleByArgument {}
