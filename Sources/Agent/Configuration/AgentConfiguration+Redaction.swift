package import Redaction

extension AgentConfiguration {
  /// What is redacted beside the built-in rules.
  package struct RedactionSettings: Equatable, Sendable {
    /// Folder of `*.yaml`; it need not exist.
    package var rulesDirectory = "/etc/exhibit/redaction.d"
    /// Files of secrets that are taken out wherever they stand.
    package var knownSecrets: [KnownSecretsEntry] = []
    /// What becomes of addresses and names.
    package var identities = IdentityPolicy()

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.absolutePath("rules_directory", into: &rulesDirectory)
      knownSecrets = section.sections("known_secrets", of: "files", KnownSecretsEntry.init) ?? knownSecrets
      section.section("identities") { identities.read($0) }
    }
  }

  /// A file of known secrets.
  package struct KnownSecretsEntry: Equatable, Sendable {
    /// Absolute, or `credential:NAME` for a file of `$CREDENTIALS_DIRECTORY`.
    package var file: String
    /// How it is written.
    package var format = SecretsFile.Format.lines

    /// An entry whose parts are right.
    package init(file: String, format: SecretsFile.Format = .lines) {
      self.file = file
      self.format = format
    }

    init?(_ section: Section) {
      let file = section.required("file", SecretsFile.checkPlace)
      var format = SecretsFile.Format.lines
      section.choice("format", into: &format)
      guard let file else { return nil }
      self.init(file: file, format: format)
    }
  }
}

extension IdentityPolicy {
  mutating func read(_ section: Section) {
    section.choice("emails", into: &emails)
    section.choice("addresses", into: &addresses)
    section.choice("hardware_addresses", into: &hardwareAddresses)
    section.choice("people", into: &persons)
    section.choice("host_names", into: &hostNames)
    section.choice("cards", into: &cards)
    section.choice("bank_accounts", into: &bankAccounts)
    people = section.list("names_of_people", of: "names", checkIdentity) ?? people
    hosts = section.list("names_of_hosts", of: "names", checkIdentity) ?? hosts
    requireNames(section, "people", persons, "names_of_people", people)
    requireNames(section, "host_names", hostNames, "names_of_hosts", hosts)
  }

  /// A treatment of names without a name would look like a protection and be none.
  private func requireNames(
    _ section: Section, _ key: String, _ treatment: Treatment, _ listKey: String, _ names: [String]
  ) {
    guard treatment != .keep, names.isEmpty else { return }
    section.report(key, "no name is known; list them in \"\(listKey)\", or write keep")
  }
}

/// A name of a person or a host: shorter ones stand in too many words.
private func checkIdentity(_ text: String) throws(Complaint) -> String {
  guard (3...128).contains(text.utf8.count) else {
    throw Complaint("\(quoted(text)) has \(text.utf8.count) bytes; write a name of 3 to 128")
  }
  return text
}
