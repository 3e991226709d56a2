/// Finds the places where a trigger's first four bytes stand, without regard to case, and the triggers that do.
///
/// Three steps, each for the little that the one before lets through: a coarse table, of which four places are looked
/// up at once; a bitmap of the exact groups; the table of the groups.
final class Prefilter: @unchecked Sendable {
  // Unchecked, since pointers are not Sendable. What they point to is written in `init`, before anybody else has the
  // object, is only read after that, and is freed in `deinit`, when nobody has the object any more.

  /// The bit of case is left out, and of the last byte the three low bits: so a literal of three bytes with many
  /// followers marks few places.
  private static let coarseMask: UInt32 = 0xD8DF_DFDF
  private static let fold: UInt32 = 0x2020_2020
  /// Hashes have 17 bits.
  private static let shift: UInt32 = 15

  /// A byte for each coarse hash: 128 KiB, of which ordinary text touches a part. Bits would need less, and twice the
  /// instructions.
  private let coarse: UnsafeMutablePointer<UInt8>
  /// A bit for each hash of four bytes as they may stand in the text, in each case that a trigger allows.
  private let exact: UnsafeMutablePointer<UInt64>
  /// An open hash table of groups; 0 marks an empty slot, which no folded group is.
  private let groups: UnsafeMutablePointer<UInt32>
  private let mask: Int
  /// The range in `order` of each slot of `groups`.
  private let ranges: UnsafeMutablePointer<(start: Int32, count: Int32)>
  /// Triggers, by the groups that they begin with.
  private let order: UnsafeMutableBufferPointer<CompiledTrigger>

  @inline(__always)
  private static func coarseHash(_ gram: UInt32) -> Int {
    Int(((gram & coarseMask) &* 0x9E37_79B1) &>> shift)
  }

  @inline(__always)
  private static func exactHash(_ gram: UInt32) -> Int { Int((gram &* 0x85EB_CA6B) &>> shift) }

  init(triggers: [Trigger], tokenRules: [TokenRule]) {
    let byGroup = Self.group(triggers, tokenRules)
    var capacity = 1024
    while capacity < byGroup.count * 2 { capacity *= 2 }
    mask = capacity - 1
    coarse = .allocate(capacity: 1 << (32 - Int(Self.shift)))
    coarse.initialize(repeating: 0, count: 1 << (32 - Int(Self.shift)))
    exact = .allocate(capacity: 1 << (32 - Int(Self.shift) - 6))
    exact.initialize(repeating: 0, count: 1 << (32 - Int(Self.shift) - 6))
    groups = .allocate(capacity: capacity)
    groups.initialize(repeating: 0, count: capacity)
    ranges = .allocate(capacity: capacity)
    ranges.initialize(repeating: (0, 0), count: capacity)
    order = .allocate(capacity: byGroup.values.reduce(0) { $0 + $1.count })
    let compiled = triggers.enumerated().map { CompiledTrigger($1, index: $0) }
    var filled = 0
    for (gram, indices) in byGroup {
      coarse[Self.coarseHash(gram)] = 1
      var slot = Self.exactHash(gram) & mask
      while groups[slot] != 0 { slot = (slot + 1) & mask }
      groups[slot] = gram
      ranges[slot] = (Int32(filled), Int32(indices.count))
      for index in indices {
        order.initializeElement(at: filled, to: compiled[index])
        filled += 1
      }
    }
    markExact(byGroup, triggers)
  }

  /// Marks each group as its triggers may have it: with the case of the literal, or with any.
  private func markExact(_ byGroup: [UInt32: [Int]], _ triggers: [Trigger]) {
    for (gram, indices) in byGroup {
      for index in indices {
        let literal = triggers[index].literal
        var variants = [gram]
        for (place, bits) in (0..<4).map({ ($0, UInt32(0x20) << UInt32(8 * $0)) }) {
          // A byte of a literal without regard to case, or one that follows a short literal, has both forms.
          let isFixed = place < literal.count && !(triggers[index].ignoresCase && literal[place].isLetter)
          if isFixed {
            if literal[place] & 0x20 == 0 { variants = variants.map { $0 & ~bits } }
          } else {
            variants += variants.map { $0 & ~bits }
          }
        }
        for variant in variants {
          let hash = Self.exactHash(variant)
          exact[hash >> 6] |= 1 << UInt64(hash & 63)
        }
      }
    }
  }

  deinit {
    // Nothing in them needs to be deinitialised.
    coarse.deallocate()
    exact.deallocate()
    groups.deallocate()
    ranges.deallocate()
    order.deallocate()
  }

