/// Writes what stands before the fields of an entry, as the encoders do, with the parts that entries share kept.
struct EntryHeaderWriter: ~Copyable {
  private let isJSON: Bool
  private let cursorParts = ShortText("\",\"__CURSOR_PARTS\":\"i=")
  private let monotonic = ShortText(";m=")
  private let fieldsHash = ShortText(";x=")
  private let closing = ShortText("}\n")
  private let newline = ShortText("\n")
  private let export = JournalExportEncoder()
  private var sequence = JournalID(high: 0, low: 0)
  private var boot = JournalID(high: 0, low: 0)
  private var start: [UInt8] = []
  private var middle: [UInt8] = []
  private var end: [UInt8] = []
  /// The time up to its seconds, and the seconds: many entries have the same.
  private var time = ByteBuffer(capacity: 64)
  private var seconds: UInt64?

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

  /// With the boot and the sequence of its context, and the time, these are the parts of the cursor.
  private mutating func beginApart(_ entry: JournalEntry, to output: inout ByteBuffer) {
    let (seconds, microseconds) = entry.realtime.quotientAndRemainder(dividingBy: 1_000_000)
    if seconds != self.seconds {
      self.seconds = seconds
      time.removeAll()
      time.append(literal: "{\"__REALTIME_TIMESTAMP\":\"")
      if seconds > 0 { time.append(decimal: seconds) }
    }
    output.append(time.bytes)
    if seconds > 0 { output.append(sixDigits: microseconds) } else { output.append(decimal: microseconds) }
    output.append(cursorParts)
    output.append(hexadecimal: entry.sequenceNumber)
    output.append(monotonic)
    output.append(hexadecimal: entry.monotonic)
    output.append(fieldsHash)
    output.append(hexadecimal: entry.fieldsHash)
    output.append(UInt8(ascii: "\""))
  }

  /// - Parameters:
  ///   - reference: to the context that the entry refers to.
  ///   - output: what it is appended to.
  func end(_ reference: ShortText?, to output: inout ByteBuffer) {
    if let reference { output.append(reference) }
    output.append(isJSON ? closing : newline)
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
