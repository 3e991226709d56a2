/// How often a capture is tried, and when again.
package struct RetryPolicy: Hashable, Sendable {
  /// Attempts that may fail before the capture is kept as failed. Waits for a full disk do not count.
  package var failures = 3
  /// Deaths of the agent during a capture before that capture is kept as failed: one that kills the agent must not do
  /// so for ever, and an agent that is killed for other reasons must not lose it.
  package var interruptions = 10
  /// Seconds before the first retry; doubled for each further one, to at most `longestDelay`.
  package var firstDelay = 5.0
  package var longestDelay = 300.0

  /// Deaths after which a capture is made anew at once: an upgrade or a reboot is no reason to wait.
  private static let freeInterruptions = 2

  package init(failures: Int = 3) {
    self.failures = failures
  }

  /// - Parameter tries: that ended without a bundle, at least one.
  /// - Returns: seconds until the next.
  package func delay(after tries: Int) -> Double {
    min(longestDelay, firstDelay * Double(1 << min(max(0, tries - 1), 20)))
  }

  /// - Parameter interruptions: so far.
  /// - Returns: seconds until the capture is made anew: others get their turn before one that may be the cause.
  func delay(afterInterruptions interruptions: Int) -> Double {
    interruptions <= Self.freeInterruptions ? 0 : delay(after: interruptions - Self.freeInterruptions)
  }
}
