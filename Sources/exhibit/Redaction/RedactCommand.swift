internal import Agent
internal import ArgumentParser
internal import Evidence
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A filter, and synchronous: it does nothing but read, redact and write on its one thread.
struct RedactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Replace secrets in a text by tokens: standard input to standard output.",
    discussion: """
      A secret becomes [REDACTED:kind:xxxxxxxx]. The same secret gives the same token within one run, and from \
      run to run with the same --key-file, which is made when it is not there.

      Examples:
        exhibit redact < app.log > app.redacted.log
        kubectl logs checkout | exhibit redact --report counts.json | less
        git ls-files -z | xargs -0 cat | exhibit redact --check
        find . -name '*.env' -print0 | xargs -0 cat | exhibit redact
        exhibit redact --bundle INC-1--web-1--001-opened.tar.gz --with ./redaction.d

      Exit codes: 1 when --check finds something; 78 when the rules are wrong.
      """)

  @Option(
    name: .long,
    help: ArgumentHelp("Key of the tokens, mode 0600 (default: a new one each run).", valueName: "path"),
    completion: .file())
  var keyFile: String?

  @Option(
    name: .long, help: ArgumentHelp("Write there what was redacted how often, as JSON.", valueName: "path"),
    completion: .file())
  var report: String?

  @Flag(
    name: [.customShort("0"), .long], help: "Records end with NUL, and have nothing to do with each other.")
  var null = false

  @Flag(
    name: .long, help: "Write no text: list rule and line of each secret, and exit with 1 if there is one.")
  var check = false

  @OptionGroup(title: "Rules") var rules: RuleOptions
  @OptionGroup(title: "Bundles") var bundle: RebundleOptions

  func validate() throws {
    if bundle.with != nil && bundle.bundle == nil { throw ValidationError("--with needs --bundle.") }
    if bundle.bundle != nil && bundle.with == nil {
      throw ValidationError("--bundle needs --with, the folder of the new rules.")
    }
    if bundle.bundle != nil && (check || null || rules.rules != nil) {
      throw ValidationError("--bundle excludes --check, --null and --rules.")
    }
  }

  func run() throws {
    let key = try keyFile.map { (path) throws(RedactionKeyError) in try RedactionKey.loadOrCreate(path: path)
    }
    if let path = bundle.bundle, let folder = bundle.with {
      let redactor = Redactor(rules: try RuleOptions.load(folder: folder).ruleSet(), key: key ?? .random())
      let made = try Rebundling(redactor: redactor, options: bundle).run(path)
      try write(made.summary)
      return try Output.print("\(made.path)\n")
    }
    let redactor = Redactor(rules: try rules.ruleSet(), key: key ?? .random())
    let counts: RedactionCounts
    var isClean = true
    if check {
      let checker = CheckPass(redactor: redactor, isNull: null)
      (counts, isClean) = try checker.run()
    } else if null {
      counts = try RecordPass(redactor: redactor).run()
    } else {
      counts = try StreamPass(redactor: redactor).run()
    }
    try write(RedactionSummary(ruleset: redactor.ruleset, byRule: counts.byRule))
    guard isClean else { throw ExitCode(ExitStatus.failed.rawValue) }
  }

  private func write(_ summary: RedactionSummary) throws {
    guard let report else { return }
    let file = try OpenFile(report, flags: O_WRONLY | O_CREAT | O_TRUNC)
    let text = try JSONOutput.encoded(summary)
    try text.span.withUnsafeBytes { (bytes) throws(FileError) in try file.writeAll(bytes) }
  }
}
