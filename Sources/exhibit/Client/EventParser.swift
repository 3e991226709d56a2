internal import FoundationEssentials

/// Takes server-sent events out of a stream, as far as the agent uses them: lines that end in a line feed, one `data`
/// line an event (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
struct EventParser {
  /// Bytes of one event; the agent's are some hundred.
  static let limit = 1 << 20

  struct TooLong: Error {}

  /// What one event says.
  struct Event: Equatable {
    var data: [UInt8]

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try JSONDecoder().decode(type, from: Data(data))
    }
  }

  private var line: [UInt8] = []
  private var data: [UInt8]?

  /// - Returns: the events that these bytes complete, however the stream was cut.
  /// - Throws: `TooLong`.
  mutating func feed(_ bytes: some Sequence<UInt8>) throws -> [Event] {
    var events: [Event] = []
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        guard line.count < Self.limit else { throw TooLong() }
        line.append(byte)
        continue
      }
      if line.isEmpty, let complete = data.take() { events.append(Event(data: complete)) }
      if line.starts(with: "data: ".utf8) { data = Array(line.dropFirst(6)) }
      line.removeAll(keepingCapacity: true)
    }
    return events
  }
}
