internal import Redaction

/// Redacts the fields of one entry at a time, with what its log stream said before in mind.
///
/// Fields are redacted before they are rendered, since rendering hides secrets: `journalctl -o json` writes a message
/// with an escape sequence in it as an array of numbers.
struct JournalFieldRedaction: ~Copyable {
  private struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  /// `nil` lends the fields as they are.
  private var redactor: RecordRedactor?
  private var counted = RedactionCounts()
  /// Redacted fields of the current entry, one after the other.
  private var bytes: [UInt8] = []
  private var fields: [Field] = []
  private var scratch: [UInt8] = []
  private var message: [UInt8] = []
  private var messageAt: Int?
  private var stream = StreamKey()
  private var openBlocks: OpenBlocks
  private var chunk = 0

  init(_ redactor: Redactor?) {
    self.redactor = redactor.map { $0.makeRecordRedactor() }
    openBlocks = OpenBlocks()
  }

  /// Begins a chunk.
  mutating func begin(chunk: Int, _ openBlocks: OpenBlocks) {
    self.chunk = chunk
    self.openBlocks = openBlocks
  }

  /// Ends a chunk.
  /// - Returns: the streams that are in the middle of a key.
  mutating func endChunk() -> OpenBlocks {
    openBlocks.expire(at: chunk)
    return openBlocks
  }

  /// Whether the stream of some entry is in the middle of a key.
  var hasOpenBlocks: Bool { !openBlocks.isEmpty }

  /// What was redacted since the last call.
  mutating func takeCounts() -> RedactionCounts {
    guard let now = redactor?.counts else { return RedactionCounts() }
    defer { counted = now }
    return now.subtracting(counted)
  }

  /// Says which systemd unit the fields to come are of.
  mutating func enter(unit: UnsafeRawBufferPointer?) {
    redactor?.enter(unit: unit.map { String(decoding: $0, as: UTF8.self) })
  }

  mutating func beginEntry() {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    message.removeAll(keepingCapacity: true)
    messageAt = nil
    stream = StreamKey()
  }

  mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    stream.note(name: name, value: value)
    if name.equals("MESSAGE"), messageAt == nil, redactor != nil {
      // Kept until the stream is known: the fields come in any order.
      message.append(value)
      messageAt = fields.count
      fields.append(Field(name: 0..<0, value: 0..<0))
      return
    }
    let start = bytes.count
    guard redactor != nil, !FieldTraits(of: name).trusts(value, as: JournalText.kind(of: value)) else {
      bytes.append(name)
      bytes.append(value)
      let end = start + name.count
      return fields.append(Field(name: start..<end, value: end..<bytes.count))
    }
    // With its name before it: of `DB_PASSWORD=…` the name says that the value is a secret.
    scratch.removeAll(keepingCapacity: true)
    scratch.append(name)
    scratch.append(UInt8(ascii: "="))
    scratch.append(value)
    var state = BlockState()
    scratch.withUnsafeBytes { redactor?.redact($0, state: &state, appendingTo: &bytes) }
    fields.append(locate(name, from: start))
  }

  /// Finds name and value in `NAME=value` as it was redacted.
  private mutating func locate(_ name: UnsafeRawBufferPointer, from start: Int) -> Field {
    let end = start + name.count
    if end < bytes.count, bytes[end] == UInt8(ascii: "="), bytes[start..<end].elementsEqual(name) {
      return Field(name: start..<end, value: (end + 1)..<bytes.count)
    }
    // The name itself was taken for part of a secret: all of it is the value.
    let value = start..<bytes.count
    bytes.append(name)
    return Field(name: value.upperBound..<bytes.count, value: value)
  }

  /// Lends the redacted fields, in the order in which they came.
  mutating func forEachRedacted(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
  ) {
    redactMessage()
    bytes.withUnsafeBytes { bytes in
      for field in fields {
        body(
          UnsafeRawBufferPointer(rebasing: bytes[field.name]),
          UnsafeRawBufferPointer(rebasing: bytes[field.value]))
      }
    }
  }

  /// A program that logs a private key line by line makes an entry of each: what block a stream is in is kept
  /// from entry to entry.
  private mutating func redactMessage() {
    guard let messageAt else { return }
    var state = openBlocks.state(of: stream) ?? BlockState()
    let start = bytes.count
    bytes.append(literal: "MESSAGE")
    let end = bytes.count
    message.withUnsafeBytes { redactor?.redact($0, state: &state, appendingTo: &bytes) }
    fields[messageAt] = Field(name: start..<end, value: end..<bytes.count)
    openBlocks.set(state, of: stream, chunk: chunk)
  }

  /// Redacts a line as it was rendered: fields that are harmless each can be a secret together.
  /// - Returns: the line, or `nil` when nothing is to be changed.
  mutating func redact(line: [UInt8]) -> [UInt8]? {
    scratch.removeAll(keepingCapacity: true)
    var state = BlockState()
    line.withUnsafeBytes { redactor?.redact($0, state: &state, appendingTo: &scratch) }
    return redactor == nil || scratch == line ? nil : scratch
  }
}

/// What tells one log stream from another: the stream, process and identifier of an entry.
struct StreamKey: Hashable, Sendable {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  /// FNV-1a over the fields that name a stream, in any order.
  mutating func note(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    guard Self.isPart(name) else { return }
    var field: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { field = (field ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for byte in value { field = (field ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = hash &+ field
  }

  private static func isPart(_ name: UnsafeRawBufferPointer) -> Bool {
    name.equals("_STREAM_ID") || name.equals("_PID") || name.equals("SYSLOG_IDENTIFIER")
      || name.equals("_BOOT_ID")
  }
}
