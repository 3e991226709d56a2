internal import AsyncHTTPClient
internal import NIOCore

/// Waits for captures: told by the agent of every step, where it has a place for a listener, and else by asking.
struct CaptureWait {
  private static let interval = Duration.milliseconds(200)

  let client: AgentClient
  let incident: String
  let timeout: Duration

  /// Looks at the incident until `pending` finds no capture to wait for, and shows what that capture is doing.
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
        show(capture, on: &line)
        if line.elapsed >= timeout { throw tooLate(capture) }
        if await follow(capture, on: &line) { continue }
      } catch let error as AgentError where error.isTransient && line.elapsed < timeout {
        line.show("the agent does not answer, waiting for it")
      }
      try await Task.sleep(for: CaptureWait.interval)
    }
  }

  /// Shows the steps of a capture as the agent tells of them.
  ///
  /// - Returns: whether it came to its end. Whatever else ends it, asking goes on and says why.
  private func follow(_ capture: CaptureReport, on line: inout ProgressLine) async -> Bool {
    let left = max(.zero, timeout - line.elapsed)
    do {
      let response = try await client.events(
        of: capture.id, deadline: .now() + .nanoseconds(Int64(left.inSeconds * 1e9)))
      return try await withThrowingTaskGroup(of: Void.self) { group in
        // The agent goes on saying that the capture is queued: no deadline of the client's ends that.
        let (chunks, source) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        group.addTask {
          do {
            for try await chunk in response.body { source.yield(chunk) }
            source.finish()
          } catch {
            source.finish(throwing: error)
          }
        }
        group.addTask {
          try await Task.sleep(for: left)
          source.finish()
        }
        defer { group.cancelAll() }
        return try await follow(chunks, from: capture, on: &line)
      }
    } catch {
      return false
    }
  }

  private func follow(
    _ chunks: AsyncThrowingStream<ByteBuffer, any Error>, from capture: CaptureReport,
    on line: inout ProgressLine
  ) async throws -> Bool {
    var parser = EventParser()
    var latest = capture
    for try await chunk in chunks {
      for event in try parser.feed(chunk.readableBytesView) {
        latest = try event.decode(CaptureReport.self)
      }
      show(latest, on: &line)
      if latest.state.isFinal { return true }
    }
    return false
  }

  private func show(_ capture: CaptureReport, on line: inout ProgressLine) {
    let name = "\(IncidentText.name(of: capture)) of \(incident)"
    let waitsFor =
      capture.state == .queued ? capture.error.map { ", after \(DisplayText.sanitised($0))" } : nil
    let activity = capture.progress ?? capture.state.rawValue + (waitsFor ?? "")
    guard let done = capture.stepsDone, let total = capture.stepsTotal else {
      return line.show("\(name): \(activity)")
    }
    line.show(name, activity: activity, done: done, total: total)
  }

  private func tooLate(_ capture: CaptureReport) -> CommandFailure {
    let time = Units.duration(seconds: timeout.inSeconds)
    let reason = capture.error.map { " (\(DisplayText.sanitised($0)))" } ?? ""
    return CommandFailure(
      .failed,
      "\(IncidentText.name(of: capture)) of \(incident) is not done after \(time)\(reason); it goes on without "
        + "us, see: exhibit show \(incident)")
  }
}
