internal import ArgumentParser
internal import Evidence
internal import Storage

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an incident with its captures and bundles.",
    discussion: """
      Examples:
        exhibit show INC-1
        exhibit show INC-1 --json | jq '.captures[].bundle.name'
      """)

  @Argument(help: ArgumentHelp("The incident's id.", valueName: "incident"))
  var incident: String

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func validate() throws {
    if incident.isEmpty { throw ValidationError("The incident's id must not be empty.") }
  }

  func run() async throws {
    let (report, readers) = try await client.withClient { client in
      let report = try await client.incident(incident)
      return (report, try await client.readers(of: report.incident.id))
    }
    if json { return try JSONOutput.print(Shown(report: report, readers: readers)) }
    try Output.print(
      Self.text(
        of: report, readers: readers, now: .now(), width: Terminal.outputWidth,
        colour: Terminal.usesColour))
  }

  /// The incident's own members, and `readers`.
  private struct Shown: Encodable {
    var report: IncidentReport
    var readers: [BundleReadership]

    enum CodingKeys: String, CodingKey {
      case readers
    }

    func encode(to encoder: any Encoder) throws {
      try report.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(readers, forKey: .readers)
    }
  }

  static func text(
    of report: IncidentReport, readers: [BundleReadership] = [], now: Timestamp, width: Int?, colour: Bool
  ) -> String {
    var text = facts(of: report.incident, hold: report.hold, now: now).rendered(colour: colour) + "\n"
    guard !report.captures.isEmpty else { return text + "No captures.\n" }
    text += captures(of: report, now: now).rendered(width: width, colour: colour)
    for capture in report.captures {
      guard let error = capture.error else { continue }
      text += "\n\(IncidentText.name(of: capture)): \(DisplayText.sanitised(error))\n"
      if capture.state == .failed { text += "Make it again with: exhibit capture --retry \(capture.id)\n" }
    }
    if !readers.isEmpty {
      text += "\n" + table(of: readers, in: report, now: now).rendered(width: width, colour: colour)
    }
    if report.newestBundle != nil {
      text += "\nPull the newest bundle with: exhibit pull \(report.incident.id)\n"
    }
    return text
  }

  private static func facts(of incident: Incident, hold: HoldReport?, now: Timestamp) -> Facts {
    var facts = Facts()
    facts.add("Incident", incident.id)
    facts.add("Title", incident.title)
    facts.add("State", incident.state.rawValue)
    facts.add("Severity", incident.severity)
    facts.add("Source", "\(incident.source), key \(incident.key)")
    for moment in incident.moments.sorted(by: { $0.at < $1.at }) {
      facts.add(IncidentText.name(of: moment.point), IncidentText.text(of: moment, now: now))
    }
    facts.add("Updated", Units.moment(incident.updatedAt, now: now))
    for duration in incident.durations {
      facts.add(IncidentText.name(of: duration), IncidentText.text(of: duration))
    }
    for (name, value) in incident.labels.sorted(by: { $0.key < $1.key }) {
      facts.add("Label", "\(name)=\(value)")
    }
    for link in incident.links { facts.add("Link", "\(link.label): \(link.url)") }
    if let hold {
      facts.add(
        "Hold",
        "\(hold.kind.rawValue), by \(hold.placedBy) \(Units.moment(hold.placedAt, now: now)): \(hold.reason)")
    }
    return facts
  }

  private static func captures(of report: IncidentReport, now: Timestamp) -> Table {
    var table = Table(
      "CAPTURE", "PHASE", "STATE", "REQUESTED", "COMPLETE", "GAPS", "REDACTED", "SIZE", "BUNDLE")
    for capture in report.captures.sorted(by: { $0.sequence < $1.sequence }) {
      let bundle = capture.bundle
      table.append(
        .init("\(capture.sequence)"), .init(capture.phase.rawValue),
        .init(capture.state.rawValue, IncidentText.style(of: capture.state)),
        .init(Units.relative(capture.requestedAt, to: now)),
        .init(bundle.map { Units.percent($0.completeness) } ?? "-"),
        .init(bundle.map { "\($0.gaps)" } ?? "-"),
        .init(bundle.map { "\($0.redactions)" } ?? "-"), .init(bundle.map { Units.bytes($0.bytes) } ?? "-"),
        .init(
          bundle?.name ?? capture.bundleExpiredAt.map { "deleted by retention \(Units.moment($0, now: now))" }
            ?? capture.progress ?? "-"))
    }
    return table
  }

  /// Who took in which bundle: the audit knows.
  private static func table(of readers: [BundleReadership], in report: IncidentReport, now: Timestamp)
    -> Table
  {
    var table = Table("CAPTURE", "READ BY", "TIMES", "FIRST", "LAST")
    for reader in readers {
      let sequence = report.captures.first { $0.id == reader.bundle }?.sequence
      table.append(
        .init(sequence.map { "\($0)" } ?? reader.bundle), .init(reader.principal), .init("\(reader.reads)"),
        .init(Units.moment(reader.first, now: now)), .init(Units.relative(reader.last, to: now)))
    }
    return table
  }
}
