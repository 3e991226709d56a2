internal import ArgumentParser
internal import Bundle
internal import Evidence

struct PullCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Download a bundle and verify it.",
    discussion: """
      Takes an incident, whose newest bundle it pulls, or the id of one bundle. An interrupted download goes on \
      where it stopped. The file gets its name only when its SHA-256 is right and it is a sound bundle.

      Examples:
        exhibit pull INC-1
        exhibit pull INC-1 --wait -o /evidence/
        exhibit pull 01KB3Z0000000000000000TEST \\
          --server https://web-1:9464 --token-file ~/.exhibit-token
      """)

  @Argument(help: ArgumentHelp("An incident's id, or a bundle's.", valueName: "incident|bundle-id"))
  var target: String

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("File or folder to write to (default: the bundle's name, here).", valueName: "path"),
    completion: .file())
  var output: String?

  @Flag(name: .long, help: "Wait for the captures of the incident that are not done yet.")
  var wait = false

  @Option(name: .long, help: ArgumentHelp("How long to wait for them.", valueName: "duration"))
  var timeout = DurationArgument(.seconds(300))

  @Flag(name: .long, help: "Overwrite the file when it exists.")
  var force = false

  @Flag(name: .long, help: "Print JSON: path, bundle, checks.")
  var json = false

  @OptionGroup(title: "Seal")
  var signers: SignerOptions

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func validate() throws {
    if target.isEmpty { throw ValidationError("The incident or bundle must not be empty.") }
    if output == "-" {
      throw ValidationError("-o - is not possible: a bundle is verified before it is given out; name a file.")
    }
  }

  func run() async throws {
    try await client.withClient { client in
      let bundle = try await resolve(client)
      let destination = try self.destination(of: bundle)
      let candidate = try await fetch(bundle, to: destination, client)
      let report = try verified(candidate)
      if candidate != destination { try FileSystem.publish(candidate, as: destination) }
      try print(bundle, report, path: destination)
    }
  }

  /// Downloads next to the destination, unless the same bytes are at the destination already.
  ///
  /// - Returns: the path of the complete file.
  private func fetch(_ bundle: BundleSummary, to destination: String, _ client: AgentClient) async throws
    -> String
  {
    if FileSystem.exists(destination) {
      if try BundleReader.sha256(ofFile: destination) == bundle.sha256 {
        Note.print("\(destination) is already here.")
        return destination
      }
      guard force else {
        throw CommandFailure(.failed, "\(destination) exists and is not this bundle; --force overwrites it")
      }
    }
    return try await BundleDownload(client: client, bundle: bundle, destination: destination).run()
  }

  /// - Throws: `CommandFailure` when the bundle is not sound; it then stays under the name that it has.
  private func verified(_ path: String) throws -> VerificationReport {
    let report = try Verification.run(path, signers: signers.trustedSigners())
    guard report.passed else {
      Note.draw(VerificationText.text(of: report, path: path, colour: false))
      throw CommandFailure(.failed, VerificationText.summary(of: report, path: path))
    }
    return report
  }

  private func print(_ bundle: BundleSummary, _ report: VerificationReport, path: String) throws {
    if json {
      let verification = VerificationOutput(report, path: path)
      return try JSONOutput.print(PullOutput(path: path, bundle: bundle, verification: verification))
    }
    try Output.print(VerificationText.text(of: report, path: path, colour: Terminal.usesColour))
  }

  private func destination(of bundle: BundleSummary) throws -> String {
    // The name comes over the network: it must not choose the folder.
    let name = bundle.name
    guard BundleName(parsing: name)?.files.contains(name) == true,
      bundle.sha256.utf8.count == 64, bundle.sha256.allSatisfy({ $0.isASCII && $0.isHexDigit })
    else {
      throw CommandFailure(.failed, "the agent's description of bundle \(bundle.id) is not valid")
    }
    guard let output else { return name }
    guard FileSystem.isFolder(output) else { return output }
    return output.hasSuffix("/") ? output + name : "\(output)/\(name)"
  }
}

extension PullCommand {
  /// Finds the bundle that was asked for.
  private func resolve(_ client: AgentClient) async throws -> BundleSummary {
    if Self.isBundleID(target) {
      do throws(AgentError) {
        return try await client.bundle(target)
      } catch {
        // An incident may well be called like this.
        guard error.isNotFound else { throw error }
      }
    }
    let report = try await incident(client)
    let unfinished = report.unfinishedCapture
    guard let bundle = report.newestBundle else {
      throw CommandFailure(.noInput, Self.noBundle(of: report))
    }
    if let unfinished, !json {
      Note.print(
        "\(IncidentText.name(of: unfinished)) is \(unfinished.state.rawValue); --wait pulls its bundle.")
    }
    return bundle
  }

  /// Whether the text has the form of a ULID.
  private static func isBundleID(_ text: String) -> Bool {
    text.utf8.count == 26 && text.allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
  }

  private func incident(_ client: AgentClient) async throws -> IncidentReport {
    guard wait else { return try await client.incident(target) }
    return try await CaptureWait(client: client, incident: target, timeout: timeout.duration)
      .wait { $0.unfinishedCapture }
  }

  private static func noBundle(of report: IncidentReport) -> String {
    let incident = report.incident.id
    if let capture = report.unfinishedCapture {
      return
        "\(incident) has no bundle yet: \(IncidentText.name(of: capture)) is \(capture.state.rawValue); use --wait"
    }
    if let error = report.captures.last(where: { $0.state == .failed })?.error {
      return "\(incident) has no bundle: its capture failed: \(error)"
    }
    if let expired = report.captures.compactMap(\.bundleExpiredAt).max() {
      return
        "\(incident) has no bundle any more: retention deleted the last of them "
        + "\(Units.moment(expired, now: .now())); see bundles.retention, bundles.max_bytes and bundles.max_count of the "
        + "agent, and 'exhibit incidents hold' for those to be kept"
    }
    return "\(incident) has no bundle; capture one with: exhibit capture --incident \(incident)"
  }
}

/// What `pull --json` prints.
private struct PullOutput: Encodable {
  var path: String
  var bundle: BundleSummary
  var verification: VerificationOutput
}
