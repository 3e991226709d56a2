/// Writes what stands before the fields of an entry, as the encoders do, with the parts that entries share kept.
struct EntryHeaderWriter: ~Copyable {
  private let isJSON: Bool
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

  mutating func begin(_ entry: JournalEntry, context: JournalContexts.Number?, to output: inout ByteBuffer) {
    guard isJSON else { return beginExport(entry, to: &output) }
    if let context { return begin(entry, in: context, to: &output) }
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

  /// With a context, which has the boot and the sequence: with them these are the parts of the cursor.
  private func begin(_ entry: JournalEntry, in context: JournalContexts.Number, to output: inout ByteBuffer) {
    output.append(literal: "{\"__REALTIME_TIMESTAMP\":\"")
    output.append(decimal: entry.realtime)
    output.append(literal: "\",\"__MONOTONIC_TIMESTAMP\":\"")
    output.append(decimal: entry.monotonic)
    output.append(literal: "\",\"__SEQNUM\":\"")
    output.append(decimal: entry.sequenceNumber)
    output.append(literal: "\",\"__XOR_HASH\":\"")
    output.append(hexadecimal: entry.fieldsHash)
    output.append(literal: "\",\"__CONTEXT\":\"")
    JournalContexts.append(context, to: &output)
    output.append(UInt8(ascii: "\""))
  }

  func end(to output: inout ByteBuffer) {
    if isJSON { output.append(literal: "}\n") } else { output.append(UInt8(ascii: "\n")) }
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
