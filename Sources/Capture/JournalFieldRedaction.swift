internal import Journal
internal import Redaction

/// Redacts the fields of journal entries before they are rendered, since rendering hides secrets: `journalctl
/// -o json` writes a message with an escape sequence in it as an array of numbers.
///
/// The rendered lines pass the same redaction again on their way into the artifact.
struct JournalFieldRedaction: ~Copyable {
  /// Log streams that may be inside a private key at a time; beyond that the oldest are forgotten.
  private static let openStreamLimit = 1024

  private struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  private var redactor: RecordRedactor
  /// Redacted fields of the current entry, one after the other.
  private var bytes: [UInt8] = []
  private var fields: [Field] = []
  private var scratch: [UInt8] = []
  private var message: [UInt8] = []
  private var hasMessage = false
  private var stream = StreamKey()
  private var openBlocks: [StreamKey: BlockState] = [:]

  init(_ redactor: Redactor) {
    self.redactor = redactor.makeRecordRedactor()
  }

  var counts: RedactionCounts { redactor.counts }

  mutating func beginEntry() {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    message.removeAll(keepingCapacity: true)
    hasMessage = false
    stream = StreamKey()
  }

  mutating func redact(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    stream.note(name: name, value: value)
    if name.elementsEqual("MESSAGE".utf8), !hasMessage {
      // Kept until the stream is known: the fields come in any order.
      message.append(contentsOf: value)
      hasMessage = true
      return
    }
    // With its name before it: of `DB_PASSWORD=…` the name says that the value is a secret.
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: name)
    scratch.append(UInt8(ascii: "="))
    scratch.append(contentsOf: value)
    var state = BlockState()
    let start = bytes.count
    scratch.withUnsafeBytes { redactor.redact($0, state: &state, appendingTo: &bytes) }
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
    bytes.append(contentsOf: name)
    return Field(name: value.upperBound..<bytes.count, value: value)
  }

  /// Lends the redacted fields.
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
    guard hasMessage else { return }
    var state = openBlocks.isEmpty ? BlockState() : openBlocks[stream] ?? BlockState()
    let start = bytes.count
    bytes.append(contentsOf: "MESSAGE".utf8)
    let end = bytes.count
    message.withUnsafeBytes { redactor.redact($0, state: &state, appendingTo: &bytes) }
    fields.append(Field(name: start..<end, value: end..<bytes.count))
    if state.isInPrivateKey {
      if openBlocks.count >= Self.openStreamLimit { openBlocks.removeAll() }
      openBlocks[stream] = state
    } else if !openBlocks.isEmpty {
      openBlocks[stream] = nil
    }
  }
}

/// What tells one log stream from another: the stream, process and identifier of an entry.
private struct StreamKey: Hashable {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  /// FNV-1a over the fields that name a stream, in any order.
  mutating func note(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    guard Self.names.contains(where: { name.elementsEqual($0) }) else { return }
    var field: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { field = (field ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for byte in value { field = (field ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = hash &+ field
  }

  private static let names = ["_STREAM_ID", "_PID", "SYSLOG_IDENTIFIER", "_BOOT_ID"].map { Array($0.utf8) }
}
