/// The sets of fields that entries of a process share, each written once in a chunk.
///
/// A context is a line `{"__CONTEXT":"17.3","__SEQNUM_ID":"…","_BOOT_ID":"…","_EXE":"…",…}`: the chunk and its number
/// there. Entries refer to it by their member `"__CONTEXT":"17.3"`; together they have all fields, and the parts of
/// the cursor. A context stands before the entries that refer to it, and is of no use after the last line of its
/// chunk.
struct JournalContexts: ~Copyable {
  struct Number {
    var chunk: Int
    var index: Int
  }

  enum Search {
    case known(Number)
    case new(Number)
    /// There is nothing to share, or it is not worth a line.
    case none
  }

  private struct Context {
    var file: Int
    var boot: JournalID
    var fields: Range<Int>
    /// Entries with these fields have them themselves.
    var isRefused = false
  }

  private var chunk = 0
  private var file = 0
  private var boot = JournalID(high: 0, low: 0)
  private var hash: UInt64 = 0
  /// Places of the fields of the current entry.
  private(set) var wanted = ScratchList<Int>()
  /// Places of the fields of each context, one after the other.
  private var known: [Int] = []
  private var contexts: [Context] = []
  private var numbers: [UInt64: [Int]] = [:]
  private var entries = 0

  mutating func removeAll(chunk: Int) {
    self.chunk = chunk
    entries = 0
    known.removeAll(keepingCapacity: true)
    contexts.removeAll(keepingCapacity: true)
    numbers.removeAll(keepingCapacity: true)
  }

  /// Begins the context of an entry.
  mutating func begin(file: Int, boot: JournalID) {
    self.file = file
    self.boot = boot
    hash = UInt64(file)
    wanted.removeAll()
  }

  @inline(__always)
  mutating func add(_ offset: Int) {
    wanted.append(offset)
    hash = (hash ^ UInt64(offset)) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 29
  }

  /// Looks for the context of the current entry.
  mutating func find() -> Search {
    guard wanted.count > 0 else { return .none }
    entries += 1
    for index in numbers[hash] ?? [] where isCurrent(contexts[index]) {
      return contexts[index].isRefused ? .none : .known(Number(chunk: chunk, index: index))
    }
    // Where hardly two entries share their fields, lines of contexts would be a burden.
    guard contexts.count < 64 || contexts.count < entries / 4 else { return .none }
    let index = contexts.count
    contexts.append(Context(file: file, boot: boot, fields: known.count..<(known.count + wanted.count)))
    known.append(contentsOf: wanted.all)
    numbers[hash, default: []].append(index)
    return .new(Number(chunk: chunk, index: index))
  }

  private func isCurrent(_ context: Context) -> Bool {
    guard context.file == file, context.fields.count == wanted.count, context.boot == boot else {
      return false
    }
    for index in 0..<wanted.count where known[context.fields.lowerBound + index] != wanted[index] {
      return false
    }
    return true
  }

  /// Has entries with the fields of a new context keep them.
  mutating func refuse(_ number: Number) {
    contexts[number.index].isRefused = true
  }

  func appendHeader(_ number: Number, _ entry: JournalEntry, to output: inout ByteBuffer) {
    output.append(literal: "{\"__CONTEXT\":\"")
    Self.append(number, to: &output)
    var ids: [UInt8] = []
    ids.append(literal: "\",\"__SEQNUM_ID\":\"")
    entry.sequenceID.append(to: &ids)
    ids.append(literal: "\",\"_BOOT_ID\":\"")
    entry.bootID.append(to: &ids)
    ids.append(literal: "\"")
    output.append(ids)
  }

  static func append(_ number: Number, to output: inout ByteBuffer) {
    output.append(decimal: UInt64(number.chunk))
    output.append(UInt8(ascii: "."))
    output.append(decimal: UInt64(number.index))
  }
}
