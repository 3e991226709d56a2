internal import Agent
internal import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Ask what changed in the host's configuration; check the agent's own.",
    subcommands: [
      ConfigHistoryCommand.self, ConfigDiffCommand.self, ConfigShowCommand.self, ConfigCheckCommand.self,
    ])
}

struct ConfigCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the configuration file, the redaction rules and the tokens that it names.",
    discussion: """
      Every problem is told at once, with file, line and remedy; the exit code is 78 then. No agent is needed, and \
      none is touched. Rules that the agent leaves out (`strict: false`) are told, and are no failure.

      Examples:
        exhibit config check
        exhibit config check --config ./exhibit.yaml --json
      """)

  @OptionGroup var options: ConfigurationOptions

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  private struct Report: Encodable {
    var file: String
    var problems: [ConfigurationProblem]
    /// Rules that the agent leaves out, in files with `strict: false`.
    var warnings: [ConfigurationProblem] = []
  }

  func run() async throws {
    let warnings: [ConfigurationProblem]
    do {
      warnings = try Daemon.check(try AgentConfiguration.load(path: options.config))
    } catch let errors as ConfigurationErrors {
      guard json else { throw ConfigurationFailure(errors: errors) }
      try JSONOutput.print(Report(file: options.config, problems: errors.problems))
      throw ExitCode(ExitStatus.configuration.rawValue)
    }
    if json { return try JSONOutput.print(Report(file: options.config, problems: [], warnings: warnings)) }
    for warning in warnings { Note.print("left out: \(DisplayText.sanitised("\(warning)"))") }
    try Output.print("\(options.config): the configuration is good\n")
  }
}
