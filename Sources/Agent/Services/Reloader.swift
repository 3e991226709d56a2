internal import Capture
internal import Logging
internal import ServiceLifecycle
internal import Storage
internal import UnixSignals

/// Reads the configuration anew on SIGHUP. A file with an error changes nothing: the agent goes on as it was.
struct Reloader: Service {
  let factory: SettingsFactory
  let settings: CurrentSettings
  let notifier: SystemdNotifier
  let tls: TLSStore?
  let audit: Audit
  let logger: Logger
  let logRedaction: LogRedaction

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sighup)
    for await _ in signals.cancelOnGracefulShutdown() {
      notifier.reloading()
      await reload()
      notifier.ready()
    }
  }

  private func reload() async {
    do {
      let new = try await factory.make()
      if let tls, let files = new.configuration.listen.tls {
        try await DedicatedThread.run("exh-tls") { try tls.reload(files) }
      }
      let old = settings.value.configuration
      settings.replace(with: new)
      settings.announce(logger, logRedaction)
      audit.log.bound(to: new.configuration.audit.bounds)
      logger.notice("Reloaded the configuration", metadata: ["config.path": "\(factory.path)"])
      await audit.settle("config.reloaded", by: "agent", from: "local", subject: factory.path)
      if old.listen.needsRestart(to: new.configuration.listen)
        || old.stateDirectory != new.configuration.stateDirectory
        || old.logLevel != new.configuration.logLevel
        || old.capture.shutdownDeadline != new.configuration.capture.shutdownDeadline
      {
        logger.warning(
          "Changes of listen (but for users, certificates, requests and failures), state_directory, log_level and capture.shutdown_deadline take effect at the next start"
        )
      }
    } catch let errors as ConfigurationErrors {
      for problem in errors.problems {
        logger.error(
          "Kept the old configuration",
          metadata: [MessageID.key: "\(MessageID.reloadFailed)", "config.problem": "\(problem)"])
      }
      await audit.settle("config.refused", by: "agent", from: "local", subject: factory.path)
    } catch {
      logger.error("Kept the old configuration", metadata: ["error": "\(error)"])
    }
  }
}
