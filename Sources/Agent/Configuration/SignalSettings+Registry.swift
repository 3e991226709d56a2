internal import Signals

extension AgentConfiguration.SignalSettings {
  /// The sources, with the secrets that their files hold now.
  ///
  /// - Throws: `ConfigurationErrors` with what is wrong with any of the files.
  func registry() throws(ConfigurationErrors) -> SourceRegistry {
    var problems: [ConfigurationProblem] = []
    var registered: [RegisteredSource] = []
    for entry in sources {
      do throws(ConfigurationErrors) {
        let source = source(of: entry)
        registered.append(
          RegisteredSource(
            source, scheme: entry.scheme, secrets: try secrets(of: entry, for: entry.scheme ?? source.scheme))
        )
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return SourceRegistry(registered + [RegisteredSource(.generic(generic))])
  }

  /// The same without secrets, for those who only read a body.
  func registryWithoutSecrets() -> SourceRegistry {
    SourceRegistry(
      sources.map { RegisteredSource(source(of: $0), scheme: $0.scheme) }
        + [RegisteredSource(.generic(generic))])
  }

  private func source(of entry: AgentConfiguration.SignalSourceEntry) -> SignalSource {
    // The parser has let no other types in.
    let row = entry.type == "generic" ? nil : SourceTable[entry.type]
    return (row ?? .generic(entry.fields)).named(entry.name)
  }

  private func secrets(
    of entry: AgentConfiguration.SignalSourceEntry, for scheme: SignatureScheme
  ) throws(ConfigurationErrors) -> [Secret] {
    var secrets: [Secret] = []
    for file in entry.secrets {
      let owner = "source \(entry.name)"
      let secret = Secret(try TokenFile.secret(file, of: owner))
      if let problem = scheme.problem(of: secret) {
        throw ConfigurationErrors(problems: [ConfigurationProblem(file: file, key: owner, message: problem)])
      }
      secrets.append(secret)
    }
    return secrets
  }
}
