internal import ArgumentParser

/// One line of `GET /v1/checks`.
struct CheckReport: Codable, Equatable {
  enum State: String, Codable {
    case good, note, problem
  }

  var name: String
  var state: State
  var detail: String
  var remedy: String?
}

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
    abstract: "Say what evidence an incident would lack now, and what to do about it.",
    discussion: """
      Asks the running agent: whether it can read the journal, and how far back that goes; how it notices changes of \
      the configuration; whether there is room for bundles; which captures failed or are stuck; which redaction rules \
      were left out; whether the clock is synchronised. A capture is not made.

      The exit code is 1 where something would be missing (✗); what could merely be better (!) leaves it 0.

      Examples:
        exhibit doctor
        exhibit doctor --json | jq '.checks[] | select(.state != "good")'
      """)

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  private struct Report: Encodable {
    var checks: [CheckReport]
    var configWatch: WatchReport

    enum CodingKeys: String, CodingKey {
      case checks
      case configWatch = "config_watch"
    }
  }

  func run() async throws {
    let (checks, watch) = try await client.withClient { client in
      (try await client.checks(), json ? try await client.configWatch() : nil)
    }
    if let watch {
      try JSONOutput.print(Report(checks: checks, configWatch: watch))
    } else {
      try Output.print(Self.text(of: checks, colour: Terminal.usesColour))
    }
    if checks.contains(where: { $0.state == .problem }) { throw ExitCode.failure }
  }

  /// One line a check, and below it what to do.
  static func text(of checks: [CheckReport], colour: Bool) -> String {
    let width = checks.map { DisplayText.width($0.name) }.max() ?? 0
    return checks.map { check in
      let (mark, style): (String, Style) =
        switch check.state {
        case .good: ("✓", .green)
        case .note: ("!", .yellow)
        case .problem: ("✗", .red)
        }
      let name = DisplayText.sanitised(check.name)
      let gap = String(repeating: " ", count: width - DisplayText.width(check.name) + 2)
      let indent = String(repeating: " ", count: width + 4)
      let remedy = check.remedy.map { "\(indent)→ \(DisplayText.sanitised($0))\n" } ?? ""
      return
        "\(colour ? style.applied(to: mark) : mark) \(name)\(gap)\(DisplayText.sanitised(check.detail))\n\(remedy)"
    }.joined()
  }
}
