/// Writes what stands before the fields of an entry, as the encoders do, with the parts that entries share kept.
struct EntryHeaderWriter: ~Copyable {
  private let isJSON: Bool
  private let realtime = ShortText("{\"__REALTIME_TIMESTAMP\":\"")
  private let monotonic = ShortText("\",\"__MONOTONIC_TIMESTAMP\":\"")
  private let sequenceNumber = ShortText("\",\"__SEQNUM\":\"")
  private let fieldsHash = ShortText("\",\"__XOR_HASH\":\"")
  private let context = ShortText(",\"__CONTEXT\":\"")
  private let export = JournalExportEncoder()
  private var sequence = JournalID(high: 0, low: 0)
  private var boot = JournalID(high: 0, low: 0)
  private var start: [UInt8] = []
  private var middle: [UInt8] = []
  private var end: [UInt8] = []

  init(form: JournalForm) {
    if case .json = form { isJSON = true } else { isJSON = false }
  }

  /// Whether the values of a name that comes more than once have to stand together.
  var groupsNames: Bool { isJSON }

  /// - Parameters:
  ///   - entry: whose header it is.
  ///   - isApart: whether the entry refers to a context, which has the boot and the sequence.
  ///   - output: what it is appended to.
  mutating func begin(_ entry: JournalEntry, isApart: Bool, to output: inout ByteBuffer) {
    guard isJSON else { return beginExport(entry, to: &output) }
    if isApart { return beginApart(entry, to: &output) }
    if entry.sequenceID != sequence || entry.bootID != boot || start.isEmpty { prepare(entry) }
    output.append(start)
    output.append(hexadecimal: entry.sequenceNumber)
    output.append(middle)
    output.append(hexadecimal: entry.monotonic)
    output.append(literal: ";t=")
    output.append(hexadecimal: entry.realtime)
    output.append(literal: ";x=")
    output.append(hexadecimal: entry.fieldsHash)
    output.append(literal: "\",\"__REALTIME_TIMESTAMP\":\"")
    output.append(decimal: entry.realtime)
    output.append(literal: "\",\"__MONOTONIC_TIMESTAMP\":\"")
    output.append(decimal: entry.monotonic)
    output.append(end)
  }

  /// With the boot and the sequence of its context these are the parts of the cursor.
  private func beginApart(_ entry: JournalEntry, to output: inout ByteBuffer) {
    output.append(realtime)
    output.append(decimal: entry.realtime)
    output.append(monotonic)
    output.append(decimal: entry.monotonic)
    output.append(sequenceNumber)
    output.append(decimal: entry.sequenceNumber)
    output.append(fieldsHash)
    output.append(hexadecimal: entry.fieldsHash)
    output.append(UInt8(ascii: "\""))
  }

  /// - Parameters:
  ///   - context: that the entry refers to.
  ///   - output: what it is appended to.
  func end(_ context: JournalContexts.Number?, to output: inout ByteBuffer) {
    guard isJSON else { return output.append(UInt8(ascii: "\n")) }
    guard let context else { return output.append(literal: "}\n") }
    output.append(self.context)
    JournalContexts.append(context, to: &output)
    output.append(literal: "\"}\n")
  }

  private mutating func beginExport(_ entry: JournalEntry, to output: inout ByteBuffer) {
    start.removeAll(keepingCapacity: true)
    export.begin(entry, to: &start)
    output.append(start)
  }

  private mutating func prepare(_ entry: JournalEntry) {
    (sequence, boot) = (entry.sequenceID, entry.bootID)
    start.removeAll()
    start.append(literal: "{\"__CURSOR\":\"s=")
    sequence.append(to: &start)
    start.append(literal: ";i=")
    middle.removeAll()
    middle.append(literal: ";b=")
    boot.append(to: &middle)
    middle.append(literal: ";m=")
    end.removeAll()
    end.append(literal: "\",\"_BOOT_ID\":\"")
    boot.append(to: &end)
    end.append(UInt8(ascii: "\""))
  }
}

/// A text of at most 32 bytes, which is appended by one store.
private struct ShortText: BitwiseCopyable {
  private var bytes = SIMD32<UInt8>()
  private let count: Int

  init(_ text: StaticString) {
    precondition(text.utf8CodeUnitCount <= 32)
    count = text.utf8CodeUnitCount
    for index in 0..<count { bytes[index] = text.utf8Start[index] }
  }

  @inline(__always)
  func append(to output: inout ByteBuffer) {
    output.append(room: 32) {
      $0.storeBytes(of: bytes, as: SIMD32<UInt8>.self)
      return count
    }
  }
}

extension ByteBuffer {
  @inline(__always)
  fileprivate mutating func append(_ text: ShortText) { text.append(to: &self) }
}
