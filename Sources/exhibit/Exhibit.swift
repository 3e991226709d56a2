internal import ArgumentParser
internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The root command: it only lists the subcommands, and turns errors into one line and an exit code.
@main
struct ExhibitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exhibit",
    abstract: "Captures a host's logs, config changes and deploys for an incident, as one evidence bundle.",
    discussion: """
      Capture and look (these talk to the agent of this host, or with --server to another):
        exhibit capture --incident INC-1 --title "checkout is down"
        exhibit incidents --state open
        exhibit pull INC-1

      Read a bundle (no agent needed):
        exhibit verify INC-1--web-1--001-opened.tar.gz
        exhibit timeline INC-1--web-1--001-opened.tar.gz
        exhibit logs INC-1--web-1--001-opened.tar.gz -u nginx.service -p err

      Ask this host's config history (as root; no agent needed):
        exhibit config diff --from 2h
        exhibit config history /etc/nginx/nginx.conf

      Environment: EXHIBIT_SOCKET, EXHIBIT_SERVER, EXHIBIT_TOKEN_FILE, EXHIBIT_CACERT, EXHIBIT_CERT and \
      EXHIBIT_CERT_KEY stand for --socket, --server, --token-file, --cacert, --cert and --cert-key; PAGER names the pager of 'logs'; NO_COLOR turns colours off.

      Exit codes: 0 success; 1 failed, or a verification failed; 64 wrong usage; 66 no such incident, bundle or \
      file; 69 the agent cannot be reached; 77 no permission; 78 wrong configuration.

      Version: exhibit --version

      Shell completion (or zsh, fish):
        exhibit --generate-completion-script bash > /etc/bash_completion.d/exhibit
      """,
    subcommands: [
      AgentCommand.self, CaptureCommand.self, IncidentsCommand.self, ShowCommand.self, PullCommand.self,
      VerifyCommand.self, TimelineCommand.self, LogsCommand.self, DeployCommand.self, SignalsCommand.self,
      AuditCommand.self, TokenCommand.self, RedactCommand.self, RulesCommand.self, ConfigCommand.self,
      DoctorCommand.self,
      FreezeHelperCommand.self,
    ])

  static func main() async {
    // A reader that goes away (`exhibit logs … | head`) is an error of write(2), not a death by signal.
    signal(SIGPIPE, SIG_IGN)
    do {
      // Not `version:` of the configuration: that takes `--version` from the whole line, and `deploy record`
      // has one of its own.
      if CommandLine.arguments.dropFirst() == ["--version"] {
        throw CleanExit.message("exhibit \(ExhibitVersion.current)")
      }
      var command = try await asyncParseAsRoot()
      let type = type(of: command)
      do {
        if var command = command as? any AsyncParsableCommand {
          try await command.run()
        } else {
          try command.run()
        }
      } catch {
        leave(type, error)
      }
    } catch {
      exit(withError: error)
    }
  }

  /// Ends the process as the error asks for.
  private static func leave(_ command: any ParsableCommand.Type, _ error: any Error) -> Never {
    if let error = error as? FileError, error.isBrokenPipe { exit(withError: nil) }
    // The parser's own commands (help, completion) and errors know best how to end.
    guard let name = name(of: command), !(error is ExitCode || error is CleanExit || error is ValidationError)
    else {
      command.exit(withError: error)
    }
    let status = (error as? any ExitStatusProviding)?.exitStatus ?? .failed
    // A configuration has a line for each of its problems; everything else is one line.
    let lines = String(describing: error).split(separator: "\n", omittingEmptySubsequences: true)
    Note.print("\(name): \(lines.map { DisplayText.sanitised(String($0)) }.joined(separator: "\n"))")
    exit(withError: ExitCode(status.rawValue))
  }
}

extension ExhibitCommand {
  /// `exhibit deploy record`: the words that lead to a command; `nil` for the parser's own commands.
  static func name(of command: any ParsableCommand.Type) -> String? {
    path(to: command, from: ExhibitCommand.self)?.joined(separator: " ")
  }

  private static func path(
    to command: any ParsableCommand.Type, from parent: any ParsableCommand.Type
  ) -> [String]? {
    let name = parent.configuration.commandName ?? ""
    if command == parent { return [name] }
    for child in parent.configuration.subcommands {
      if let rest = path(to: command, from: child) { return [name] + rest }
    }
    return nil
  }
}
