internal import Capture
internal import Deploys
internal import Redaction
internal import Signals
internal import Synchronization

/// Everything that a reload may change, as one value.
struct AgentSettings: Sendable {
  var configuration: AgentConfiguration
  var redactor: Redactor
  var tokens: [KnownToken]
  var sources: SourceRegistry
  /// Of the deploy sources that sign.
  var deploySecrets: [DeploySource: [Secret]]
  var collectors: [any Collector]
  /// Of the rules that narrow them, by the rule's name.
  var ruleCollectors: [String: [any Collector]] = [:]
  /// Keys the digests of signed bodies by which replays are told.
  var replayKey: RedactionKey

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

  func replace(with new: AgentSettings) {
    settings.withLock { $0 = new }
  }
}
