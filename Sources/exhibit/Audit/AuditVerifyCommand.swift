internal import Agent
internal import ArgumentParser
internal import Evidence
internal import Journal
internal import Storage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that no row of the audit was changed, removed or put there.",
    discussion: """
      Reads the agent's file as root, agent or no agent, and computes the hash of each row anew. A cut at the end, or a \
      chain that was written anew as a whole, shows only against what is kept elsewhere: the line that the agent wrote \
      to the journal with each row, or a head that you noted, which is what this command prints. The exit code is 1 \
      where something is wrong.

      Examples:
        exhibit audit verify
        exhibit audit verify \\
         --head 4711:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        exhibit audit verify --journal /srv/journals/web-1 --json
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @Option(
    name: .long,
    help: ArgumentHelp("The agent's state folder, if not the configuration's.", valueName: "folder"),
    completion: .directory)
  var stateDirectory: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Row and hash that were noted; may be given several times.", valueName: "row:hash"))
  var head: [HeadArgument] = []

  @Option(
    name: .long,
    help: ArgumentHelp("Journal files of this host in another folder.", valueName: "folder"),
    completion: .directory)
  var journal: String?

  @Flag(name: .long, help: "Compare with no journal.")
  var noJournal = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Leave out what the journal has from before: the state folder was made anew then.", valueName: "time"))
  var since: TimeArgument?

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func validate() throws {
    if noJournal, journal != nil { throw ValidationError("Give --journal or --no-journal, not both.") }
  }

  func run() async throws {
    let path = AuditLocation.path(in: try stateDirectory ?? configuration.load().stateDirectory)
    guard FileSystem.exists(path) else {
      throw CommandFailure(
        .noInput, "there is no audit at \(path), or no permission to see it: run as root, or name the folder")
    }
    // Says who may read it, which SQLite does not.
    _ = try OpenFile(path, flags: O_RDONLY)
    var heads = Dictionary(head.map { ($0.sequence, $0.hash) }) { first, _ in first }
    if !noJournal {
      let since = since?.timestamp ?? Timestamp(nanoseconds: 0)
      let writers = [try AuditLocation.owner(of: path), 0]
      let found = try AuditHeads.read(directory: journal, since: since, writers: writers)
      // What a person noted counts more than what a host wrote.
      heads.merge(found) { noted, _ in noted }
    }
    let report: AuditReport
    do {
      report = try AuditVerification.run(path: path, heads: heads)
    } catch let error as StorageError {
      throw CommandFailure(.failed, "\(path): \(error)")
    }
    if json {
      try JSONOutput.print(report)
    } else {
      try Output.print(Self.text(of: report, colour: Terminal.usesColour))
    }
    if !report.isIntact { throw ExitCode.failure }
  }

  static func text(of report: AuditReport, colour: Bool) -> String {
    var facts = Facts()
    facts.add("Audit", report.isIntact ? "intact" : "CHANGED")
    facts.add("Rows", "\(report.rows)")
    if report.prunedThrough > 0 { facts.add("Pruned", "through row \(report.prunedThrough)") }
    facts.add(
      "Compared",
      report.headsCompared == 0
        ? "with nothing from elsewhere: a cut at the end would not show"
        : "with \(report.headsCompared) rows noted elsewhere")
    facts.add("Head", "\(report.headSequence):\(report.headHash)")
    var text = facts.rendered(colour: colour)
    for finding in report.findings { text += "- \(DisplayText.sanitised(finding))\n" }
    let more = report.findingCount - report.findings.count
    if more > 0 { text += "- and \(more) more\n" }
    return text
  }
}

/// `4711:9f86…`: a row, and the hash that it had.
struct HeadArgument: ExpressibleByArgument {
  var sequence: Int64
  var hash: String

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, parts[1].utf8.count == 64,
      parts[1].allSatisfy(\.isHexDigit)
    else { return nil }
    self.sequence = sequence
    hash = parts[1].lowercased()
  }
}

/// The hashes of rows that the agent wrote to the journal.
enum AuditHeads {
  /// Rows that are remembered; those of the longest ago are forgotten first.
  private static let limit = 1_000_000

  /// - Parameters:
  ///   - directory: of journal files; `nil` for those of this host.
  ///   - since: the time from which on lines count.
  ///   - writers: users whose lines count: everybody may write such lines.
  /// - Returns: hashes by row.
  /// - Throws: `JournalError`.
  static func read(directory: String?, since: Timestamp, writers: [UInt32]) throws -> [Int64: String] {
    var query = JournalQuery(
      window: TimeWindow(from: since, to: Timestamp(nanoseconds: .max)), directory: directory)
    query.identifiers = ["exhibit"]
    var reader = try JournalReader(query)
    var heads: [Int64: String] = [:]
    let users = Set(writers.map { "\($0)" })
    while try reader.next() != nil {
      var fields: [String: String] = [:]
      reader.forEachField { name, value in
        let name = String(decoding: name, as: UTF8.self)
        guard wanted.contains(name) else { return }
        fields[name] = String(decoding: value, as: UTF8.self)
      }
      guard fields["MESSAGE_ID"] == MessageID.audit.rawValue, users.contains(fields["_UID"] ?? ""),
        let sequence = fields["EXHIBIT_AUDIT_SEQUENCE"].flatMap({ Int64($0) }),
        let hash = fields["EXHIBIT_AUDIT_HASH"]
      else { continue }
      heads[sequence] = hash
      if heads.count > limit { heads[heads.keys.min() ?? sequence] = nil }
    }
    for gap in reader.finish(artifact: "").gaps where gap.cause == .permission || gap.cause == .sourceError {
      Note.print("exhibit audit verify: \(gap.detail)")
    }
    return heads
  }

  private static let wanted: Set<String> = [
    "MESSAGE_ID", "_UID", "EXHIBIT_AUDIT_SEQUENCE", "EXHIBIT_AUDIT_HASH",
  ]
}
