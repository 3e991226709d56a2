internal import Deploys
package import Evidence
internal import Foundation
internal import Journal
package import Redaction

/// Sees changes of podman's containers by the events that it writes to the journal
/// (https://docs.podman.io/en/latest/markdown/podman-events.1.html).
package struct PodmanObserver: ChangeObserver {
  /// Entries younger than this, in seconds, are left for the next look: journald may still write some with the same
  /// time.
  private static let settling = 2.0
  /// Events of one look.
  private static let eventLimit = 20_000

  package let name = "podman"
  package let hindsight = 86_400.0
  private let directory: String?

  /// - Parameter directory: of journal files; `nil` for the host's own journal.
  package init(directory: String? = nil) {
    self.directory = directory
  }

  private struct Cursor: Codable {
    /// Everything before it was seen.
    var until: Timestamp
    var images = ContainerImages()
  }

  package func observe(after cursor: String?, at now: Timestamp, redactor: Redactor) throws -> Observation? {
    var cursor =
      try cursor.map { try JSONDecoder().decode(Cursor.self, from: Data($0.utf8)) }
      ?? Cursor(until: now.adding(seconds: -hindsight))
    let window = TimeWindow(from: cursor.until, to: max(cursor.until, now.adding(seconds: -Self.settling)))
    guard window.from < window.to else { return try Observation(changes: [], at: cursor) }
    let (events, gaps) = try read(window, redactor)
    let changes = events.compactMap { cursor.images.take($0, source: name) }
    cursor.until = window.to
    return try Observation(changes: changes, at: cursor, gaps: gaps)
  }

  private func read(_ window: TimeWindow, _ redactor: Redactor) throws -> (
    events: [ContainerImages.Event], gaps: [Gap]
  ) {
    var query = JournalQuery(window: window, directory: directory, fieldLimit: 4096)
    query.identifiers = ["podman"]
    var reader = try JournalReader(query)
    var events: [ContainerImages.Event] = []
    while let entry = try reader.next() {
      guard events.count < Self.eventLimit else { return (events, [cut(window)]) }
      var fields = Fields()
      reader.forEachField { name, value in fields.take(name, value) }
      guard let event = fields.event(at: entry.time, redactor) else { continue }
      events.append(event)
    }
    // What else is missing from the journal is told by the journal's own collector.
    let coverage = reader.finish(artifact: observedArtifact.path)
    return (events, coverage.gaps.filter { $0.cause == .permission })
  }

  private func cut(_ window: TimeWindow) -> Gap {
    Gap(
      artifact: observedArtifact.path, from: window.from, to: window.to, cause: .budget,
      detail:
        "podman wrote more than \(Self.eventLimit) events between two looks; what came after them is left out"
    )
  }

  /// https://github.com/containers/podman/blob/main/libpod/events/journal_linux.go
  private struct Fields {
    private var type: String?
    private var event: String?
    private var name: String?
    private var image: String?

    mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
      switch String(decoding: name, as: UTF8.self) {
      case "PODMAN_TYPE": type = String(decoding: value, as: UTF8.self)
      case "PODMAN_EVENT": event = String(decoding: value, as: UTF8.self)
      case "PODMAN_NAME": self.name = String(decoding: value, as: UTF8.self)
      case "PODMAN_IMAGE": image = String(decoding: value, as: UTF8.self)
      default: break
      }
    }

    func event(at time: Timestamp, _ redactor: Redactor) -> ContainerImages.Event? {
      guard let type, let event, let name else { return nil }
      return ContainerImages.Event(
        at: time, type: type, action: event, name: redactor.redact(name).text,
        image: image.map { redactor.redact($0).text })
    }
  }
}
