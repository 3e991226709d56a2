internal import Capture
internal import ConfigHistory
internal import Evidence
internal import Logging
internal import Redaction
internal import ServiceLifecycle

/// Scans the configured paths at the start and periodically, so that a capture can tell what changed *before*
/// its incident.
struct ConfigScanner: Service {
  let history: ChangeHistory
  let settings: CurrentSettings
  let metrics: AgentMetrics
  let logger: Logger

  func run() async throws {
    // What this process has not read it cannot look for elsewhere; see `FoundSecrets`.
    var isFirst = true
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      let current = settings.value
      if current.configuration.configHistory.enabled {
        await scan(current, readsAll: isFirst)
        isFirst = false
      }
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: current.configuration.configHistory.scanInterval) } catch { return }
      }
    }
  }

  func scan(_ current: AgentSettings, readsAll: Bool) async {
    let history = history
    let configured = current.configuration.configHistory
    let stop = StopFlag()
    do {
      let report = try await withGracefulShutdownHandler {
        try await DedicatedThread.run("exh-scan") {
          let deadline = ContinuousClock.now.advanced(by: configured.timeout)
          let report = try history.scan(
            ConfigScope(configured), redactor: current.redactor, at: .now(), readsAll: readsAll
          ) {
            stop.isRaised || ContinuousClock.now >= deadline
          }
          let cut = Timestamp.now().adding(seconds: -(configured.retention / .seconds(1)))
          _ = try history.prune(olderThan: cut, maximumBytes: configured.maxStore)
          return report
        }
      } onGracefulShutdown: {
        stop.raise()
      }
      metrics.count(report.redactions)
      metrics.set("exhibit_config_scan_files", to: Double(report.files))
      logger.log(
        level: report.changed > 0 ? .info : .debug, "Scanned the configuration",
        metadata: [
          "config.files": "\(report.files)", "config.changed": "\(report.changed)",
          "config.gaps": "\(report.gaps.count)",
        ])
    } catch {
      logger.error("Could not scan the configuration; trying again", metadata: ["error": "\(error)"])
    }
  }
}
