internal import Capture
internal import ConfigHistory
internal import Deploys
internal import Evidence
internal import Foundation
internal import Redaction
internal import Signals
internal import Storage

/// Makes the settings in force from the configuration file and what it names: tokens, rules, collectors.
struct SettingsFactory: Sendable {
  /// Of the configuration file.
  let path: String
  let redactionKey: RedactionKey
  let database: StateDatabase
  let history: ChangeHistory
  let observed: ObservedChanges

  /// Reads the file. On a thread of its own: tokens and rules are files too.
  ///
  /// - Throws: `ConfigurationErrors` with everything that is wrong.
  func make() async throws -> AgentSettings {
    let factory = self
    return try await DedicatedThread.run("exh-config") {
      try factory.make(AgentConfiguration.load(path: factory.path))
    }
  }

  /// See `make()`.
  func make(_ configuration: AgentConfiguration) throws -> AgentSettings {
    let redactor = Redactor(rules: try Self.rules(configuration), key: redactionKey)
    let rules = configuration.signals.rules.map { ($0.name, collectors(configuration, $0, redactor)) }
    return AgentSettings(
      configuration: configuration,
      redactor: redactor,
      tokens: try Self.tokens(configuration),
      sources: try configuration.signals.registry(),
      deploySecrets: try Self.deploySecrets(configuration),
      collectors: collectors(configuration, nil, redactor),
      ruleCollectors: Dictionary(rules) { first, _ in first },
      replayKey: RedactionKey(bytes: redactionKey.derived(for: "signal replays")))
  }

  private func collectors(
    _ configuration: AgentConfiguration, _ rule: AgentConfiguration.SignalRule?, _ redactor: Redactor
  ) -> [any Collector] {
    let observed = observed
    return CollectorSet.make(configuration, rule: rule, database: database, history: history) {
      observed.look(ObserverSet.make(configuration), redactor: redactor, at: .now())
    }
  }

  /// The built-in rules and those of the site.
  static func rules(_ configuration: AgentConfiguration) throws -> RuleSet {
    try UserRuleFile.loadAll(directory: configuration.redaction.rulesDirectory).ruleSet()
  }

  /// - Throws: `ConfigurationErrors` with what is wrong with any of the files.
  static func deploySecrets(
    _ configuration: AgentConfiguration
  ) throws(ConfigurationErrors) -> [DeploySource: [Secret]] {
    var problems: [ConfigurationProblem] = []
    var secrets: [DeploySource: [Secret]] = [:]
    for webhook in configuration.deploys.webhooks {
      for file in webhook.secrets {
        let name = "of deploys.webhooks, \(webhook.source.rawValue)"
        do throws(ConfigurationErrors) {
          let secret = Secret(try TokenFile.load(.init(name: name, roles: [], file: file)))
          if let problem = webhook.source.signatureScheme?.problem(of: secret) {
            problems.append(ConfigurationProblem(file: file, key: "token \(name)", message: problem))
          }
          secrets[webhook.source, default: []].append(secret)
        } catch {
          problems += error.problems
        }
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return secrets
  }

  /// - Throws: `ConfigurationErrors` with what is wrong with any of the files.
  static func tokens(_ configuration: AgentConfiguration) throws(ConfigurationErrors) -> [KnownToken] {
    var problems: [ConfigurationProblem] = []
    var tokens: [KnownToken] = []
    for entry in configuration.tokens {
      do throws(ConfigurationErrors) {
        tokens.append(KnownToken(name: entry.name, roles: entry.roles, secret: try TokenFile.load(entry)))
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return tokens
  }
}
