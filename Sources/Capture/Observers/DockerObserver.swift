internal import Deploys
package import Evidence
internal import Foundation
package import Redaction

/// Sees changes of Docker's containers by its events API
/// (https://docs.docker.com/reference/api/engine/version/v1.47/#tag/System/operation/SystemEvents). The daemon keeps
/// the last 256 events, and none over its restart.
package struct DockerObserver: ChangeObserver {
  /// What the daemon keeps, of all kinds: hence no filter, which would hide that some were lost
  /// (https://github.com/moby/moby/blob/master/daemon/events/events.go, `eventsLimit`).
  private static let bufferedEvents = 256

  package let name = "docker"
  /// Asked for, not promised.
  package let hindsight = 86_400.0
  private let socket: String

  /// - Parameter socket: path of the daemon's unix socket.
  package init(socket: String) {
    self.socket = socket
  }

  private struct Cursor: Codable {
    /// Of the last event that was seen, in nanoseconds since 1970.
    var last: Int64
    var images = ContainerImages()
  }

  private struct Message: Decodable {
    struct Actor: Decodable {
      var ID: String?
      var Attributes: [String: String]?
    }

    var type: String?
    var action: String?
    var actor: Actor?
    var timeNano: Int64?

    enum CodingKeys: String, CodingKey {
      case type = "Type"
      case action = "Action"
      case actor = "Actor"
      case timeNano
    }
  }

  package func observe(after position: String?, at now: Timestamp, redactor: Redactor) throws -> Observation?
  {
    var cursor =
      try position.map { try JSONDecoder().decode(Cursor.self, from: Data($0.utf8)) }
      ?? Cursor(last: now.adding(seconds: -hindsight).nanoseconds)
    let body = try UnixHTTP(socket: socket).get(Self.path(since: cursor.last, until: now.nanoseconds))
    var changes: [ObservedChange] = []
    let messages = try body.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Message.self, from: Data($0))
    }
    let gaps = position == nil ? [] : loss(messages, since: cursor.last)
    for message in messages.sorted(by: { ($0.timeNano ?? 0) < ($1.timeNano ?? 0) }) {
      // The API's `since` includes what was seen last.
      guard let time = message.timeNano, time > cursor.last else { continue }
      cursor.last = time
      if let change = cursor.images.take(event(message, time, redactor), source: name) {
        changes.append(change)
      }
    }
    return try Observation(changes: changes, at: cursor, gaps: gaps)
  }

  /// A full buffer that does not reach back to the last look has lost what lay between.
  private func loss(_ messages: [Message], since last: Int64) -> [Gap] {
    guard messages.count >= Self.bufferedEvents, let oldest = messages.compactMap(\.timeNano).min(),
      oldest > last
    else { return [] }
    return [
      Gap(
        artifact: observedArtifact.path, from: Timestamp(nanoseconds: last),
        to: Timestamp(nanoseconds: oldest),
        cause: .budget,
        detail:
          "docker keeps its last \(Self.bufferedEvents) events, and had more since the agent looked; lower "
          + "observed.interval")
    ]
  }

  private func event(_ message: Message, _ time: Int64, _ redactor: Redactor) -> ContainerImages.Event {
    let attributes = message.actor?.Attributes ?? [:]
    let name = message.type == "image" ? message.actor?.ID : attributes["name"]
    return ContainerImages.Event(
      at: Timestamp(nanoseconds: time), type: message.type ?? "", action: message.action ?? "",
      name: redactor.redact(name ?? "").text, image: attributes["image"].map { redactor.redact($0).text })
  }

  /// `until` ends the answer: without it the daemon would go on for ever.
  private static func path(since: Int64, until: Int64) -> String {
    func time(_ nanoseconds: Int64) -> String {
      let fraction = String(nanoseconds % 1_000_000_000)
      return
        "\(nanoseconds / 1_000_000_000).\(String(repeating: "0", count: 9 - fraction.utf8.count))\(fraction)"
    }
    return "/events?since=\(time(since))&until=\(time(until))"
  }
}
