internal import Bundle
internal import Capture
internal import ConfigHistory
internal import Evidence
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import Redaction
internal import ServiceLifecycle
internal import Storage
internal import UnixSignals

/// The daemon: from a configuration file to running services.
package struct Daemon: Sendable {
  private let configuration: AgentConfiguration
  private let path: String
  private let logger: Logger
  private let logRedaction: LogRedaction

  /// - Parameters:
  ///   - configuration: what the file said at the start.
  ///   - path: of the file, for reloads.
  ///   - logger: where the agent logs.
  ///   - logRedaction: what `logger` writes passes it; it gets the host's rules and key.
  package init(configuration: AgentConfiguration, path: String, logger: Logger, logRedaction: LogRedaction) {
    self.configuration = configuration
    self.path = path
    self.logger = logger
    self.logRedaction = logRedaction
  }

  /// Reads everything that the configuration names, and starts nothing.
  ///
  /// - Returns: what is wrong with rules that the agent leaves out, in files with `strict: false`.
  /// - Throws: `ConfigurationErrors` with every problem: each part is read, whatever is wrong with the others.
  package static func check(_ configuration: AgentConfiguration) throws -> [ConfigurationProblem] {
    var problems: [ConfigurationProblem] = []
    var warnings: [ConfigurationProblem] = []
    let parts: [() throws -> Void] = [
      {
        let rules = try SettingsFactory.userRules(configuration)
        _ = try rules.ruleSet()
        warnings = rules.warnings
      },
      { _ = try SettingsFactory.knownSecrets(configuration.redaction) },
      { _ = try SettingsFactory.tokens(configuration) },
      { _ = try configuration.signals.registry() },
      { _ = try SettingsFactory.deploySecrets(configuration) },
      { _ = try configuration.listen.tls.map { try TLSStore($0) } },
    ]
    for read in parts {
      do {
        try read()
      } catch let errors as ConfigurationErrors {
        problems += errors.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return warnings
  }

  /// Runs until SIGTERM or SIGINT.
  ///
  /// - Throws: `ConfigurationErrors`, or what keeps the agent from starting: a locked or unwritable state
  ///   folder, an address in use.
  package func run() async throws {
    let notifier = SystemdNotifier(logger: logger)
    notifier.status("Starting")
    let folder = try StateFolder(path: configuration.stateDirectory)
    let metrics = AgentMetrics()
    let reserve = DiskReserve(path: folder.reserve, bundles: folder.bundles, metrics: metrics, logger: logger)
    try reserve.makeStartPossible()
    let recovery = StateRecovery(folder: folder, logger: logger)
    let database = try await recovery.open(at: .now()) { await reserve.giveBackApart() }
    let redactionKey = try folder.redactionKey()
    let history = try recovery.openHistory(key: redactionKey.derived(for: "config history"), at: .now())
    let observed = ObservedChanges(database: database, metrics: metrics, logger: logger)
    let factory = SettingsFactory(
      path: path, redactionKey: redactionKey, database: database, history: history, observed: observed)
    let settings = CurrentSettings(try factory.make(configuration))
    let (auditLog, auditRestart) = try recovery.openAudit(bounds: configuration.audit.bounds, at: .now())
    let audit = Audit(log: auditLog, settings: settings, metrics: metrics, logger: logger)
    if let auditRestart { await audit.restarted(auditRestart) }
    settings.announce(logger, logRedaction)
    let interrupted = try await database.requeueInterrupted(at: .now())
    if !interrupted.queued.isEmpty {
      logger.notice("Making interrupted captures anew", metadata: ["captures": "\(interrupted.queued.count)"])
    }
    for id in interrupted.failed {
      logger.error(
        "A capture that the agent died of time and again is kept as failed", metadata: ["bundle.id": "\(id)"])
    }
    let parts = try assemble(folder, database, reserve, history, settings, metrics, observed, audit)
    try await serve(parts, factory: factory, settings: settings, notifier: notifier)
    // The lock is held until here.
    withExtendedLifetime(folder) {}
  }

  private struct Parts {
    var api: API
    var worker: CaptureWorker
    var freezes: JournalFreezes
    var retention: Retention
    var scanner: ConfigScanner
    var sampler: HostStateSampler
    var observer: ObserverService
    var dropFolder: DropFolder
    var triggers: LocalTriggers
    var tls: TLSStore?
  }

  private func assemble(
    _ folder: StateFolder, _ database: StateDatabase, _ reserve: DiskReserve, _ history: ChangeHistory,
    _ settings: CurrentSettings, _ metrics: AgentMetrics, _ observed: ObservedChanges, _ audit: Audit
  ) throws -> Parts {
    let progress = CaptureProgress()
    let host = HostFacts.current()
    let retention = Retention(
      database: database, bundles: folder.bundles, settings: settings, reserve: reserve, logger: logger,
      audit: audit)
    let environment = CaptureEnvironment(
      collectors: [], redactor: settings.value.redactor,
      sealingKey: try folder.sealingKey(host: host.hostname),
      host: host, bundleFolder: folder.bundles.path, workFolder: folder.work,
      compression: configuration.bundles.compression, stuck: StuckCollectors(),
      clock: { Timestamp.now() }, logger: logger)
    let freezes = JournalFreezes(
      database: database, folder: folder.freezes, settings: settings, metrics: metrics, logger: logger)
    let worker = CaptureWorker(
      database: database, bundles: folder.bundles, environment: environment, settings: settings,
      retention: retention, freezes: freezes, progress: progress, metrics: metrics, logger: logger,
      audit: audit)
    let intake = SignalIntake(
      database: database, settings: settings, worker: worker, freezes: freezes, metrics: metrics)
    let deploys = DeployIntake(database: database, settings: settings, metrics: metrics)
    let scanner = try ConfigScanner(history: history, settings: settings, metrics: metrics, logger: logger)
    return Parts(
      api: API(
        database: database, bundles: folder.bundles, intake: intake, deploys: deploys, settings: settings,
        progress: progress, metrics: metrics, audit: audit,
        tokens: try TokenStore(database: database, logger: logger), watch: scanner.watch),
      worker: worker, freezes: freezes, retention: retention, scanner: scanner,
      sampler: HostStateSampler(history: history, settings: settings, metrics: metrics, logger: logger),
      observer: ObserverService(changes: observed, settings: settings),
      dropFolder: DropFolder(
        intake: deploys, settings: settings, metrics: metrics, audit: audit, logger: logger),
      triggers: LocalTriggers(
        database: database, settings: settings, intake: intake, metrics: metrics, audit: audit, logger: logger
      ),
      tls: try configuration.listen.tls.map { try TLSStore($0) })
  }

  private func serve(
    _ parts: Parts, factory: SettingsFactory, settings: CurrentSettings, notifier: SystemdNotifier
  ) async throws {
    let (opening, opened) = AsyncStream<Never>.makeStream()
    let listen = configuration.listen
    let readiness = Readiness(doors: listen.http == nil ? 1 : 2) {
      opened.finish()
      notifier.ready()
      notifier.status("Waiting for signals")
      logger.notice(
        "The agent is ready",
        metadata: [
          "agent.version": "\(ExhibitVersion.current)", "listen.socket": "\(listen.socket)",
          "listen.http": "\(listen.http.map { "\($0)" } ?? "off")",
        ])
    }
    var sampler = parts.sampler
    sampler.opening = opening
    var services: [any Service] = [
      WatchdogService(notifier: notifier, logger: logger) { await isHealthy(parts.api.database) },
      parts.freezes, parts.retention, parts.scanner, sampler, parts.observer, parts.dropFolder,
      parts.triggers, parts.worker, ClockWatch(metrics: parts.api.metrics, logger: logger),
      StopNotice(notifier: notifier),
    ]
    if let tls = parts.tls {
      services.append(TLSWatch(store: tls, audit: parts.api.audit, logger: logger))
    }
    services.append(
      Reloader(
        factory: factory, settings: settings, notifier: notifier, tls: parts.tls, audit: parts.api.audit,
        logger: logger, logRedaction: logRedaction))
    let doors = Doors(api: parts.api, listen: configuration.listen, logger: quietLogger)
    if let address = configuration.listen.http {
      services.append(doors.network(address, tls: parts.tls) { _ in await readiness.opened() })
    }
    services.append(try doors.socket { _ in await readiness.opened() })
    var group = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
    group.maximumGracefulShutdownDuration = configuration.capture.shutdownDeadline
    try await ServiceGroup(configuration: group).run()
    logger.notice("The agent has stopped")
  }

  /// The libraries' own log lines, from warnings on.
  private var quietLogger: Logger {
    var logger = logger
    logger.logLevel = max(.warning, logger.logLevel)
    return logger
  }
}

/// Whether what the agent is for would work now: the database answers.
private func isHealthy(_ database: StateDatabase) async -> Bool {
  do {
    try await database.ping()
    return true
  } catch {
    return false
  }
}

/// Tells systemd when the agent begins to stop.
private struct StopNotice: Service {
  let notifier: SystemdNotifier

  func run() async throws {
    try await gracefulShutdown()
    notifier.stopping()
  }
}

/// Says once that all doors are open.
private actor Readiness {
  private var closed: Int
  private let whenOpen: @Sendable () -> Void

  init(doors: Int, whenOpen: @escaping @Sendable () -> Void) {
    closed = doors
    self.whenOpen = whenOpen
  }

  func opened() {
    closed -= 1
    if closed == 0 { whenOpen() }
  }
}
