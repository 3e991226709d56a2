internal import Evidence
internal import Logging
internal import ServiceLifecycle

/// Says when the host's clock was set: what came before and what comes after have times that overlap, or are apart.
struct ClockWatch: Service {
  /// Between two looks.
  private static let interval = Duration.seconds(5)
  /// Seconds; less is the clock being steered.
  private static let threshold = 1.0

  let metrics: AgentMetrics
  let logger: Logger
  /// See `Timestamp.booted()`.
  var bootedAt: @Sendable () -> Timestamp = { .booted() }

  func run() async throws {
    var known = bootedAt()
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      known = look(since: known)
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: Self.interval) } catch { return }
      }
    }
  }

  /// - Parameter known: when the host was booted, by the clock at the last look.
  /// - Returns: the same by the clock of now.
  func look(since known: Timestamp) -> Timestamp {
    let now = bootedAt()
    let step = now.seconds(since: known)
    guard abs(step) >= Self.threshold else { return now }
    metrics.count("exhibit_clock_steps_total", ["direction": step < 0 ? "back" : "forward"])
    logger.warning(
      step < 0
        ? "The clock was set back: times overlap, windows that span it are longer by as much, nothing is lost"
        : "The clock was set forward: no evidence has the times between",
      metadata: ["clock.step_seconds": "\((step * 1000).rounded() / 1000)"])
    return now
  }
}
