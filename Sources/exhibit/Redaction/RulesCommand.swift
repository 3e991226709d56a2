internal import Agent
internal import ArgumentParser
internal import Redaction

/// What the redactor looks for.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "List, explain and test the rules of redaction.",
    subcommands: [RulesListCommand.self, RulesExplainCommand.self, RulesTestCommand.self])
}

struct RulesListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List every rule with its severity.",
    discussion: """
      The id is the kind in [REDACTED:kind:xxxxxxxx], and the name of the rule in counts and metrics.

      Examples:
        exhibit rules list
        exhibit rules list --rules /etc/exhibit/redaction.d --json | jq -r '.[].id'
      """)

  @OptionGroup var options: RuleOptions

  @Flag(name: .long, help: "Print JSON: id, severity, summary, documentation, built_in.")
  var json = false

  func run() throws {
    let rules = try options.ruleSet().rules.sorted { $0.id < $1.id }
    if json { return try JSONOutput.print(rules.map { RuleOutput($0) }) }
    var table = Table("RULE", "SEVERITY", "WHAT IT FINDS")
    for rule in rules {
      table.append(
        Table.Cell(rule.id), Table.Cell(rule.severity.rawValue, rule.severity.style), Table.Cell(rule.summary)
      )
    }
    try Output.print(table.rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
  }
}

struct RulesExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain a rule: what it finds, how, and what to do when such a secret leaked.",
    discussion: """
      Examples:
        exhibit rules explain github-token
      """)

  @Argument(help: "The rule's id, as in [REDACTED:id:…].")
  var id: String

  @OptionGroup var options: RuleOptions

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    let rules = try options.ruleSet().rules
    guard let rule = rules.first(where: { $0.id == id }) else {
      let near = rules.map(\.id).filter { $0.contains(id) || id.contains($0) }.sorted().prefix(5)
      let remedy = near.isEmpty ? "see `exhibit rules list`" : "did you mean \(near.joined(separator: ", "))?"
      throw CommandFailure(.noInput, "no rule is called \(id); \(remedy)")
    }
    if json { return try JSONOutput.print(RuleOutput(rule)) }
    var facts = Facts()
    facts.add("Rule", rule.id)
    facts.add("Finds", rule.summary)
    facts.add("Severity", rule.severity.rawValue)
    facts.add("From", rule.isBuiltIn ? "Exhibit" : "a file of this host")
    let text = facts.rendered(colour: Terminal.usesColour)
    try Output.print(text + "\n" + rule.documentation.map { DisplayText.sanitised($0) + "\n" }.joined())
  }
}

struct RulesTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Check the rules of a folder, and run their examples and counterexamples.",
    discussion: """
      Every problem is told at once, with file, line and remedy; the exit code is 78 then. Rules that a file with \
      `strict: false` leaves out count as problems here.

      Examples:
        exhibit rules test
        exhibit rules test ./redaction.d
      """)

  @Argument(help: "The folder of *.yaml files.", completion: .directory)
  var folder = "/etc/exhibit/redaction.d"

  func run() throws {
    let loaded = try RuleOptions.load(folder: folder)
    _ = try loaded.ruleSet()
    guard loaded.warnings.isEmpty else {
      throw CommandFailure(.configuration, "\(loaded.warnings.count) problems in \(folder): see above")
    }
    let examples = loaded.rules.reduce(0) { $0 + $1.examples.count }
    let counterexamples = loaded.rules.reduce(0) { $0 + $1.counterexamples.count }
    try Output.print(
      "\(folder): \(loaded.rules.count) rules and \(loaded.allowances.count) allowances are good; "
        + "\(examples) examples and \(counterexamples) counterexamples behave\n")
  }
}

/// A rule as `--json` prints it.
struct RuleOutput: Encodable {
  var id: String
  var severity: String
  var summary: String
  var documentation: [String]
  var builtIn: Bool

  init(_ rule: RuleDescription) {
    id = rule.id
    severity = rule.severity.rawValue
    summary = rule.summary
    documentation = rule.documentation
    builtIn = rule.isBuiltIn
  }

  enum CodingKeys: String, CodingKey {
    case id, severity, summary, documentation
    case builtIn = "built_in"
  }
}

extension Severity {
  var style: Style? {
    switch self {
    case .critical: .red
    case .high: .yellow
    case .medium: nil
    case .low: .dim
    }
  }
}
