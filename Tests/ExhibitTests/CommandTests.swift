import ArgumentParser
import Evidence
import Foundation
import Testing

@testable import exhibit

/// The command and all below it.
private func tree(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
  [command] + command.configuration.subcommands.flatMap(tree)
}

@Suite("The command line")
struct CommandTests {
  @Test("explains every command with examples")
  func help() {
    for command in tree(ExhibitCommand.self) {
      #expect(!command.configuration.abstract.isEmpty, "\(command)")
      guard command.configuration.subcommands.isEmpty else { continue }
      #expect(command.configuration.discussion.contains("Examples:\n  exhibit "), "\(command)")
      // A terminal's width: what is wrapped is two commands to the shell that it is pasted into.
      for line in command.configuration.discussion.split(separator: "\n") where line.hasPrefix("  ") {
        #expect(line.count < 80, "\(command): \(line)")
      }
    }
  }

  @Test("knows its commands by name")
  func names() {
    #expect(ExhibitCommand.name(of: PullCommand.self) == "exhibit pull")
    #expect(ExhibitCommand.name(of: ConfigDiffCommand.self) == "exhibit config diff")
    #expect(ExhibitCommand.name(of: DeployRecordCommand.self) == "exhibit deploy record")
  }

  @Test(
    "refuses what makes no sense with the exit code for wrong usage",
    arguments: [
      "capture", "capture --incident", "pull", "pull INC-1 -o -", "show", "incidents --limit 0",
      "incidents --state broken", "show INC-1 --socket /a --server http://b", "show INC-1 --server b",
      "logs x -p nine", "logs x -n -1", "logs x --since yesterday", "verify", "verify x --signers a --key b",
      "deploy record --service s", "deploy record --version 1", "capture --incident I --timeout 5",
      "timeline x --time-zone Mars/Base", "bogus", "config history", "config history /x --limit 0",
      "config diff", "capture --incident I --retry C", "capture --retry C --title t",
      "config diff --from 5m --to 10m", "incidents hold INC-1", "incidents release",
      "config diff --from yesterday", "config show",
    ])
  func usage(_ line: String) {
    let error = #expect(throws: (any Error).self) {
      try ExhibitCommand.parseAsRoot(line.split(separator: " ").map(String.init))
    }
    guard let error else { return }
    #expect(ExhibitCommand.exitCode(for: error).rawValue == ExitStatus.usage.rawValue)
  }

  @Test("records a deploy that just happened, by whoever runs the command")
  func deploy() throws {
    let command = try DeployRecordCommand.parse(["--service", "shop", "--version", "2", "--actor", "ci"])
    let now = Timestamp(seconds: 5)
    #expect(
      command.request(now: now)
        == DeployRequest(service: "shop", version: "2", actor: "ci", outcome: "success", time: now))
    let past = try DeployRecordCommand.parse([
      "--service", "s", "--version", "2", "--time", "2026-11-24T03:49:34Z", "--outcome", "failure",
    ])
    #expect(past.request(now: now).time == Timestamp(rfc3339: "2026-11-24T03:49:34Z"))
    #expect(past.request(now: now).outcome == "failure")
    let begun = try DeployRecordCommand.parse([
      "--service", "s", "--version", "2", "--outcome", "in_progress", "--kind", "rolledback", "--message",
      "m",
      "--started", "2026-11-24T03:49:34Z", "--actor", "ci", "--id", "run-7",
    ])
    #expect(
      begun.request(now: now)
        == DeployRequest(
          id: "run-7", service: "s", version: "2", actor: "ci", outcome: "in_progress", kind: "rolledback",
          message: "m", startedAt: Timestamp(rfc3339: "2026-11-24T03:49:34Z"), time: now))
  }

  @Test("keeps members of an incident and its captures in one JSON object")
  func report() throws {
    let text = """
      {"id":"INC-1","key":"k","source":"generic","title":"t","state":"open","opened_at":"2026-11-24T03:49:34Z",\
      "updated_at":"2026-11-24T03:49:34Z","labels":{},"links":[],"later":1,"captures":[{"id":"c","phase":"opened",\
      "sequence":2,"state":"running","requested_at":"2026-11-24T03:49:34Z","finished_at":null,"attempts":0,\
      "error":null,"progress":"journal","bundle":null}]}
      """
    let report = try JSONDecoder().decode(IncidentReport.self, from: Data(text.utf8))
    #expect(report.unfinishedCapture?.sequence == 2)
    #expect(report.newestBundle == nil)
    #expect(try JSONDecoder().decode(IncidentReport.self, from: JSONEncoder().encode(report)) == report)
  }
}
