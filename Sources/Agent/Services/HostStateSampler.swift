internal import Capture
internal import ConfigHistory
internal import Evidence
internal import Logging
internal import ServiceLifecycle

/// Looks at what no watched file holds, each scan interval: listening sockets, mounts, packages' configuration.
struct HostStateSampler: Service {
  let history: ChangeHistory
  let settings: CurrentSettings
  let metrics: AgentMetrics
  let logger: Logger
  /// Ends when the agent's own listeners are open: they are not to be missing in the first look and new in the next.
  var opening: AsyncStream<Never>?

  func run() async throws {
    await cancelWhenGracefulShutdown {
      if let opening { for await _ in opening {} }
    }
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      let current = settings.value
      if current.configuration.configHistory.enabled { await sample(current) }
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: current.configuration.configHistory.scanInterval) } catch { return }
      }
    }
  }

  private func sample(_ current: AgentSettings) async {
    let (history, metrics) = (history, metrics)
    let retention = current.configuration.configHistory.retention / .seconds(1)
    do {
      let seen = try await DedicatedThread.run("exh-sample") {
        let now = Timestamp.now()
        defer { metrics.count("exhibit_host_state_cpu_seconds_total", by: ThreadTime.now / .seconds(1)) }
        return try history.observeHost(
          redactor: current.redactor, at: now, olderThan: now.adding(seconds: -retention))
      }
      metrics.count("exhibit_host_state_samples_total")
      logger.log(
        level: seen.changed > 0 ? .info : .debug, "Looked at the host's state",
        metadata: ["config.changed": "\(seen.changed)", "config.gaps": "\(seen.gaps.count)"])
    } catch {
      logger.error("Could not store the host's state; trying again", metadata: ["error": "\(error)"])
    }
  }
}
