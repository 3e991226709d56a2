internal import Evidence
internal import Foundation

/// JSON as the bundle holds it: keys sorted, indented for people, ending with a line feed; the same value is
/// always the same bytes.
enum EvidenceJSON {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }

  /// One line of a `.jsonl` file, with its line feed.
  static func line(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }
}

/// `signals/0001.json`: a signal as it was received.
enum SignalDocument {
  private struct Envelope: Encodable {
    var source: String
    var phase: SignalPhase
    var receivedAt: Timestamp
    var headers: [String: String]
    /// The body where it is no JSON.
    var text: String?

    enum CodingKeys: String, CodingKey {
      case source, phase, headers, text
      case receivedAt = "received_at"
    }
  }

  /// The envelope with the body as it came: JSON is embedded byte for byte, anything else as a string.
  static func encode(_ signal: ReceivedSignal) throws -> [UInt8] {
    let body = signal.body ?? ""
    // A question, no attempt: what is no JSON is kept as text, and nothing is lost.
    let isJSON = (try? JSONSerialization.jsonObject(with: Data(body.utf8), options: .fragmentsAllowed)) != nil
    let envelope = Envelope(
      source: signal.source, phase: signal.phase, receivedAt: signal.receivedAt, headers: signal.headers,
      text: isJSON ? nil : body)
    let head = try EvidenceJSON.encode(envelope)
    guard isJSON, let end = head.lastIndex(of: UInt8(ascii: "}")) else { return head }
    let open = head[..<end].reversed().drop { $0 == 0x0A || $0 == 0x20 }.reversed()
    return Array(open) + Array(",\n  \"body\" : ".utf8) + Array(body.utf8) + Array("\n}\n".utf8)
  }
}
