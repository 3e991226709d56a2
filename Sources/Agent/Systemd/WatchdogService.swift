package import Logging
internal import ServiceLifecycle

/// Tells systemd twice in each watchdog interval that the agent is alive, if it is.
///
/// Services are stopped last to first: put this one first, so that it lives while the others finish.
package struct WatchdogService: Service {
  private let notifier: SystemdNotifier
  private let interval: Duration?
  private let logger: Logger
  private let isHealthy: @Sendable () async -> Bool

  /// `interval` is systemd's limit; `nil` where it has none, and there is nothing to do. `isHealthy` is asked
  /// before each message; no answer within a quarter of the interval is a no.
  package init(
    notifier: SystemdNotifier, interval: Duration? = SystemdNotifier.watchdogInterval, logger: Logger,
    isHealthy: @escaping @Sendable () async -> Bool
  ) {
    self.notifier = notifier
    self.interval = interval
    self.logger = logger
    self.isHealthy = isHealthy
  }

  /// Returns on graceful shutdown.
  package func run() async throws {
    guard let interval else {
      try await gracefulShutdown()
      return
    }
    do {
      try await cancelWhenGracefulShutdown { try await report(each: interval) }
    } catch is CancellationError {
      return
    }
  }

  private func report(each interval: Duration) async throws {
    while true {
      if try await isHealthy(within: interval / 4) { notifier.alive() }
      try await Task.sleep(for: interval / 2)
    }
  }

  private func isHealthy(within limit: Duration) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask { await isHealthy() }
      group.addTask {
        try await Task.sleep(for: limit)
        return false
      }
      let answer = try await group.next() ?? false
      // Said here: a check that ignores its cancellation keeps the group open, and systemd's limit ends it.
      if !answer { logger.error("Not healthy, systemd's watchdog is not told that the agent is alive") }
      group.cancelAll()
      return answer
    }
  }
}
