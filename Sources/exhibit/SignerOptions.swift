internal import ArgumentParser
internal import Bundle

/// Whose seal a bundle must bear.
struct SignerOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("Trust the keys of this allowed_signers file (ssh-keygen(1)).", valueName: "path"),
    completion: .file())
  var signers: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Trust this key: a file (.pub), or \"ssh-ed25519 AAAA…\".", valueName: "public-key"),
    completion: .file(extensions: ["pub"]))
  var key: String?

  func validate() throws {
    if signers != nil && key != nil { throw ValidationError("--signers and --key exclude each other.") }
  }

  /// - Returns: `nil` when any seal will do.
  func trustedSigners() throws(BundleError) -> TrustedSigners? {
    if let key, key.hasPrefix("ssh-ed25519 ") {
      return TrustedSigners(key: try SealingPublicKey(line: key), principal: "--key")
    }
    guard let path = signers ?? key else { return nil }
    return try TrustedSigners.load(path: path)
  }
}