  private static func group(_ triggers: [Trigger], _ tokenRules: [TokenRule]) -> [UInt32: [Int]] {
    var byGroup: [UInt32: [Int]] = [:]
    for (index, trigger) in triggers.enumerated() {
      var followers = anyByte
      if case .token(let rule) = trigger.action {
        followers = anyByte.filter { tokenRules[rule].alphabet.contains($0) }
      } else if trigger.action == .key, trigger.literal.last?.isLetter == true {
        followers = anyByte.filter { !$0.isLetter }
      }
      for gram in grams(trigger.literal[...], followers) { byGroup[gram, default: []].append(index) }
    }
    return byGroup
  }

  private static let anyByte = Array(UInt8.min ... .max)

  /// The four-byte groups that `literal`, or a literal of fewer bytes and what may follow it, begins with.
  private static func grams(_ literal: ArraySlice<UInt8>, _ followers: [UInt8]) -> Set<UInt32> {
    if literal.count < 4 {
      return followers.reduce(into: []) { $0.formUnion(grams(literal + [$1], followers)) }
    }
    return [literal.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } | fold]
  }

  /// Searches for a place at which a trigger may stand.
  ///
  /// - Parameters:
  ///   - base: of at least `last + 3` bytes.
  ///   - start: where to begin.
  ///   - last: where to stop.
  /// - Returns: the first such place, or `last`.
  func next(in base: UnsafeRawPointer, from start: Int, until last: Int) -> Int {
    var place = base + start
    let stop = base + last
    while place + 4 <= stop {
      if mark(place) | mark(place + 1) | mark(place + 2) | mark(place + 3) != 0 {
        if isCandidate(place, stop) { return place - base }
        if isCandidate(place + 1, stop) { return place + 1 - base }
        if isCandidate(place + 2, stop) { return place + 2 - base }
        if isCandidate(place + 3, stop) { return place + 3 - base }
      }
      place += 4
    }
    while place < stop {
      if isCandidate(place, stop) { return place - base }
      place += 1
    }
    return last
  }

  @inline(__always)
  private static func gram(_ place: UnsafeRawPointer) -> UInt32 {
    UInt32(littleEndian: place.loadUnaligned(as: UInt32.self))
  }

  /// Not 0 where a trigger may stand.
  @inline(__always)
  private func mark(_ place: UnsafeRawPointer) -> UInt8 { coarse[Self.coarseHash(Self.gram(place))] }

  /// Whether the first bytes of a trigger stand at a place, of which eight are looked at where there are as many.
  @inline(__always)
  private func isCandidate(_ place: UnsafeRawPointer, _ stop: UnsafeRawPointer) -> Bool {
    guard mark(place) != 0 else { return false }
    let hash = Self.exactHash(Self.gram(place))
    guard (exact[hash >> 6] &>> UInt64(hash)) & 1 != 0 else { return false }
    guard place + 5 <= stop else { return true }
    let word = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    return triggers(at: place).contains { $0.beginsWith(word) }
  }

  /// The triggers that begin with the four bytes at `start`.
  @inline(__always)
  func triggers(at start: UnsafeRawPointer) -> UnsafeMutableBufferPointer<CompiledTrigger>.SubSequence {
    let gram = Self.gram(start) | Self.fold
    var slot = Self.exactHash(gram) & mask
    while groups[slot] != 0 {
      if groups[slot] == gram {
        let range = ranges[slot]
        return order[Int(range.start)..<Int(range.start + range.count)]
      }
      slot = (slot + 1) & mask
    }
    return order[0..<0]
  }
}

/// A trigger as a scan compares it: its first eight bytes in a machine word.
struct CompiledTrigger: Sendable {
  let action: Action
  /// Bytes of the literal.
  let count: Int
  /// The place of the trigger in `Tables.triggers`, where the rest of a longer literal is.
  let index: Int
  private let head: UInt64
  /// The bit of case of each letter, where case does not matter.
  private let caseBits: UInt64
  /// The bytes of the word that count.
  private let mask: UInt64

  init(_ trigger: Trigger, index: Int) {
    func word(_ bytes: some Collection<UInt8>) -> UInt64 {
      bytes.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    }
    (action, count, self.index) = (trigger.action, trigger.literal.count, index)
    head = word(trigger.literal)
    caseBits = word(trigger.literal.map { trigger.ignoresCase && $0.isLetter ? 0x20 : 0 })
    mask = word(trigger.literal.map { _ in 0xFF })
  }

  /// Whether the literal, or its first eight bytes, are the first bytes of `word`.
  @inline(__always)
  func beginsWith(_ word: UInt64) -> Bool { (word | caseBits) & mask == head }
}
