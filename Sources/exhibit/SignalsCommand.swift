internal import Agent
internal import ArgumentParser
internal import Evidence
internal import Signals

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

struct SignalsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "signals",
    abstract: "Look at what the agent makes of the signals of incident tools.",
    subcommands: [SignalsListCommand.self, SignalsExplainCommand.self])
}

extension ConfigurationOptions {
  /// The configuration; the defaults where the usual file is not there, since these commands need no agent.
  fileprivate func loadOrDefaults() throws -> AgentConfiguration {
    guard config != Self.usualPath || FileSystem.exists(config) else {
      Note.print("there is no \(config): by the defaults")
      return AgentConfiguration()
    }
    return try load()
  }
}

struct SignalsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the sources of signals, and what each needs.",
    discussion: """
      The path is that of the URL to paste into the tool. A source with secrets in the configuration (signals.sources) \
      is known by its signature, every other one by a token of the role signal, as bearer token or as password.

      Examples:
        exhibit signals list
        exhibit signals list --json
      """)

  @OptionGroup var options: ConfigurationOptions

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() async throws {
    let sources = try options.loadOrDefaults().sourceSummaries
    if json { return try JSONOutput.print(sources) }
    var table = Table("SOURCE", "PATH", "KNOWN BY", "FOR")
    for source in sources {
      table.append(
        .init(source.name), .init(source.path), .init(source.authentication), .init(source.product))
    }
    try Output.print(table.rendered(width: Terminal.outputWidth, colour: Terminal.usesColour))
  }
}

struct SignalsExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what a saved message of an incident tool says, and what the agent would capture.",
    discussion: """
      The body is redacted and decoded as the agent does it; nothing is captured, no agent is needed, and no \
      signature is looked at. Headers are needed only where a tool tells something in them (Sentry-Hook-Resource, \
      ce-type).

      Examples:
        exhibit signals explain --source pagerduty payload.json
        exhibit signals explain --source sentry \\
          --header 'Sentry-Hook-Resource: metric_alert' payload.json --json
        exhibit signals explain --source generic - < payload.json
      """)

  @Option(
    name: .long, help: ArgumentHelp("The source, as \"exhibit signals list\" names it.", valueName: "name"))
  var source: String

  @Option(
    name: .long, help: ArgumentHelp("A header of the request; may be given several times.", valueName: "K: V")
  )
  var header: [HeaderArgument] = []

  @Argument(help: "The saved body of the request, or - for standard input.", completion: .file())
  var file: String

  @OptionGroup var options: ConfigurationOptions

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() async throws {
    let configuration = try options.loadOrDefaults()
    let body = try read(limit: configuration.signals.maxBody)
    let explanation: SignalExplanation?
    do {
      explanation = try configuration.explain(
        source: source, body: body, headers: header.map { ($0.name, $0.value) }, receivedAt: .now())
    } catch let error as SignalError {
      throw CommandFailure(.failed, "\(file): \(error)")
    } catch let errors as ConfigurationErrors {
      throw ConfigurationFailure(errors: errors)
    }
    guard let explanation else {
      let known = configuration.sourceSummaries.map(\.name).joined(separator: ", ")
      throw CommandFailure(.usage, "there is no source \"\(source)\"; known: \(known)")
    }
    if json { return try JSONOutput.print(explanation) }
    try Output.print(SignalText.rendered(explanation, colour: Terminal.usesColour))
  }

  private func read(limit: Int) throws -> [UInt8] {
    if file == "-" { return try Self.read(OpenFile.standardInput(), limit: limit) }
    return try Self.read(OpenFile(file, flags: O_RDONLY), limit: limit)
  }

  private static func read(_ input: consuming OpenFile, limit: Int) throws -> [UInt8] {
    var body: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try input.readSome(into: &buffer)
      guard count > 0 else { return body }
      body += buffer[..<count]
      guard body.count <= limit else {
        throw CommandFailure(.failed, "\(input.path) is larger than signals.max_body, \(limit) bytes")
      }
    }
  }
}

/// `Name: value`, as `curl -H` takes it.
struct HeaderArgument: ExpressibleByArgument {
  var name: String
  var value: String

  init?(argument: String) {
    guard let colon = argument.firstIndex(of: ":"), colon > argument.startIndex else { return nil }
    name = String(argument[..<colon])
    value = String(argument[argument.index(after: colon)...].drop { $0 == " " })
  }
}

/// An explanation for people.
enum SignalText {
  static func rendered(_ explanation: SignalExplanation, colour: Bool) -> String {
    var text = explanation.signals.map { rendered($0, colour: colour) }.joined(separator: "\n")
    if explanation.signals.isEmpty { text = "The message has no events.\n" }
    for remark in explanation.remarks { text += "Not read: \(DisplayText.sanitised(remark))\n" }
    return text
  }

  private static func rendered(_ entry: SignalExplanation.Entry, colour: Bool) -> String {
    let signal = entry.signal
    var facts = Facts()
    facts.add("Phase", signal.phase.rawValue)
    guard signal.phase != .ignored else {
      facts.add("Message", signal.title)
      facts.add("Capture", "none: \(entry.reason ?? "")")
      return facts.rendered(colour: colour)
    }
    facts.add("Incident key", signal.incidentKey)
    facts.add("Incident", signal.incidentID)
    facts.add("Title", signal.title)
    facts.add("Severity", signal.severity)
    facts.add("Service", signal.service)
    facts.add("Fault began", signal.times.started?.rfc3339)
    facts.add("Detected", signal.times.detected?.rfc3339)
    facts.add("Acknowledged", signal.times.acknowledged?.rfc3339)
    facts.add("Mitigated", signal.times.mitigated?.rfc3339)
    facts.add("Resolved", signal.times.resolved?.rfc3339)
    facts.add("Happened", signal.times.occurred?.rfc3339)
    facts.add("Delivery", signal.deliveryID)
    for (name, value) in signal.labels.sorted(by: { $0.key < $1.key }) {
      facts.add("Label", "\(name) = \(value)")
    }
    for link in signal.links { facts.add("Link", "\(link.label): \(link.url)") }
    add(entry, to: &facts)
    return facts.rendered(colour: colour)
  }

  private static func add(_ entry: SignalExplanation.Entry, to facts: inout Facts) {
    let plan = entry.plan
    facts.add("Rule", plan.rule ?? "none matches: the defaults")
    if let reason = entry.reason { return facts.add("Capture", "none: \(reason)") }
    facts.add("Capture", plan.collectors.map(\.rawValue).joined(separator: ", "))
    facts.add("Kind", plan.kind.rawValue)
    facts.add("Window", "\(Units.duration(seconds: plan.window / .seconds(1))) before the signal")
    facts.add("Units", plan.units.isEmpty ? "all" : plan.units.joined(separator: ", "))
    facts.add("Paths", plan.paths.joined(separator: ", "))
  }
}
