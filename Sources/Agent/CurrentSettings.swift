internal import Capture
internal import ConfigHistory
internal import Deploys
internal import Logging
internal import Redaction
internal import Signals
internal import Synchronization

/// What the redactors of this process have found so far, from one reload to the next.
final class SecretMemory: Sendable {
  private let latest = Mutex<FoundSecrets?>(nil)

  /// The memory goes on in a new one, which also holds these secrets.
  func renew(known: [[UInt8]], key: RedactionKey) -> FoundSecrets {
    latest.withLock { latest in
      let new = FoundSecrets(known: known, key: key, after: latest)
      latest = new
      return new
    }
  }
}

/// Everything that a reload may change, as one value.
struct AgentSettings: Sendable {
  var configuration: AgentConfiguration
  var redactor: Redactor
  var tokens: [KnownToken]
  /// Of the host, as they were at the start or the latest reload.
  var accounts: AccountNames
  var sources: SourceRegistry
  /// Of the deploy sources that sign.
  var deploySecrets: [DeploySource: [Secret]]
  var collectors: [any Collector]
  /// Of the rules that narrow them, by the rule's name.
  var ruleCollectors: [String: [any Collector]] = [:]
  /// Keys the digests of signed bodies by which replays are told.
  var replayKey: RedactionKey
  /// Rules of redaction that were left out, in files with `strict: false`.
  var warnings: [ConfigurationProblem]

  /// What captures of an incident under `rule` take.
  func collectors(under rule: AgentConfiguration.SignalRule?) -> [any Collector] {
    rule.flatMap { ruleCollectors[$0.name] } ?? collectors
  }
}

/// The settings in force. A reload replaces them whole; whoever is at work keeps those that it began with.
final class CurrentSettings: Sendable {
  private let settings: Mutex<AgentSettings>

  init(_ initial: AgentSettings) {
    settings = Mutex(initial)
  }

  var value: AgentSettings { settings.withLock { $0 } }

  /// Says what was left out of the settings in force, and lets them redact the log.
  func announce(_ logger: Logger, _ logRedaction: LogRedaction) {
    let settings = value
    logRedaction.use(settings.redactor)
    for problem in settings.warnings {
      logger.warning("Left out a redaction rule", metadata: ["config.problem": "\(problem)"])
    }
  }

  func replace(with new: AgentSettings) {
    settings.withLock { $0 = new }
  }
}
