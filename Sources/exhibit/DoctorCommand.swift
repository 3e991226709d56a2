internal import ArgumentParser

/// What the agent says of how it notices changes of the configuration: `GET /v1/config/watch`.
struct WatchReport: Codable, Equatable {
  /// `fanotify`, `inotify` or `poll`.
  var mechanism: String
  /// Why it is no better one, with the remedy.
  var reason: String?
  /// Folders that give events.
  var folders: Int
  /// What keeps some folders from giving events, with the remedy.
  var shortfall: String?
}

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what keeps the agent from its best, and what to do about it.",
    discussion: """
      Asks the running agent how it notices changes of the configuration: by fanotify, which also tells who wrote; by \
      inotify; or by looking at everything now and then. The exit code is 1 where some watched folders give no events.

      Examples:
        exhibit doctor
        exhibit doctor --json | jq -r '.config_watch.mechanism'
      """)

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  private struct Report: Encodable {
    var configWatch: WatchReport

    enum CodingKeys: String, CodingKey {
      case configWatch = "config_watch"
    }
  }

  func run() async throws {
    let watch = try await client.withClient { try await $0.configWatch() }
    if json {
      try JSONOutput.print(Report(configWatch: watch))
    } else {
      try Output.print(Self.facts(of: watch).rendered(colour: Terminal.usesColour))
    }
    if watch.shortfall != nil { throw ExitCode.failure }
  }

  static func facts(of watch: WatchReport) -> Facts {
    var facts = Facts()
    let detail =
      watch.mechanism == "poll" ? "changes are seen at the next scan" : "\(watch.folders) folders give events"
    facts.add("Config watch", "\(watch.mechanism), \(detail)")
    facts.add("Writers", watch.mechanism == "fanotify" ? "recorded" : "not known")
    facts.add("Not better", watch.reason)
    facts.add("Incomplete", watch.shortfall)
    return facts
  }
}
