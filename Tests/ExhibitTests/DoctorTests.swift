import Foundation
import Testing

@testable import exhibit

@Suite("The doctor", .enabled(if: LiveAgent.hasTLSTools, "needs curl"))
struct DoctorTests {
  @Test("shows a line for each thing, and below it what to do")
  func text() {
    let checks = [
      CheckReport(
        name: "journal", state: .problem, detail: "no permission\u{1B}[31m", remedy: "join the group"),
      CheckReport(name: "config watch", state: .note, detail: "by inotify, 3 folders", remedy: nil),
      CheckReport(name: "disk", state: .good, detail: "much free", remedy: nil),
    ]
    #expect(
      DoctorCommand.text(of: checks, colour: false) == """
        ✗ journal       no permission\\x1b[31m
                        → join the group
        ! config watch  by inotify, 3 folders
        ✓ disk          much free

        """)
  }

  @Test("fails where evidence would be missing, and says which")
  func live() async throws {
    let agent = try await LiveAgent("header_timeout: 10s")
    // The agent of the tests has a journal's folder with nothing in it.
    let run = try await agent.shell(
      "EXHIBIT_SERVER=http://127.0.0.1:\(agent.port) \(AgentProcess.executable.path) doctor --socket \(agent.socket)"
    )
    #expect(run.status == 1 && run.output.contains("✗ journal"), "\(run)")
    #expect(run.output.contains("config watch") && run.output.contains("disk"), "\(run)")
    let json = try await agent.exhibit("doctor --json | jq -r '.checks[].name, .config_watch.mechanism'")
    #expect(json.contains("captures\n"), "\(json)")
  }
}
