package import Evidence
internal import FoundationEssentials

/// Why a line is not an event of this version's timeline.
package enum TimelineError: Error, Hashable, CustomStringConvertible {
  case notAnEvent(field: String)
  /// The file may come from a later version.
  case unknownKind(String)

  package var description: String {
    switch self {
    case .notAnEvent(""): "the line is not a JSON object"
    case .notAnEvent(let field): "the line has no usable \"\(field)\""
    case .unknownKind(let kind): "unknown kind \"\(kind)\"; a later version of exhibit knows it"
    }
  }
}

extension Timeline {
  /// `timeline.jsonl`, as Timesketch imports it (https://timesketch.org/guides/user/import-from-json-csv/):
  /// one event a line, `message`, `datetime`, `timestamp` (microseconds), `timestamp_desc`, then ours.
  /// Names are always in the same order; what is not known is left out.
  package static func jsonLines(_ events: [TimelineEvent]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(events.count * 256)
    for event in events { append(event, to: &output) }
    return output
  }

  private static func append(_ event: TimelineEvent, to output: inout [UInt8]) {
    output += "{\"message\":".utf8
    appendJSONString(event.message, to: &output)
    output += ",\"datetime\":\"\(event.at.rfc3339)\",\"timestamp\":\(event.at.microseconds)".utf8
    let others: [(String, String?)] = [
      ("timestamp_desc", event.kind.timestampDescription), ("kind", event.kind.rawValue),
      ("severity", event.severity), ("source", event.source), ("ref", event.reference),
      ("actor", event.actor), ("service", event.service),
    ]
    for case (let name, let value?) in others {
      output += ",\"\(name)\":".utf8
      appendJSONString(value, to: &output)
    }
    if let rank = event.rank { output += ",\"rank\":\(rank)".utf8 }
    output += "}\n".utf8
  }

  /// RFC 8259: the quote, the backslash and the control characters are escaped; all else is UTF-8.
  static func appendJSONString(_ text: String, to output: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): output += "\\n".utf8
      case UInt8(ascii: "\t"): output += "\\t".utf8
      case 0..<0x20: output += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  /// One line of `timeline.jsonl`, without its line feed. Fields that this version does not know are ignored.
  package static func parse(_ line: [UInt8]) throws(TimelineError) -> TimelineEvent {
    let fields: Line
    do {
      fields = try JSONDecoder().decode(Line.self, from: Data(line))
    } catch let DecodingError.keyNotFound(key, _) {
      throw .notAnEvent(field: key.stringValue)
    } catch let DecodingError.typeMismatch(_, context) {
      throw .notAnEvent(field: context.codingPath.first?.stringValue ?? "")
    } catch let DecodingError.valueNotFound(_, context) {
      throw .notAnEvent(field: context.codingPath.first?.stringValue ?? "")
    } catch let DecodingError.dataCorrupted(context) {
      throw .notAnEvent(field: context.codingPath.first?.stringValue ?? "")
    } catch {
      throw .notAnEvent(field: "")
    }
    guard let kind = TimelineKind(rawValue: fields.kind) else { throw .unknownKind(fields.kind) }
    return TimelineEvent(
      at: fields.datetime, kind: kind, message: fields.message, severity: fields.severity,
      source: fields.source, reference: fields.ref, actor: fields.actor, service: fields.service,
      rank: fields.rank)
  }

  private struct Line: Decodable {
    let message: String
    let datetime: Timestamp
    let kind: String
    let severity: String?
    let source: String
    let ref: String?
    let actor: String?
    let service: String?
    let rank: Int?
  }
}

extension TimelineKind {
  /// What the time is the time of: Timesketch's `timestamp_desc`.
  var timestampDescription: String {
    switch self {
    case .incidentOpened: "Incident opened"
    case .incidentAcknowledged: "Incident acknowledged"
    case .incidentMitigated: "Incident mitigated"
    case .incidentResolved: "Incident resolved"
    case .faultStarted: "Fault started"
    case .deploy: "Deploy finished"
    case .config: "Configuration changed"
    case .package: "Package changed"
    case .system: "System changed"
    case .unitStarted: "Unit started"
    case .unitStopped: "Unit stopped"
    case .unitReloaded: "Unit reloaded"
    case .unitFailed: "Unit failed"
    case .unitRestarted: "Unit restarted"
    case .outOfMemory: "Out of memory"
    case .coredump: "Core dumped"
    case .boot: "Host booted"
    case .clock: "Clock changed"
    case .gap: "Evidence gap began"
    case .capture: "Evidence captured"
    }
  }
}
