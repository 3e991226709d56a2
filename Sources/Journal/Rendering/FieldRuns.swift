/// Fields that stand side by side in many entries, each such run put together once.
///
/// Entries list their fields in the order in which these came into the file. Those of a process came with its first
/// entry, so that nearly all of its entries begin with the same ones: looking each of them up again was the largest
/// part of rendering. A run is a list of places in one file that are all *steady*; what it becomes is known by
/// comparing the list.
struct FieldRuns: ~Copyable {
  /// A run that is kept, until the next `makeRoom` or `insert`.
  struct Run {
    fileprivate let block: UnsafeRawPointer

    @inline(__always)
    fileprivate var head: Head { block.loadUnaligned(as: Head.self) }

    /// Which of the first 256 names of the `NameTable` its fields have.
    @inline(__always)
    var names: NameSet { head.names }
  }

  /// What stands before the lists and the text of a run: one block holds it all, since to wait for one piece of memory
  /// after the other was most of what a run cost.
  fileprivate struct Head: BitwiseCopyable {
    var names = NameSet()
    /// The places of those of its fields that are part of the entry's context.
    var context = PlacesHash()
    var file: UInt32 = 0
    /// Its places, and those of its context behind them, in units of `placeUnit`.
    var count: UInt32 = 0
    var contextCount: UInt32 = 0
    /// Bytes of its fields as they are written, behind the lists.
    var textCount: UInt32 = 0
  }

  /// Runs that are kept, and bytes of their blocks; beyond either all are forgotten.
  private static let limit = 4096
  private static let arenaLimit = 2 << 20
  /// Objects are aligned to so many bytes (JOURNAL_FILE_FORMAT, "Objects"): 32 bits reach over 32 GiB.
  private static let placeUnit = 8

  /// A set of steady places that can err in favour of a place; a run that is not known is the worst that comes of it.
  private static let steadyBits = 1 << 17
  private static let steadyLimit = 8192
  private let steady: UnsafeMutablePointer<UInt64>
  private var steadyCount = 0

  private struct Slot {
    /// Part of the hash, so that hardly another run is looked at than the one that is looked for.
    var tag: UInt32 = 0
    /// Where in `arena` the block is, in units of `blockAlignment`.
    var block = Self.none

    static let none = UInt32.max
    var isFree: Bool { block == Self.none }
  }

  private static let blockAlignment = 16
  /// As few as the runs need: in a small table they stand close together.
  private var slots: UnsafeMutableBufferPointer<Slot>
  private static let fewSlots = 256
  private var arena = ByteBuffer(capacity: 64 << 10)
  private var count = 0
  private var isForgetful = false

  init() {
    steady = .allocate(capacity: Self.steadyBits / 64)
    steady.initialize(repeating: 0, count: Self.steadyBits / 64)
    slots = .allocate(capacity: Self.fewSlots)
    slots.initialize(repeating: Slot())
  }

  deinit {
    steady.deallocate()
    slots.deallocate()
  }

  /// Makes room, between entries.
  mutating func makeRoom() {
    guard isForgetful else { return }
    isForgetful = false
    steady.update(repeating: 0, count: Self.steadyBits / 64)
    steadyCount = 0
    slots.update(repeating: Slot())
    count = 0
    arena.removeAll()
  }

  /// A hash of one place; that of a run is their sum.
  @inline(__always)
  static func hash(_ file: Int, _ offset: Int) -> UInt64 {
    // Offsets are multiples of 8 and near to one another: the upper bits of a product mix them.
    (UInt64(truncatingIfNeeded: offset) ^ UInt64(truncatingIfNeeded: file) << 48) &* 0x9E37_79B9_7F4A_7C15
  }

  /// - Parameter hash: of the place.
  /// - Returns: whether it is, but for rare errors in its favour.
  @inline(__always)
  func isSteady(_ hash: UInt64) -> Bool {
    let (one, two) = (Int(hash >> 47), Int(hash >> 30 & 0x1FFFF))
    return steady[one >> 6] >> UInt64(one & 63) & steady[two >> 6] >> UInt64(two & 63) & 1 != 0
  }

  /// The run at those places of a list.
  @inline(__always)
  func find(_ file: Int, _ items: borrowing ItemList, _ range: Range<Int>, _ hash: UInt64) -> Run? {
    guard let arena = arena.bytes.baseAddress else { return nil }
    var slot = slot(of: hash)
    while !slots[slot].isFree {
      if slots[slot].tag == Self.tag(of: hash) {
        let run = Run(block: arena + Int(slots[slot].block) &* Self.blockAlignment)
        if holds(run, file, items, range) { return run }
      }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  @inline(__always)
  private func slot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 40) & (slots.count &- 1) }

