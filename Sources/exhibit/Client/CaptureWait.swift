/// Waits for captures by asking the agent over and over.
struct CaptureWait {
  private static let interval = Duration.milliseconds(200)

  let client: AgentClient
  let incident: String
  let timeout: Duration

  /// Polls the incident until `pending` finds no capture to wait for, and shows what that capture is doing.
  ///
  /// An agent that goes away is waited for as well: it finishes its captures after a restart.
  ///
  /// - Throws: what `pending` throws, `AgentError`, or `CommandFailure` when the time is over.
  func wait(
    pending: (IncidentReport) throws -> CaptureReport?
  ) async throws -> IncidentReport {
    var line = ProgressLine()
    while true {
      do {
        let report = try await client.incident(incident)
        guard let capture = try pending(report) else { return report }
        let activity = capture.progress ?? capture.state.rawValue
        line.show("\(IncidentText.name(of: capture)) of \(incident): \(activity)")
        if line.elapsed >= timeout { throw tooLate(capture) }
      } catch let error as AgentError where error.isTransient && line.elapsed < timeout {
        line.show("the agent does not answer, waiting for it")
      }
      try await Task.sleep(for: CaptureWait.interval)
    }
  }

  private func tooLate(_ capture: CaptureReport) -> CommandFailure {
    let time = Units.duration(seconds: timeout.inSeconds)
    return CommandFailure(
      .failed,
      "\(IncidentText.name(of: capture)) of \(incident) is not done after \(time); it goes on without us, "
        + "see: exhibit show \(incident)")
  }
}
