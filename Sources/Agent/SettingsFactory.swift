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
  private let memory = SecretMemory()

  init(
    path: String, redactionKey: RedactionKey, database: StateDatabase, history: ChangeHistory,
    observed: ObservedChanges
  ) {
    self.path = path
    self.redactionKey = redactionKey
    self.database = database
    self.history = history
    self.observed = observed
  }

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
    let userRules = try Self.userRules(configuration)
    let redaction = configuration.redaction
    let sources = try configuration.signals.registry()
    let deploySecrets = try Self.deploySecrets(configuration)
    // Our own secrets are known, too: they stand in the configuration of whoever signs with them.
    let own = (sources.secrets + deploySecrets.values.joined()).map(\.bytes)
    let found = memory.renew(known: try Self.knownSecrets(redaction) + own, key: redactionKey)
    let redactor = Redactor(rules: try userRules.ruleSet(), key: redactionKey).applying(redaction.identities)
      .collecting(into: found)
    let rules = configuration.signals.rules.map { ($0.name, collectors(configuration, $0, redactor)) }
    return AgentSettings(
      configuration: configuration,
      redactor: redactor,
      tokens: try Self.tokens(configuration),
      accounts: .ofHost(),
      sources: sources,
      deploySecrets: deploySecrets,
      collectors: collectors(configuration, nil, redactor),
      ruleCollectors: Dictionary(rules) { first, _ in first },
      replayKey: RedactionKey(bytes: redactionKey.derived(for: "signal replays")),
      warnings: userRules.warnings)
  }

  private func collectors(
    _ configuration: AgentConfiguration, _ rule: AgentConfiguration.SignalRule?, _ redactor: Redactor
  ) -> [any Collector] {
    let observed = observed
    return CollectorSet.make(configuration, rule: rule, database: database, history: history) {
      observed.look(ObserverSet.make(configuration), redactor: redactor, at: .now())
    }
  }

  /// The rules of the site.
  static func userRules(_ configuration: AgentConfiguration) throws -> UserRules {
    try UserRuleFile.loadAll(directory: configuration.redaction.rulesDirectory)
  }

  /// The secrets of all files of `redaction.known_secrets`.
  ///
  /// - Throws: `ConfigurationErrors` with what is wrong with any of the files: to go on without would leave secrets.
  static func knownSecrets(
    _ settings: AgentConfiguration.RedactionSettings
  ) throws(ConfigurationErrors) -> [[UInt8]] {
    var problems: [ConfigurationProblem] = []
    var secrets: [[UInt8]] = []
    for entry in settings.knownSecrets {
      do throws(Complaint) {
        let own = try SecretsFile.load(entry.file, entry.format)
        guard own.contains(where: { $0.count >= KnownSecrets.shortest }) else {
          throw Complaint(
            "it has no text of at least \(KnownSecrets.shortest) bytes; remove it, or see \"format\"")
        }
        secrets += own
        guard secrets.count <= secretLimit else {
          throw Complaint("more than \(secretLimit) secrets in all files; name fewer files")
        }
      } catch {
        problems.append(
          ConfigurationProblem(file: entry.file, key: "redaction.known_secrets", message: error.message))
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return secrets
  }

  /// With all forms of each they leave room for what is found.
  private static let secretLimit = 4096

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
        let token = KnownToken(name: entry.name, roles: entry.roles, secret: try TokenFile.load(entry))
        if let other = tokens.first(where: { $0.digest == token.digest }) {
          problems.append(
            ConfigurationProblem(
              file: entry.file, key: "token \(entry.name)",
              message:
                "it has the value of the token \(other.name), and so the roles of both; give it one of its own"
            ))
        }
        tokens.append(token)
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return tokens
  }
}
