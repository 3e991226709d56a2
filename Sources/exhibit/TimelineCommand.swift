internal import ArgumentParser
internal import AsyncHTTPClient
internal import Bundle
internal import Evidence
internal import FoundationEssentials
internal import NIOCore
internal import Timeline

struct TimelineCommand: AsyncParsableCommand {
  private static let file = "timeline.jsonl"
  /// The most bytes of a timeline that are read.
  private static let limit = 64 << 20

  static let configuration = CommandConfiguration(
    commandName: "timeline",
    abstract: "Show what happened, in order: deploys, config changes, failures, the incident.",
    discussion: """
      Takes a bundle, or an incident, whose newest bundle the agent is asked for. --json prints JSON lines as \
      Timesketch imports them.

      Examples:
        exhibit timeline INC-1
        exhibit timeline BUNDLE.tar.gz --time-zone Europe/Paris
        exhibit timeline INC-1 --json | jq -c 'select(.kind == "deploy")'
      """)

  @Argument(help: ArgumentHelp("A bundle's file, or an incident's id.", valueName: "bundle|incident"))
  var source: String

  @Flag(name: .long, help: "Print JSON lines.")
  var json = false

  @Option(name: .long, help: ArgumentHelp("Show times in this zone (IANA name).", valueName: "zone"))
  var timeZone = "UTC"

  @OptionGroup(title: "Agent")
  var client: ClientOptions

  func validate() throws {
    if source.isEmpty { throw ValidationError("The bundle or incident must not be empty.") }
    if zone == nil {
      throw ValidationError("--time-zone \(timeZone) is not known; write it like Europe/Paris.")
    }
  }

  func run() async throws {
    let bytes = try await isFile ? BundleReader(path: source).read(Self.file, limit: Self.limit) : fetch()
    if json { return try Output.print(bytes) }
    let (events, unknown) = try Self.events(of: bytes, in: source)
    try Output.print(Timeline.terminal(events, colour: Terminal.usesColour, zone: zone ?? .gmt))
    if events.isEmpty { Note.print("the timeline is empty") }
    if unknown > 0 {
      let (events, them) = unknown == 1 ? ("1 event of a kind", "it") : ("\(unknown) events of kinds", "them")
      Note.print("\(events) that this version does not know; --json prints \(them)")
    }
  }

  private var zone: TimeZone? { timeZone == "UTC" ? .gmt : TimeZone(identifier: timeZone) }

  /// Ids of incidents hold no slash, and a file that is there is meant.
  private var isFile: Bool {
    source.contains("/") || ContainerFormat(fileName: source) != nil || FileSystem.exists(source)
  }

  private func fetch() async throws -> [UInt8] {
    try await client.withClient { client in
      let body = try await client.timeline(of: source).body
      do {
        return [UInt8](try await body.collect(upTo: Self.limit).readableBytesView)
      } catch {
        throw client.failure(error, during: "GET /v1/incidents/\(source)/timeline")
      }
    }
  }

  /// - Returns: the events, and how many lines have a kind of a later version.
  static func events(of bytes: [UInt8], in source: String) throws -> (events: [TimelineEvent], unknown: Int) {
    var events: [TimelineEvent] = []
    var unknown = 0
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      do {
        events.append(try Timeline.parse(Array(line)))
      } catch TimelineError.unknownKind {
        unknown += 1
      } catch {
        throw CommandFailure(.failed, "\(source): timeline.jsonl:\(index + 1): \(error)")
      }
    }
    return (events, unknown)
  }
}
