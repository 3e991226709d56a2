package import Evidence
internal import FoundationEssentials

/// Where a JSON body of any shape keeps the facts of an incident.
package struct GenericPointers: Hashable, Sendable {
  /// A string or an integer; required in the body.
  package var incident: JSONPointer
  package var title: JSONPointer
  package var status: JSONPointer
  package var severity: JSONPointer
  /// RFC 3339, or seconds or milliseconds since the epoch.
  package var started: JSONPointer

  package init(
    incident: JSONPointer = JSONPointer(tokens: ["incident_id"]),
    title: JSONPointer = JSONPointer(tokens: ["title"]),
    status: JSONPointer = JSONPointer(tokens: ["status"]),
    severity: JSONPointer = JSONPointer(tokens: ["severity"]),
    started: JSONPointer = JSONPointer(tokens: ["started_at"])
  ) {
    self.incident = incident
    self.title = title
    self.status = status
    self.severity = severity
    self.started = started
  }
}

/// Any JSON message, read through configured JSON Pointers. Labels are the scalars of `/labels`, if it is an
/// object.
package struct GenericSource: SignalSource {
  package let name = "generic"
  private let pointers: GenericPointers

  package init(pointers: GenericPointers = GenericPointers()) {
    self.pointers = pointers
  }

  package func decode(_ body: [UInt8], receivedAt: Timestamp) throws(SignalError) -> Signal {
    let message = try decodeJSON(GenericMessage.self, from: body, configuration: pointers)
    let incident = try incidentID(message.incident)
    let title = try text(message.title, at: pointers.title) ?? incident
    let severity = try text(message.severity, at: pointers.severity)
    return Signal(
      source: name, incidentKey: incident, incidentID: incident, phase: try phase(message.status),
      title: title.cut(toBytes: SignalLimits.titleBytes),
      severity: severity?.cut(toBytes: SignalLimits.severityBytes), receivedAt: receivedAt,
      startedAt: try startTime(message.started), labels: bounded(message.labels))
  }

  private func incidentID(_ value: JSONScalar) throws(SignalError) -> String {
    let pointer = pointers.incident
    guard let id = try text(value, at: pointer) else {
      throw .field(pointer: pointer.description, problem: "is missing; it must hold the incident's id")
    }
    guard id.utf8.count <= SignalLimits.incidentIDBytes else {
      throw .field(
        pointer: pointer.description,
        problem: "is longer than \(SignalLimits.incidentIDBytes) bytes; it must hold the incident's id")
    }
    return id
  }

  /// The string or integer; `nil` where there is none, `null`, or only white space.
  private func text(_ value: JSONScalar, at pointer: JSONPointer) throws(SignalError) -> String? {
    switch value {
    case .null: return nil
    case .string(let text): return text.trimmed
    case .integer(let value): return String(value)
    default: throw .field(pointer: pointer.description, problem: "must be a string or an integer")
    }
  }

  private func phase(_ value: JSONScalar) throws(SignalError) -> SignalPhase {
    guard let status = try text(value, at: pointers.status) else { return .opened }
    guard let phase = Self.phases[status.lowercased()] else {
      let known = Self.phases.keys.sorted().joined(separator: ", ")
      throw .field(pointer: pointers.status.description, problem: "is none of: \(known)")
    }
    return phase
  }

  private static let phases: [String: SignalPhase] = [
    "alert": .opened, "alerting": .opened, "created": .opened, "firing": .opened, "open": .opened,
    "opened": .opened, "reopened": .opened, "triggered": .opened,
    "ack": .acknowledged, "acked": .acknowledged, "acknowledged": .acknowledged,
    "updated": .updated,
    "mitigated": .mitigated,
    "ok": .resolved, "recovered": .resolved, "resolved": .resolved,
    "closed": .closed,
  ]

  private func startTime(_ value: JSONScalar) throws(SignalError) -> Timestamp? {
    let time: Timestamp?
    switch value {
    case .null: return nil
    case .string(let text): time = Timestamp(rfc3339: text)
    case .integer(let value): time = Timestamp(epoch: value)
    case .number(let value): time = Timestamp(epochSeconds: value)
    case .bool, .other: time = nil
    }
    guard let time else {
      throw .field(
        pointer: pointers.started.description,
        problem: "must be an RFC 3339 time, or seconds or milliseconds since 1970")
    }
    return time
  }
}

/// What the pointers point at, `null` where that is nothing.
private struct GenericMessage: DecodableWithConfiguration {
  let incident: JSONScalar
  let title: JSONScalar
  let status: JSONScalar
  let severity: JSONScalar
  let started: JSONScalar
  let labels: [String: String]

  init(from decoder: any Decoder, configuration: GenericPointers) throws {
    func scalar(at pointer: JSONPointer) throws -> JSONScalar {
      try pointer.decoder(in: decoder).map(JSONScalar.init) ?? .null
    }
    incident = try scalar(at: configuration.incident)
    title = try scalar(at: configuration.title)
    status = try scalar(at: configuration.status)
    severity = try scalar(at: configuration.severity)
    started = try scalar(at: configuration.started)
    labels = try Self.labels(JSONPointer(tokens: ["labels"]).decoder(in: decoder))
  }

  private static func labels(_ decoder: (any Decoder)?) throws -> [String: String] {
    // Labels are not required: an array or a text of that name is something else of the sender's.
    guard let object = try? decoder?.container(keyedBy: JSONName.self) else { return [:] }
    return try object.allKeys.reduce(into: [:]) { labels, name in
      labels[name.stringValue] = try JSONScalar(from: object.superDecoder(forKey: name)).labelText
    }
  }
}

extension Timestamp {
  /// Below 100,000,000,000 it is seconds (until the year 5138), above it milliseconds (from 1973).
  fileprivate init?(epoch value: Int64) {
    guard (0..<100_000_000_000_000).contains(value) else { return nil }
    let unit: Int64 = value < 100_000_000_000 ? 1_000_000_000 : 1_000_000
    let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    self.init(nanoseconds: nanoseconds)
  }

  fileprivate init?(epochSeconds value: Double) {
    guard value >= 0, value < 9_000_000_000 else { return nil }
    self.init(nanoseconds: Int64(value * 1e9))
  }
}
