internal import Agent
internal import ArgumentParser
internal import Logging

/// Where the configuration is; shared by the commands that read it.
struct ConfigurationOptions: ParsableArguments {
  /// Where the package and the unit have it.
  static let usualPath = "/etc/exhibit/exhibit.yaml"

  @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "path"))
  var config = usualPath

  /// Nobody named a file, and where the package has it there is none.
  var isUsualAndMissing: Bool { config == Self.usualPath && !FileSystem.exists(config) }

  /// - Throws: `ConfigurationFailure` with every problem of the file.
  func load() throws -> AgentConfiguration {
    do {
      return try AgentConfiguration.load(path: config)
    } catch {
      throw ConfigurationFailure(errors: error)
    }
  }
}

/// A configuration that cannot be used: every problem on a line of its own, and exit code 78 (EX_CONFIG).
struct ConfigurationFailure: ExitStatusProviding, CustomStringConvertible {
  var errors: ConfigurationErrors

  var exitStatus: ExitStatus { .configuration }

  var description: String {
    let count = errors.problems.count
    return "\(count == 1 ? "1 problem" : "\(count) problems") in the configuration\n\(errors)"
  }
}

struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent",
    abstract: "Run the agent: listen for incident signals and capture evidence.",
    discussion: """
      Normally started by systemd (exhibit.service). On a terminal it logs to standard error; SIGTERM or Ctrl-C stops \
      it, SIGHUP makes it read its configuration again.

      Examples:
        exhibit agent
        exhibit agent --config ./exhibit.yaml
        systemctl reload exhibit
      """)

  @OptionGroup var options: ConfigurationOptions

  func run() async throws {
    let configuration = try options.load()
    let redaction = LogRedaction()
    let writer = LogWriter(destination: .detect(), redaction: redaction)
    let level = configuration.logLevel
    LoggingSystem.bootstrap { _ in JournalLogHandler(writer: writer, level: level) }
    let logger = Logger(label: "exhibit")
    do {
      let daemon = Daemon(
        configuration: configuration, path: options.config, logger: logger, logRedaction: redaction)
      try await daemon.run()
    } catch {
      logger.critical("The agent ends", metadata: ["error": "\(error)"])
      _ = writer.flush(timeout: .seconds(2))
      if let errors = error as? ConfigurationErrors { throw ConfigurationFailure(errors: errors) }
      throw CommandFailure(.failed, "\(error)")
    }
    _ = writer.flush(timeout: .seconds(2))
  }
}
