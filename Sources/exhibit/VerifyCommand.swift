internal import ArgumentParser
internal import Bundle
internal import Redaction

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that a bundle is whole, unchanged, sealed, and free of secrets.",
    discussion: """
      Needs no agent and unpacks nothing. Without --signers or --key the seal must be valid, but may be anybody's.

      Examples:
        exhibit verify INC-1--web-1--001-opened.tar.gz
        exhibit verify BUNDLE.tar.gz --signers allowed_signers
        exhibit verify BUNDLE.tar.gz --rules /etc/exhibit/redaction.d
        exhibit verify BUNDLE.tar.gz --json | jq '.problems'
      """)

  @Argument(help: "The bundle.", completion: .file(extensions: ["gz", "zst"]))
  var bundle: String

  @Flag(name: .long, help: "Print JSON: checks, problems, facts.")
  var json = false

  @OptionGroup(title: "Seal")
  var signers: SignerOptions

  @OptionGroup(title: "Redaction")
  var rules: RuleOptions

  func run() throws {
    let report = try Verification.run(
      bundle, signers: signers.trustedSigners(), rules: rules.ruleSet())
    if json {
      try JSONOutput.print(VerificationOutput(report, path: bundle))
    } else {
      try Output.print(VerificationText.text(of: report, path: bundle, colour: Terminal.usesColour))
    }
    guard report.passed else {
      throw CommandFailure(.failed, VerificationText.summary(of: report, path: bundle))
    }
  }
}
