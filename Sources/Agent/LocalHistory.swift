package import ConfigHistory
internal import Foundation
package import Redaction

/// The config history of this host's agent, for commands that read it beside the agent.
package struct LocalHistory: Sendable {
  package let reader: HistoryReader
  /// By the rules of today, with the agent's own key.
  package let redactor: Redactor

  /// - Parameter configuration: of the agent: where its state folder is, and the rules of the site.
  /// - Throws: `ConfigHistoryError`, `RedactionKeyError` or `ConfigurationErrors`.
  package init(configuration: AgentConfiguration) throws {
    let folder = configuration.stateDirectory
    reader = try HistoryReader(databasePath: StateFolder.configHistory(in: folder))
    let keyPath = StateFolder.redactionKey(in: folder)
    guard let key = try RedactionKey.load(path: keyPath) else { throw MissingKey(path: keyPath) }
    redactor = Redactor(rules: try SettingsFactory.userRules(configuration).ruleSet(), key: key)
  }

  private struct MissingKey: Error, CustomStringConvertible {
    var path: String

    var description: String {
      "\(path): there is no such file, though there is a history; the agent makes one at its start"
    }
  }
}
