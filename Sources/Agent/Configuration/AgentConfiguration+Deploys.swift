package import Deploys

extension AgentConfiguration {
  /// The ledger of deploys, and its share of a bundle.
  package struct DeploySettings: Equatable, Sendable {
    /// Whether captures have this part; switched off it is no gap.
    package var enabled = true
    /// Senders that prove themselves by a signature rather than by a token; sources are unique.
    package var webhooks: [DeployWebhook] = []
    /// Absolute path of a folder from which deploys are taken; empty for none.
    package var dropFolder = ""
    /// How long the collector may take in one capture.
    package var timeout = Duration.seconds(10)
    /// Bytes after redaction, before compression.
    package var maxBytes = 64 << 20

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.bool("enabled", into: &enabled)
      var sources: Set<DeploySource> = []
      webhooks =
        section.sections("webhooks", of: "webhooks") { DeployWebhook($0, sources: &sources) } ?? webhooks
      section.absolutePath("drop_folder", into: &dropFolder, allowEmpty: true)
      section.duration("timeout", into: &timeout, in: .seconds(1) ... .hours(1))
      section.size("max_bytes", into: &maxBytes, in: .mebibytes(1) ... .gibibytes(1024))
    }
  }

  /// What the host itself shows of changes: containers, kernel, system image.
  package struct ObservedSettings: Equatable, Sendable {
    /// Whether captures have this part; switched off it is no gap.
    package var enabled = true
    /// How often the host is looked at; each capture looks, too.
    package var interval = Duration.seconds(60)
    /// Whether the journal is looked through for podman's events.
    package var podman = true
    /// Absolute path of Docker's socket; empty for none. Who may use it is root.
    package var dockerSocket = ""
    /// How long the collector may take in one capture.
    package var timeout = Duration.seconds(15)
    /// Bytes after redaction, before compression.
    package var maxBytes = 16 << 20

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.bool("enabled", into: &enabled)
      section.duration("interval", into: &interval, in: .seconds(5) ... .days(1))
      section.bool("podman", into: &podman)
      section.absolutePath("docker_socket", into: &dockerSocket, allowEmpty: true, limit: 107)
      section.duration("timeout", into: &timeout, in: .seconds(1) ... .hours(1))
      section.size("max_bytes", into: &maxBytes, in: .mebibytes(1) ... .gibibytes(1024))
    }
  }

  /// A source of deploys that signs, and where its secrets are.
  package struct DeployWebhook: Equatable, Sendable {
    /// Secrets of one source: the old and the new one while they are changed, and a few to spare.
    private static let secretLimit = 8

    /// Whose signature scheme it is.
    package var source: DeploySource
    /// Files, absolute or relative to `$CREDENTIALS_DIRECTORY`; any one of their secrets is good.
    package var secrets: [String]

    /// A webhook whose parts are right.
    package init(source: DeploySource, secrets: [String]) {
      self.source = source
      self.secrets = secrets
    }

    /// `nil` where something of it was missing or wrong: the problem is reported.
    init?(_ section: Section, sources: inout Set<DeploySource>) {
      if !section.has("secrets") { section.reportMissing("secrets") }
      let source = section.required("source", Self.checkSource)
      let secrets = section.list("secrets", of: "files", allowEmpty: false, TokenEntry.checkFile)
      guard let source, let secrets else { return nil }
      if !sources.insert(source).inserted {
        section.report(
          "source", "\(quoted(source.rawValue)) is there twice; name all its secrets in one place")
      }
      if secrets.count > Self.secretLimit {
        section.report(
          "secrets", "has \(secrets.count) secrets, of which \(Self.secretLimit) are allowed; remove old ones"
        )
      }
      self.init(source: source, secrets: secrets)
    }

    private static func checkSource(_ text: String) throws(Complaint) -> DeploySource {
      let source = try oneOf(DeploySource.self)(text)
      guard source.signatureScheme != nil else {
        throw Complaint("\(quoted(text)) has no signature; give it a token with the role \"deploy\" instead")
      }
      return source
    }
  }
}