  @inline(__always)
  private static func tag(of hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 8) }

  @inline(__always)
  private func holds(_ run: Run, _ file: Int, _ items: borrowing ItemList, _ range: Range<Int>) -> Bool {
    let head = run.head
    guard Int(head.file) == file, Int(head.count) == range.count else { return false }
    let offsets = items.offsets.slice(range.lowerBound, range.count)
    let places = run.block + MemoryLayout<Head>.size
    // To the end without a look back, several at a time.
    var difference = 0
    for index in 0..<offsets.count {
      difference |= offsets[index] ^ Self.offset(places, index)
    }
    return difference == 0
  }

  @inline(__always)
  private static func offset(_ places: UnsafeRawPointer, _ index: Int) -> Int {
    Int(places.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self)) &* placeUnit
  }

  /// Keeps what a run became, which `find` does not find.
  ///
  /// - Parameters:
  ///   - names: of its fields.
  ///   - file: that it is in.
  ///   - items: the list that it is part of.
  ///   - range: its part.
  ///   - fields: its fields as they are written.
  ///   - isContext: whether a field of that number in the list is part of the entry's context.
  mutating func insert(
    _ names: NameSet, _ file: Int, _ items: borrowing ItemList, _ range: Range<Int>,
    _ fields: UnsafeRawBufferPointer, isContext: (Int) -> Bool
  ) {
    guard !isForgetful, range.allSatisfy({ Self.place(items[$0].offset) != nil }) else { return }
    var head = Head(
      names: names, file: UInt32(file), count: UInt32(range.count), textCount: UInt32(fields.count))
    var sum: UInt64 = 0
    for index in range {
      let offset = items[index].offset
      if isContext(index) {
        head.contextCount += 1
        head.context.append(offset)
      }
      let hash = Self.hash(file, offset)
      sum &+= hash
      note(steady: hash)
    }
    while arena.count % Self.blockAlignment != 0 { arena.append(0) }
    let block = UInt32(arena.count / Self.blockAlignment)
    withUnsafeBytes(of: head) { arena.append($0) }
    for index in range { append(place: items[index].offset) }
    for index in range where isContext(index) { append(place: items[index].offset) }
    arena.append(fields)
    count += 1
    if count > slots.count / 4 { growSlots() }
    fillSlot(of: sum, Slot(tag: Self.tag(of: sum), block: block))
    isForgetful = count >= Self.limit || arena.count > Self.arenaLimit || steadyCount > Self.steadyLimit
  }

  private func fillSlot(of sum: UInt64, _ filled: Slot) {
    var slot = slot(of: sum)
    while !slots[slot].isFree { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = filled
  }

  private mutating func growSlots() {
    let old = slots
    slots = .allocate(capacity: 4 * old.count)
    slots.initialize(repeating: Slot())
    for slot in old where !slot.isFree {
      guard let arena = arena.bytes.baseAddress else { break }
      let run = Run(block: arena + Int(slot.block) * Self.blockAlignment)
      let places = run.block + MemoryLayout<Head>.size
      let (file, count) = (Int(run.head.file), Int(run.head.count))
      let sum = (0..<count).reduce(UInt64(0)) { $0 &+ Self.hash(file, Self.offset(places, $1)) }
      fillSlot(of: sum, slot)
    }
    old.deallocate()
  }

  private static func place(_ offset: Int) -> UInt32? {
    offset % placeUnit == 0 ? UInt32(exactly: offset / placeUnit) : nil
  }

  private mutating func append(place offset: Int) {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: offset / Self.placeUnit)) { arena.append($0) }
  }

  private mutating func note(steady hash: UInt64) {
    guard !isSteady(hash) else { return }
    for bit in [Int(hash >> 47), Int(hash >> 30 & 0x1FFFF)] { steady[bit >> 6] |= 1 << UInt64(bit & 63) }
    steadyCount += 1
  }

  /// Appends the fields of a run, and adds its part to the entry's context.
  @inline(__always)
  func append(_ run: Run, to output: inout ByteBuffer, _ contexts: inout JournalContexts) {
    let head = run.head
    let (count, contextCount) = (Int(head.count), Int(head.contextCount))
    let places = run.block + (MemoryLayout<Head>.size &+ 4 &* count)
    output.append(UnsafeRawBufferPointer(start: places + (4 &* contextCount), count: Int(head.textCount)))
    if contextCount > 0 {
      contexts.add(contextCount, head.context) { Self.offset(places, $0) }
    }
  }
}

/// A set of numbers below 256.
struct NameSet: BitwiseCopyable {
  private var words = SIMD4<UInt64>()

  @inline(__always)
  mutating func insert(_ name: UInt16) { words[Int(name >> 6)] |= 1 << UInt64(name & 63) }

  @inline(__always)
  func contains(_ name: UInt16) -> Bool { name < 256 && words[Int(name >> 6)] >> UInt64(name & 63) & 1 != 0 }

  @inline(__always)
  mutating func formUnion(_ other: NameSet) { words |= other.words }

  @inline(__always)
  func isDisjoint(with other: NameSet) -> Bool { words & other.words == SIMD4() }
}
