/// The sets of fields that entries of a process share, each written once in a chunk.
///
/// A context is a line `{"__CONTEXT":"17.3","__SEQNUM_ID":"…","_BOOT_ID":"…","_EXE":"…",…}`: the chunk and its number
/// there. Entries refer to it by their member `"__CONTEXT":"17.3"`; together they have all fields, and the parts of
/// the cursor. A context stands before the entries that refer to it, and is of no use after the last line of its
/// chunk.
struct JournalContexts: ~Copyable {
  struct Number: BitwiseCopyable {
    var index: Int
    /// The member by which entries refer to it, with the comma before it.
    var reference: ShortText
  }

  enum Search {
    case known(Number)
    case new(Number)
    /// There is nothing to share, or it is not worth a line.
    case none
  }

  private struct Context {
    var number: Number
    var file: Int
    var boot: JournalID
    var fields: Range<Int>
    /// Entries with these fields have them themselves.
    var isRefused = false
  }

  private var chunk = 0
  private var file = 0
  private var boot = JournalID(high: 0, low: 0)
  private var hash = PlacesHash()
  /// Places of the fields of the current entry.
  private(set) var wanted = ScratchList<Int>()
  /// Places of the fields of each context, one after the other.
  private var known = ScratchList<Int>()
  private var contexts: [Context] = []
  /// Numbers of contexts by the hash of their places; chunks have fewer entries than this has slots.
  private let slots: UnsafeMutablePointer<Int32>
  private static let slotCount = 2 * JournalChunk.entryLimit
  private var entries = 0

  init() {
    slots = .allocate(capacity: Self.slotCount)
    slots.initialize(repeating: -1, count: Self.slotCount)
  }

  deinit {
    slots.deallocate()
  }

  mutating func removeAll(chunk: Int) {
    self.chunk = chunk
    entries = 0
    known.removeAll()
    contexts.removeAll(keepingCapacity: true)
    slots.update(repeating: -1, count: Self.slotCount)
  }

  /// Begins the context of an entry.
  mutating func begin(file: Int, boot: JournalID) {
    self.file = file
    self.boot = boot
    hash = PlacesHash()
    wanted.removeAll()
  }

  @inline(__always)
  mutating func add(_ offset: Int) {
    wanted.append(offset)
    hash.append(offset)
  }

  /// Adds so many places, whose hash is known.
  @inline(__always)
  mutating func add(_ count: Int, _ hash: PlacesHash, _ place: (Int) -> Int) {
    wanted.append(count, place)
    self.hash.append(hash)
  }

  /// Looks for the context of the current entry.
  mutating func find() -> Search {
    guard wanted.count > 0 else { return .none }
    if let index = indexOfCurrent {
      entries += 1
      return contexts[index].isRefused ? .none : .known(contexts[index].number)
    }
    entries += 1
    // Where hardly two entries share their fields, lines of contexts would be a burden.
    guard contexts.count < 64 || contexts.count < entries / 4 else { return .none }
    let index = contexts.count
    let number = Number(index: index, reference: reference(to: index))
    contexts.append(
      Context(number: number, file: file, boot: boot, fields: known.count..<(known.count + wanted.count)))
    known.append(wanted.all)
    var slot = hash.slot(of: Self.slotCount)
    while slots[slot] >= 0 { slot = (slot + 1) & (Self.slotCount - 1) }
    slots[slot] = Int32(index)
    return .new(number)
  }

  /// The context of the current entry if it was written already.
  mutating func findKnown() -> Number? {
    guard wanted.count > 0, let index = indexOfCurrent, !contexts[index].isRefused else { return nil }
    entries += 1
    return contexts[index].number
  }

  @inline(__always)
  private var indexOfCurrent: Int? {
    var slot = hash.slot(of: Self.slotCount)
    while slots[slot] >= 0 {
      if isCurrent(contexts[Int(slots[slot])]) { return Int(slots[slot]) }
      slot = (slot &+ 1) & (Self.slotCount - 1)
    }
    return nil
  }

  private func isCurrent(_ context: Context) -> Bool {
    guard context.file == file, context.fields.count == wanted.count, context.boot == boot else {
      return false
    }
    return known.holds(wanted.all, at: context.fields.lowerBound)
  }

  /// Has entries with the fields of a new context keep them.
  mutating func refuse(_ number: Number) {
    contexts[number.index].isRefused = true
  }

  func appendHeader(_ number: Number, _ entry: JournalEntry, to output: inout ByteBuffer) {
    var text = ByteBuffer(capacity: 64)
    text.append(number.reference)
    output.append(UInt8(ascii: "{"))
    output.append(UnsafeRawBufferPointer(rebasing: text.bytes.dropFirst()))
    var ids: [UInt8] = []
    ids.append(literal: ",\"__SEQNUM_ID\":\"")
    entry.sequenceID.append(to: &ids)
    ids.append(literal: "\",\"_BOOT_ID\":\"")
    entry.bootID.append(to: &ids)
    ids.append(literal: "\"")
    output.append(ids)
  }

  /// Chunks have as few entries, and files as few chunks, that it is short enough.
  private func reference(to index: Int) -> ShortText {
    var text = ByteBuffer(capacity: 64)
    text.append(literal: ",\"__CONTEXT\":\"")
    text.append(decimal: UInt64(chunk))
    text.append(UInt8(ascii: "."))
    text.append(decimal: UInt64(index))
    text.append(UInt8(ascii: "\""))
    return ShortText(text.bytes)
  }
}

/// A hash of a list of places: that of two lists one after the other comes of the hashes of both.
struct PlacesHash: BitwiseCopyable {
  private var value: UInt64 = 0
  /// What a hash before this one is multiplied by.
  private var power: UInt64 = 1

  private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  mutating func append(_ place: Int) {
    value = value &* Self.base &+ UInt64(truncatingIfNeeded: place)
    power = power &* Self.base
  }

  @inline(__always)
  mutating func append(_ other: PlacesHash) {
    value = value &* other.power &+ other.value
    power = power &* other.power
  }

  /// - Parameter count: of slots, a power of two.
  /// - Returns: the slot to begin with.
  @inline(__always)
  func slot(of count: Int) -> Int {
    // Places are multiples of 8: the upper bits of a product are mixed best.
    Int(truncatingIfNeeded: (value &* 0xD6E8_FEB8_6659_FD93) >> 32) & (count &- 1)
  }
}
