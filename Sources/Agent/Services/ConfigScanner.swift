internal import Capture
internal import ConfigHistory
internal import Evidence
internal import Logging
internal import Redaction
internal import ServiceLifecycle

/// Keeps the history of the configured paths, so that a capture can tell what changed *before* its incident: by
/// events where they come, and by looking at everything at the start and periodically.
struct ConfigScanner: Service {
  let watch: HistoryWatch
  private let logger: Logger

  /// - Throws: `ConfigHistoryError` when the process has no descriptor left.
  init(history: ChangeHistory, settings: CurrentSettings, metrics: AgentMetrics, logger: Logger) throws {
    let news = ConfigWatchNews(metrics: metrics, logger: logger)
    self.logger = logger
    watch = try HistoryWatch(
      history: history, settings: { WatchSettings(settings.value) }, tell: { news.report($0) })
  }

  func run() async throws {
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await DedicatedThread.run("exh-watch") { [watch] in watch.run() }
    } onCancelOrGracefulShutdown: { [watch] in
      watch.stop()
    }
  }
}

extension WatchSettings {
  init(_ settings: AgentSettings) {
    let configured = settings.configuration.configHistory
    self.init(scope: ConfigScope(settings.configuration), redactor: settings.redactor)
    isEnabled = configured.enabled
    preference = configured.watch
    pollInterval = configured.scanInterval
    rescanInterval = configured.rescanInterval
    maximumPending = configured.maxPending
    timeout = configured.timeout
    retentionSeconds = configured.retention / .seconds(1)
    maximumStoreBytes = configured.maxStore
  }
}

/// What the watch tells, as log lines and metrics.
private struct ConfigWatchNews: Sendable {
  let metrics: AgentMetrics
  let logger: Logger

  func report(_ news: WatchNews) {
    switch news {
    case .status(let status): report(status)
    case .scanned(let report, let isWhole, let took): scanned(report, isWhole: isWhole, took)
    case .counted(let counters):
      metrics.set("exhibit_config_watch_events_total", ["folder": "watched"], to: Double(counters.events))
      metrics.set("exhibit_config_watch_events_total", ["folder": "other"], to: Double(counters.foreign))
      metrics.set("exhibit_config_watch_overflows_total", to: Double(counters.overflows))
      metrics.set("exhibit_config_watch_cpu_seconds_total", to: counters.cpu / .seconds(1))
    case .overflow:
      logger.info("Events of the configuration were lost; looking at all of it")
    case .failed(let error):
      logger.error("Could not scan the configuration; trying again", metadata: ["error": "\(error)"])
    }
  }

  private func report(_ status: WatchStatus) {
    for mechanism in WatchMechanism.allCases {
      metrics.set(
        "exhibit_config_watch_active", ["mechanism": mechanism.rawValue],
        to: mechanism == status.mechanism ? 1 : 0)
    }
    metrics.set("exhibit_config_watch_folders", to: Double(status.folders))
    metrics.set("exhibit_config_watch_short", to: status.shortfall == nil ? 0 : 1)
    logger.log(
      level: status.shortfall == nil ? .info : .warning, "Watching the configuration",
      metadata: ["config.watch": "\(status.text)", "config.folders": "\(status.folders)"])
  }

  private func scanned(_ report: ScanReport, isWhole: Bool, _ took: Duration) {
    metrics.count("exhibit_config_scans_total", ["of": isWhole ? "everything" : "paths"])
    metrics.count("exhibit_config_versions_total", by: Double(report.changed))
    if isWhole {
      metrics.set("exhibit_config_scan_files", to: Double(report.files))
      metrics.set("exhibit_config_scan_seconds", to: took / .seconds(1))
    }
    logger.log(
      level: report.changed > 0 ? .info : .debug, "Scanned the configuration",
      metadata: [
        "config.files": "\(report.files)", "config.changed": "\(report.changed)",
        "config.gaps": "\(report.gaps.count)",
      ])
  }
}
