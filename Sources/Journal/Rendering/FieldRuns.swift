/// Fields that stand side by side in many entries, each such run put together once.
///
/// Entries list their fields in the order in which these came into the file. Those of a process came with its first
/// entry, so that nearly all of its entries begin with the same ones: looking each of them up again was the largest
/// part of rendering. A run is a list of places in one file that are all *steady*; what it becomes is known by
/// comparing the list.
struct FieldRuns: ~Copyable {
  struct Run: BitwiseCopyable {
    /// Which of the first 256 names of the `NameTable` its fields have.
    var names = NameSet()
    /// The places of those of its fields that are part of the entry's context.
    fileprivate var context = PlacesHash()
    fileprivate var contextStart = 0
    fileprivate var contextCount = 0
    /// Its fields as they are written, in `text`.
    fileprivate var textStart = 0
    fileprivate var textCount = 0
    fileprivate var file = 0
    /// Its list, in `places`.
    fileprivate var start = 0
    fileprivate var count = 0

    init() {}
  }

  /// Runs that are kept, and bytes of what they became; beyond either all are forgotten.
  private static let limit = 4096
  private static let textLimit = 2 << 20

  /// A set of steady places that can err in favour of a place; a run that is not known is the worst that comes of it.
  private static let steadyBits = 1 << 17
  private static let steadyLimit = 8192
  private let steady: UnsafeMutablePointer<UInt64>
  private var steadyCount = 0

  private var slots: UnsafeMutablePointer<Int32>
  private static let slotCount = 4 * limit
  private var runs = ScratchList<Run>()
  private var places = ScratchList<Int>()
  private var contextPlaces = ScratchList<Int>()
  private var text = ByteBuffer(capacity: 64 << 10)
  private var isForgetful = false

  init() {
    steady = .allocate(capacity: Self.steadyBits / 64)
    steady.initialize(repeating: 0, count: Self.steadyBits / 64)
    slots = .allocate(capacity: Self.slotCount)
    slots.initialize(repeating: -1, count: Self.slotCount)
  }

  deinit {
    steady.deallocate()
    slots.deallocate()
  }

  /// Makes room, between entries: runs that an entry was given stay where they are until it is written.
  mutating func makeRoom() {
    guard isForgetful else { return }
    isForgetful = false
    steady.update(repeating: 0, count: Self.steadyBits / 64)
    steadyCount = 0
    slots.update(repeating: -1, count: Self.slotCount)
    runs.removeAll()
    places.removeAll()
    contextPlaces.removeAll()
    text.removeAll()
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
    var slot = Self.slot(of: hash)
    while slots[slot] >= 0 {
      let run = runs[Int(slots[slot])]
      if holds(run, file, items, range) { return run }
      slot = (slot &+ 1) & (Self.slotCount - 1)
    }
    return nil
  }

  @inline(__always)
  private static func slot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 40) & (slotCount - 1) }

  @inline(__always)
  private func holds(_ run: Run, _ file: Int, _ items: borrowing ItemList, _ range: Range<Int>) -> Bool {
    run.file == file && run.count == range.count
      && places.holds(items.offsets.slice(range.lowerBound, range.count), at: run.start)
  }

  /// Keeps what a run became.
  ///
  /// - Parameters:
  ///   - run: but for its text.
  ///   - file: that it is in.
  ///   - items: the list that it is part of.
  ///   - range: its part.
  ///   - fields: its fields as they are written.
  ///   - isContext: whether a field of that number in the list is part of the entry's context.
  mutating func insert(
    _ run: Run, _ file: Int, _ items: borrowing ItemList, _ range: Range<Int>,
    _ fields: UnsafeRawBufferPointer, isContext: (Int) -> Bool
  ) {
    guard !isForgetful else { return }
    var run = run
    var sum: UInt64 = 0
    (run.file, run.start, run.count) = (file, places.count, range.count)
    (run.textStart, run.textCount) = (text.count, fields.count)
    run.contextStart = contextPlaces.count
    for index in range {
      let offset = items[index].offset
      places.append(offset)
      if isContext(index) {
        contextPlaces.append(offset)
        run.context.append(offset)
      }
      let hash = Self.hash(file, offset)
      sum &+= hash
      note(steady: hash)
    }
    run.contextCount = contextPlaces.count - run.contextStart
    text.append(fields)
    var slot = Self.slot(of: sum)
    while slots[slot] >= 0 { slot = (slot + 1) & (Self.slotCount - 1) }
    slots[slot] = Int32(runs.count)
    runs.append(run)
    isForgetful =
      runs.count >= Self.limit || text.count > Self.textLimit || steadyCount > Self.steadyLimit
      || places.count > Self.limit * 32
  }

  private mutating func note(steady hash: UInt64) {
    guard !isSteady(hash) else { return }
    for bit in [Int(hash >> 47), Int(hash >> 30 & 0x1FFFF)] { steady[bit >> 6] |= 1 << UInt64(bit & 63) }
    steadyCount += 1
  }

  /// Appends the fields of a run that `find` gave since the last `makeRoom`, and adds its part to the entry's context.
  @inline(__always)
  func append(_ run: Run, to output: inout ByteBuffer, _ contexts: inout JournalContexts) {
    output.append(
      UnsafeRawBufferPointer(rebasing: text.bytes[run.textStart..<(run.textStart &+ run.textCount)]))
    if run.contextCount > 0 {
      contexts.add(contextPlaces.slice(run.contextStart, run.contextCount), run.context)
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
