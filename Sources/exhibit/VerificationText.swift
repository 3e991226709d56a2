internal import Bundle
internal import Evidence
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The verification that `verify` and `pull` share.
enum Verification {
  /// From this length on, in bytes, the person at the terminal is told what takes so long.
  private static let noticeable = 64 << 20

  /// - Throws: `BundleError` or `FileError` when the file cannot be read at all.
  static func run(
    _ path: String, signers: TrustedSigners?, rules: RuleSet = .builtIn
  ) throws -> VerificationReport {
    for line in signers?.unusedLines ?? [] {
      Note.print(
        "Line \(line) of the allowed signers is of a kind that is not supported here: it trusts nobody.")
    }
    var line = ProgressLine()
    if Terminal.errorIsTerminal, let length = try OpenFile(path, flags: O_RDONLY).length(),
      length > noticeable
    {
      line.show("Verifying \(path) (\(Units.bytes(length)))")
    }
    return try BundleVerifier(trust: signers, rules: rules).verify(path: path)
  }
}

/// A verification as people read it: one line a check, and below it what is wrong and where.
enum VerificationText {
  static func text(of report: VerificationReport, path: String, colour: Bool) -> String {
    let width = report.checks.map(\.name.rawValue.count).max() ?? 0
    var text = "\(DisplayText.sanitised(path))\n"
    for check in report.checks {
      let mark = check.passed ? styled("✓", .green, colour) : styled("✗", .red, colour)
      let gap = String(repeating: " ", count: width - check.name.rawValue.count + 2)
      text += "  \(mark) \(check.name.rawValue)\(gap)\(DisplayText.sanitised(check.detail))\n"
      for problem in report.problems where problem.check == check.name {
        text += "      \(DisplayText.sanitised(problem.place)): \(DisplayText.sanitised(problem.detail))\n"
      }
    }
    return text + (report.passed ? facts(of: report.facts).rendered(colour: colour, indent: 2) : "")
  }

  /// One line for an error: what fails.
  static func summary(of report: VerificationReport, path: String) -> String {
    let failed = report.checks.filter { !$0.passed }.map(\.name.rawValue).joined(separator: ", ")
    return "\(path) did not pass verification: \(failed)"
  }

  private static func facts(of found: VerificationReport.Facts) -> Facts {
    var facts = Facts()
    facts.add("Incident", found.incident)
    facts.add("Host", found.hostname)
    facts.add("Window", found.window.map { "\($0.from.rfc3339Seconds) to \($0.to.rfc3339Seconds)" })
    facts.add("Payload", "\(found.files) files, \(Units.bytes(found.payloadBytes))")
    facts.add("Completeness", found.completeness.map { completeness($0) })
    facts.add("Gaps", "\(found.gaps)")
    facts.add("Redactions", "\(found.redactions)")
    facts.add("Sealed by", found.signer.map { $0 + (found.principal.map { " (\($0))" } ?? "") })
    facts.add("SHA-256", found.sha256)
    return facts
  }

  private static func completeness(_ completeness: Completeness) -> String {
    let missing = completeness.incomplete
    return Units.percent(completeness.ratio)
      + (missing.isEmpty ? "" : "; not whole: \(missing.joined(separator: ", "))")
  }

  private static func styled(_ text: String, _ style: Style, _ colour: Bool) -> String {
    colour ? style.applied(to: text) : text
  }
}

/// What `verify --json` prints, and `pull --json` as its `verification`.
struct VerificationOutput: Encodable {
  var path: String
  var passed: Bool
  var checks: [VerificationReport.Check]
  var problems: [VerificationReport.Problem]
  var facts: VerificationReport.Facts

  init(_ report: VerificationReport, path: String) {
    self.path = path
    passed = report.passed
    checks = report.checks
    problems = report.problems
    facts = report.facts
  }
}
