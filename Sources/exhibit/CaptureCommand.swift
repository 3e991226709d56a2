internal import ArgumentParser

struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Capture this host's evidence for an incident, now.",
    discussion: """
      Opens the incident when the agent does not know it yet, then waits until the bundle is sealed. The capture \
      goes on in the agent when this command is interrupted. A capture that failed for good is made again with \
      --retry and its id, which 'exhibit show' prints.

      Examples:
        exhibit capture --incident INC-1 --title "checkout is down" --severity page
        exhibit capture --incident INC-1 --no-wait
        exhibit pull "$(exhibit capture --incident INC-1 --json | jq -r .bundle.id)"
        exhibit capture --retry 01JDE9D4V8ZP3T1XW2N6QYKRHM
      """)

  @Option(name: [.short, .long], help: ArgumentHelp("The incident's id.", valueName: "id"))
  var incident: String?

  @Option(
    name: .long, help: ArgumentHelp("Make this capture again, which failed for good.", valueName: "capture"))
  var retry: String?

  @Option(name: [.short, .long], help: "What is wrong, in a few words.")
  var title: String?

  @Option(name: .long, help: "The incident's severity, in your own terms: critical, P1, SEV-2.")
  var severity: String?

  @Flag(name: .long, help: "Return as soon as the agent has accepted the request.")
  var noWait = false

  @Option(name: .long, help: ArgumentHelp("How long to wait for the bundle.", valueName: "duration"))
  var timeout = DurationArgument(.seconds(300))

  @Flag(name: .long, help: "Print JSON: the capture, with its bundle.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func validate() throws {
    if incident?.isEmpty ?? false { throw ValidationError("--incident must not be empty.") }
    if retry?.isEmpty ?? false { throw ValidationError("--retry must not be empty.") }
    guard (incident == nil) != (retry == nil) else {
      throw ValidationError("Give either --incident or --retry.")
    }
    if retry != nil, title != nil || severity != nil {
      throw ValidationError("--title and --severity are of an incident that is opened; --retry opens none.")
    }
  }

  func run() async throws {
    try await client.withClient { client in
      let accepted = try await request(client)
      if noWait {
        try printAccepted(accepted)
      } else {
        try print(await finished(accepted, client))
      }
    }
  }

  private func request(_ client: AgentClient) async throws(AgentError) -> CaptureAccepted {
    if let retry { return try await client.retryCapture(retry) }
    return try await client.requestCapture(
      of: incident ?? "", CaptureRequest(title: title, severity: severity))
  }

  private func finished(_ accepted: CaptureAccepted, _ client: AgentClient) async throws -> CaptureReport {
    let wait = CaptureWait(client: client, incident: accepted.incidentID, timeout: timeout.duration)
    let report = try await wait.wait { report in
      let capture = try Self.find(accepted, in: report)
      return capture.state.isFinal ? nil : capture
    }
    let capture = try Self.find(accepted, in: report)
    if capture.state == .failed {
      throw CommandFailure(
        .failed,
        "\(IncidentText.name(of: capture)) of \(accepted.incidentID) failed: "
          + (capture.error ?? "the agent gives no reason; see: journalctl -u exhibit"))
    }
    return capture
  }

  private static func find(_ accepted: CaptureAccepted, in report: IncidentReport) throws -> CaptureReport {
    guard let capture = report.captures.first(where: { $0.id == accepted.captureID }) else {
      throw CommandFailure(.failed, "the agent accepted capture \(accepted.captureID) and has it no more")
    }
    return capture
  }

  private func printAccepted(_ accepted: CaptureAccepted) throws {
    if json { return try JSONOutput.print(accepted) }
    try Output.print(
      """
      Capture \(accepted.captureID) of \(accepted.incidentID) is queued.
      See: exhibit show \(accepted.incidentID)

      """)
  }

  private func print(_ capture: CaptureReport) throws {
    if json { return try JSONOutput.print(capture) }
    guard let bundle = capture.bundle else {
      throw CommandFailure(
        .failed, "\(IncidentText.name(of: capture)) is done, but its bundle is already removed")
    }
    let facts = IncidentText.facts(of: bundle).rendered(colour: Terminal.usesColour)
    try Output.print(facts + "\nPull it with: exhibit pull \(bundle.id)\n")
  }
}
