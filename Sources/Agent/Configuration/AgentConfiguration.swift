package import Logging

/// What `/etc/exhibit/exhibit.yaml` says. The initial values are the defaults: `AgentConfiguration()` is the
/// empty file, and `config/exhibit.yaml` explains every setting with its unit and its limits.
package struct AgentConfiguration: Equatable, Sendable {
  /// Absolute path of the folder of the database, the keys and the bundles.
  package var stateDirectory = "/var/lib/exhibit"
  /// The doors of the agent.
  package var listen = Listen()
  /// Who may speak to the HTTP listener; names are unique.
  package var tokens: [TokenEntry] = []
  /// Incident signals: who sends them, and what comes of them.
  package var signals = SignalSettings()
  /// What makes several signals one incident.
  package var incidents = IncidentSettings()
  /// What this host takes for an incident without being told.
  package var triggers = TriggerSettings()
  /// What every capture has in common.
  package var capture = CaptureSettings()
  /// Logs.
  package var journal = JournalSettings()
  /// Changes of configuration files.
  package var configHistory = ConfigHistorySettings()
  /// Recorded deploys.
  package var deploys = DeploySettings()
  /// What the host itself shows of changes.
  package var observed = ObservedSettings()
  /// Installed, upgraded and removed packages.
  package var packages = PackageSettings()
  /// Rules beside the built-in ones.
  package var redaction = RedactionSettings()
  /// Finished bundles.
  package var bundles = BundleSettings()
  /// Who did what with the evidence.
  package var audit = AuditSettings()
  /// Least severe level that the agent logs.
  package var logLevel = Logger.Level.info

  /// The defaults.
  package init() {}

  mutating func read(_ section: Section) {
    section.absolutePath("state_directory", into: &stateDirectory)
    section.section("listen") { listen.read($0) }
    var names: Set<String> = []
    tokens = section.sections("tokens", of: "tokens") { TokenEntry($0, names: &names) } ?? tokens
    section.section("signals") { signals.read($0) }
    section.section("incidents") { incidents.read($0) }
    section.section("triggers") { triggers.read($0) }
    section.section("capture") { capture.read($0) }
    section.section("journal") { journal.read($0) }
    section.section("config_history") { configHistory.read($0) }
    section.section("deploys") { deploys.read($0) }
    section.section("observed") { observed.read($0) }
    section.section("packages") { packages.read($0) }
    section.section("redaction") { redaction.read($0) }
    section.section("bundles") { bundles.read($0) }
    section.section("audit") { audit.read($0) }
    section.choice("log_level", into: &logLevel)
  }
}

extension AgentConfiguration {
  /// One bearer token of the HTTP listener: who it is, what it may do, and where its value is.
  package struct TokenEntry: Equatable, Sendable {
    /// Unique, `[A-Za-z0-9._-]`, at most 64 bytes; audit lines have it.
    package var name: String
    /// At least one.
    package var roles: Set<TokenRole>
    /// Absolute, or relative to `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    package var file: String

    /// An entry whose parts are right.
    package init(name: String, roles: Set<TokenRole>, file: String) {
      self.name = name
      self.roles = roles
      self.file = file
    }

    /// `nil` where something of it was missing or wrong: the problem is reported. `names` are those of the
    /// tokens so far: audit lines tell tokens apart by their names.
    init?(_ section: Section, names: inout Set<String>) {
      if !section.has("roles") { section.reportMissing("roles") }
      let name = section.required("name", TokenEntry.checkName)
      let roles = section.list("roles", of: "roles", allowEmpty: false, oneOf(TokenRole.self))
      let file = section.required("file", TokenEntry.checkFile)
      guard let name, let roles, let file else { return nil }
      if !names.insert(name).inserted {
        section.report("name", "\(quoted(name)) is the name of another token; give each its own name")
      }
      self.init(name: name, roles: Set(roles), file: file)
    }
  }
}

/// What the bearer of a token may do.
package enum TokenRole: String, CaseIterable, Sendable {
  /// Open, update and resolve incidents by `POST /v1/signals/…`.
  case signal
  /// Record deploys by `POST /v1/deploys/…`.
  case deploy
  /// Read incidents and bundles.
  case read
  /// Everything, captures by hand included.
  case admin
}
