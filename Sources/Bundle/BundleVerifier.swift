internal import Evidence
internal import FoundationEssentials
package import Redaction

/// Checks a sealed bundle: that it is whole and unchanged, says of itself what is true, is sealed, and holds no
/// secret. Changing any one byte of the file makes it fail, with a place.
package struct BundleVerifier: Sendable {
  private let trust: TrustedSigners?
  private let redactor: Redactor
  private let limits: BundleReader.Limits

  /// - Parameters:
  ///   - trust: whose seals count; with `nil` a valid seal of any key passes, and the report says so.
  ///   - rules: what the files are scanned for.
  ///   - limits: how much to read before giving up.
  package init(
    trust: TrustedSigners? = nil, rules: RuleSet = .builtIn, limits: BundleReader.Limits = .init()
  ) {
    self.trust = trust
    self.limits = limits
    // Whether something is a secret does not depend on the key of its token.
    redactor = Redactor(rules: rules, key: .random())
  }

  /// Reads the file twice: once for the container, once for what is in it.
  /// - Throws: `.system`, `.invalid` when it cannot be read at all. Everything else is in the report.
  package func verify(path: String) throws(BundleError) -> VerificationReport {
    var findings = Findings()
    let container = try ContainerCheck(path: path)
    container.report(to: &findings)
    var bag = BagContents()
    bag.walk(
      path: path, trailerOffset: container.trailerOffset, redactor: redactor, limits: limits, &findings)
    var facts = VerificationReport.Facts(
      name: bag.folder, bytes: container.bytes, sha256: container.sha256, files: bag.payload.count,
      payloadBytes: bag.payload.reduce(0) { $0 + $1.size }, gaps: 0, redactions: 0)

    BagCheck(bag: bag).report(to: &findings)
    EvidenceCheck(bag: bag).report(to: &findings, &facts)
    checkSignature(of: bag, &findings, &facts)
    // A scan that did not reach the end has not shown that there is nothing.
    if bag.isWhole {
      findings.conclude(.documents, "every JSON and JSON Lines document is well-formed")
      findings.conclude(.redaction, "a fresh redaction of \(bag.files.count) files finds nothing")
    }
    return VerificationReport(checks: findings.checks, problems: findings.problems, facts: facts)
  }

  private func checkSignature(
    of bag: BagContents, _ findings: inout Findings, _ facts: inout VerificationReport.Facts
  ) {
    guard let armored = bag.documents[BagIt.signatureName], let message = bag.documents[BagIt.tagManifestName]
    else { return findings.add(.signature, at: BagIt.signatureName, "the bundle is not signed") }
    guard let signature = SSHSignature(armored: armored) else {
      return findings.add(
        .signature, at: BagIt.signatureName,
        "not an Ed25519 SSHSIG signature for the namespace \(SSHSignature.namespace)")
    }
    guard signature.isValid(for: message) else {
      return findings.add(
        .signature, at: BagIt.signatureName, "the signature does not belong to \(BagIt.tagManifestName)")
    }
    let signer = signature.key.fingerprint
    facts.signer = signer
    guard let trust else {
      return findings.conclude(
        .signature, "signature valid, signer \(signer) not checked against a trusted key")
    }
    guard let principal = trust.principal(of: signature.key) else {
      return findings.add(
        .signature, at: BagIt.signatureName, "signature valid, but its signer \(signer) is not a trusted one")
    }
    facts.principal = principal
    findings.conclude(.signature, "signature valid, signed by \(principal) (\(signer))")
  }
}
