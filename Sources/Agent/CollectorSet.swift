internal import Capture
internal import ConfigHistory
internal import Journal
internal import Storage

/// The collectors that a configuration asks for: one line each.
enum CollectorSet {
  static func make(
    _ configuration: AgentConfiguration, database: StateDatabase, history: ChangeHistory
  ) -> [any Collector] {
    let journal = configuration.journal
    let config = configuration.configHistory
    let deploys = configuration.deploys
    let packages = configuration.packages
    // Most volatile first (RFC 3227).
    let all: [(enabled: Bool, collector: any Collector)] = [
      (
        journal.enabled,
        JournalCollector(JournalProfile(journal), limits: limits(journal.timeout, journal.maxBytes))
      ),
      (
        config.enabled,
        ConfigCollector(
          history: history, scope: ConfigScope(configuration), limits: limits(config.timeout, config.maxBytes)
        )
      ),
      (
        deploys.enabled,
        DeployCollector(limits: limits(deploys.timeout, deploys.maxBytes)) {
          try database.deployDocuments(in: $0)
        }
      ),
      (
        packages.enabled,
        PackageCollector(
          aptHistory: packages.aptHistory, dpkgLog: packages.dpkgLog,
          limits: limits(packages.timeout, packages.maxBytes))
      ),
    ]
    return all.filter(\.enabled).map(\.collector)
  }

  private static func limits(_ timeout: Duration, _ bytes: Int) -> CollectorLimits {
    CollectorLimits(seconds: timeout / .seconds(1), bytes: bytes)
  }
}

extension JournalProfile {
  init(_ settings: AgentConfiguration.JournalSettings) {
    self.init()
    units = settings.units
    priority = settings.priority.isEmpty ? nil : JournalPriority(settings.priority)
    boots = settings.boots
    fields = settings.fields
    reader = settings.reader
    directory = settings.directory.isEmpty ? nil : settings.directory
    threads = settings.threads
    cacheBytes = settings.cache
  }
}

extension ConfigScope {
  /// The agent's own state is never watched: storing a change of it would be the next change.
  init(_ configuration: AgentConfiguration) {
    let settings = configuration.configHistory
    self.init(
      paths: settings.paths, exclude: settings.exclude + [configuration.stateDirectory],
      secretPaths: settings.secretPaths,
      maximumFileBytes: settings.maxFile, maximumFiles: settings.maxFiles)
  }
}
