/// A field of a journal file as it stands in the output: redacted and rendered.
struct Fragment: BitwiseCopyable {
  /// Which memory holds its bytes: one of the cache's generations, or `own`.
  var arena: UInt8
  /// An entry that has it cannot be put together from fragments.
  var needsCare = false
  /// An entry that has it may have something to tell the timeline or the list of gaps.
  var isNotable = false
  var traits: FieldTraits = []
  /// Its number in the `NameTable`.
  var name: UInt16 = 0
  var start: UInt32 = 0
  var count: UInt32 = 0
  /// What was redacted in it: an index, -1 for nothing.
  var redactions: Int32 = -1

  /// Not kept: the bytes are the entry's.
  static let own: UInt8 = 2
}

/// Fragments by their place, in memory that is taken at once and given up at once.
private struct Generation: ~Copyable {
  struct Slot {
    /// 0 in a slot that is free.
    var key: UInt64 = 0
    var fragment = Fragment(arena: 0)
  }

  let id: UInt8
  /// Number of slots: a power of two. It begins small, so that a few fragments stand close together, and grows to the
  /// most.
  private var capacity: Int
  private let maximum: Int
  private var slots: UnsafeMutablePointer<Slot>
  private(set) var count = 0
  var arena = ByteBuffer(capacity: 64 << 10)

  init(id: UInt8, capacity maximum: Int) {
    self.id = id
    self.maximum = maximum
    capacity = min(1024, maximum)
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: Slot(), count: capacity)
  }

  deinit {
    slots.deallocate()
  }

  var isHalfFull: Bool { count > maximum / 2 }

  mutating func removeAll() {
    slots.update(repeating: Slot(), count: capacity)
    count = 0
    arena.removeAll()
  }

  @inline(__always)
  private func place(of key: UInt64) -> Int {
    // Offsets are multiples of 8 and near to one another: the upper bits of a product mix them.
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (capacity &- 1)
  }

  @inline(__always)
  func find(_ key: UInt64) -> Fragment? {
    var slot = place(of: key)
    while slots[slot].key != 0 {
      if slots[slot].key == key { return slots[slot].fragment }
      slot = (slot &+ 1) & (capacity &- 1)
    }
    return nil
  }

  mutating func insert(_ key: UInt64, _ fragment: Fragment, bytes: UnsafeRawBufferPointer) -> Fragment {
    var kept = fragment
    (kept.arena, kept.start) = (id, UInt32(arena.count))
    arena.append(bytes)
    if count > capacity / 2, capacity < maximum { grow() }
    // One entry may have more fields than there was room for: those are rendered again next time.
    guard count < capacity - capacity / 8 else { return kept }
    fill(Slot(key: key, fragment: kept))
    count += 1
    return kept
  }

  private func fill(_ filled: Slot) {
    var slot = place(of: filled.key)
    while slots[slot].key != 0 { slot = (slot + 1) & (capacity - 1) }
    slots[slot] = filled
  }

  private mutating func grow() {
    let old = UnsafeBufferPointer(start: slots, count: capacity)
    capacity = min(4 * capacity, maximum)
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: Slot(), count: capacity)
    for slot in old where slot.key != 0 { fill(slot) }
    old.deallocate()
  }

  @inline(__always)
  func bytes(of fragment: Fragment) -> UnsafeRawBufferPointer {
    let start = Int(fragment.start)
    return UnsafeRawBufferPointer(rebasing: arena.bytes[start..<(start &+ Int(fragment.count))])
  }
}

/// Keeps fragments of fields that more than one entry refers to, by their place in the files.
///
/// There are two generations. What is found in the old one is kept in the young one again; when the young one is
/// full, the old one is forgotten and they change their roles: what is used stays, in bounded memory, and a hit
/// costs no bookkeeping.
struct FragmentCache: ~Copyable {
  /// Bytes of a fragment beyond which it is not worth a place.
  static let fragmentLimit = 64 << 10

  /// Bytes of fragments in one generation.
  private let limit: Int
  private var young: Generation
  private var old: Generation

  /// - Parameter bytes: of memory, for all of it.
  init(bytes: Int) {
    // Fragments have some 40 bytes and more, a slot has 32: a third for the bytes, the rest for slots, half of them
    // free.
    limit = max(64 << 10, min(bytes / 6, 1 << 30))
    let wanted = max(4096, bytes / 3 / MemoryLayout<Generation.Slot>.stride)
    let capacity = 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)
    young = Generation(id: 0, capacity: capacity)
    old = Generation(id: 1, capacity: capacity)
  }

  /// Where a field stands, as a number that is not 0.
  @inline(__always)
  static func key(file: Int, offset: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: file) << 48 | UInt64(truncatingIfNeeded: offset)
  }

  /// Makes room, between entries: fragments that an entry was given stay where they are until it is written.
  @inline(__always)
  mutating func makeRoom() {
    guard young.isHalfFull || young.arena.count > limit else { return }
    swap(&young, &old)
    young.removeAll()
  }

  @inline(__always)
  mutating func find(_ key: UInt64) -> Fragment? {
    if let found = young.find(key) { return found }
    guard let found = old.find(key) else { return nil }
    return young.insert(key, found, bytes: old.bytes(of: found))
  }

  /// Keeps a fragment.
  /// - Returns: the fragment in its new place.
  mutating func insert(_ key: UInt64, _ fragment: Fragment, bytes: UnsafeRawBufferPointer) -> Fragment {
    young.insert(key, fragment, bytes: bytes)
  }

  /// Appends the bytes of a fragment that `find` or `insert` gave since the last `makeRoom`.
  @inline(__always)
  func append(_ fragment: Fragment, to output: inout ByteBuffer) { output.append(bytes(of: fragment)) }

  /// The bytes of a fragment that `find` or `insert` gave since the last `makeRoom`.
  @inline(__always)
  func bytes(of fragment: Fragment) -> UnsafeRawBufferPointer {
    fragment.arena == young.id ? young.bytes(of: fragment) : old.bytes(of: fragment)
  }
}
