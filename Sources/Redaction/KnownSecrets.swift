internal import Crypto
private import FoundationEssentials

/// Secrets that are known by their text, without that text: a keyed hash, a length, and hashes of the first and the last
/// eight bytes under a random multiplier, by which a scan finds the places to look at.
///
/// It serves known literals from files, and the sweep for what was found elsewhere in a bundle.
package struct KnownSecrets: Sendable {
  /// The shortest text that is held. Shorter ones stand in too many places by chance.
  package static let shortest = 8
  /// Texts beyond so many are not taken: the index stays below 32 MiB.
  package static let limit = 1 << 17

  /// Random for each process, and never written anywhere: sets of one process can be put together, and what is held is of
  /// no use to another one.
  private static let key = SymmetricKey(size: .bits256)
  private static let multiplier = UInt64.random(in: .min ... .max) | 1

  struct Entry: Sendable, Hashable {
    var length: Int
    var digest: UInt128
    /// The hash of the last eight bytes: a cheap test before the digest.
    var tail: UInt64
    /// What stands in its place.
    var marker: [UInt8]
    var rule: Int
    /// Counts only where neither a letter nor a digit stands next to it.
    var isWord = false
    /// It is a list of decimal numbers, one for each byte; what stands in its place has to be one, too.
    var isNumbers = false

    /// What is written in its place.
    var replacement: [UInt8] { isNumbers ? SecretForms.numbers(marker) : marker }
  }

  /// 2²² bits by the hashes of the five bytes at each of the first four places: a scan looks at every fourth place only.
  private var grams: [UInt64] = []
  /// What is left of a hash of five bytes as its place in that table.
  private var gramShift: UInt64 = 42
  /// 2²⁰ bits by the hashes of the first eight bytes. Both are made with the first text.
  private var heads: [UInt64] = []
  /// Entries by the hash of their first eight bytes.
  private(set) var entries: [UInt64: [Entry]] = [:]
  private(set) var count = 0
  private let limit: Int

  package init() {
    self.init(limit: Self.limit)
  }

  /// A set that takes at most `limit` texts.
  init(limit: Int) {
    self.limit = min(limit, Self.limit)
  }

  /// Whether nothing is held.
  package var isEmpty: Bool { count == 0 }
  /// Whether one of the texts looks like more than one member of a JSON object.
  private(set) var spansFields = false
  /// Whether texts were turned away because there were too many.
  package private(set) var isFull = false

  /// A text that is ready to be held, with what is costly to compute of it.
  struct Form: Sendable {
    fileprivate let entry: Entry
    /// The first eight bytes; not kept.
    fileprivate let word: UInt64
    fileprivate let spansFields: Bool

    /// `marker` is what stands in its place. `nil` for a text that is too short.
    init?(
      _ text: UnsafeRawBufferPointer, marker: [UInt8], rule: Int, isWord: Bool = false,
      isNumbers: Bool = false
    ) {
      guard text.count >= KnownSecrets.shortest else { return nil }
      entry = Entry(
        length: text.count, digest: KnownSecrets.digest(of: text),
        tail: KnownSecrets.tail(of: text, end: text.count), marker: marker, rule: rule, isWord: isWord,
        isNumbers: isNumbers)
      word = UInt64(littleEndian: text.loadUnaligned(as: UInt64.self))
      spansFields = (1..<text.count - 1).contains { place in
        let byte = text[place]
        return (byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":"))
          && text[place - 1] == UInt8(ascii: "\"") && text[place + 1] == UInt8(ascii: "\"")
      }
    }
  }

  /// Takes a text; one that is held already keeps its first marker.
  /// - Returns: whether it was taken.
  @discardableResult
  mutating func insert(_ form: Form?) -> Bool {
    guard let form, insert(form.entry, at: Self.head(form.word)) else { return false }
    spansFields = spansFields || form.spansFields
    for offset in 0..<UInt64(Self.stride) {
      let gram = ((form.word >> (8 * offset)) << 24 &* Self.multiplier) >> gramShift
      grams[Int(gram >> 6)] |= 1 << (gram & 63)
    }
    return true
  }

  private mutating func insert(_ entry: Entry, at hash: UInt64) -> Bool {
    if entries[hash]?.contains(where: { $0.isSameText(as: entry) }) == true { return false }
    guard count < limit else {
      isFull = true
      return false
    }
    // The longest first, so that a secret that begins another one does not leave its tail.
    let shorter = entries[hash]?.firstIndex { $0.length < entry.length }
    entries[hash, default: []].insert(entry, at: shorter ?? entries[hash]?.count ?? 0)
    if heads.isEmpty {
      heads = [UInt64](repeating: 0, count: 1 << 14)
      grams = [UInt64](repeating: 0, count: 1 << 16)
    }
    let slot = hash >> 20
    heads[Int(slot >> 6)] |= 1 << (slot & 63)
    count += 1
    return true
  }

  /// Takes what another set holds.
  mutating func formUnion(_ other: KnownSecrets) {
    for (hash, held) in other.entries {
      for entry in held { _ = insert(entry, at: hash) }
    }
    spansFields = spansFields || other.spansFields
    for index in other.grams.indices where !grams.isEmpty { grams[index] |= other.grams[index] }
  }

  /// The text that begins at `position`, if it is one of those.
  func match(in bytes: UnsafeRawBufferPointer, at position: Int) -> Entry? {
    var budget = Int.max
    return match(in: bytes, at: position, budget: &budget)
  }

  /// The text that begins at `position`, if it is one of those.
  ///
  /// - Parameters:
  ///   - bytes: to look in.
  ///   - position: in `bytes`.
  ///   - budget: bytes that may be hashed; what was hashed is taken off. Where nothing is left, a text with the right
  ///     first and last bytes counts as one of those: made to cost much, it is rather taken out.
  /// - Returns: the longest of them; `nil` for none.
  func match(in bytes: UnsafeRawBufferPointer, at position: Int, budget: inout Int) -> Entry? {
    guard position + Self.shortest <= bytes.count else { return nil }
    let hash = Self.head(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
    guard let candidates = entries[hash] else { return nil }
    for entry in candidates where position + entry.length <= bytes.count {
      guard Self.tail(of: bytes, end: position + entry.length) == entry.tail,
        !entry.isWord || bytes.isWord(position..<position + entry.length)
      else { continue }
      guard budget > 0 else { return entry }
      budget -= entry.length
      let text = UnsafeRawBufferPointer(rebasing: bytes[position..<position + entry.length])
      if Self.digest(of: text) == entry.digest { return entry }
    }
    return nil
  }

  /// Places that a scan goes on by: a text of eight bytes holds one of four neighbouring runs of five.
  private static let stride = 4

  /// The next place at which one of the texts may begin, or `limit`.
  func nextCandidate(in bytes: UnsafeRawBufferPointer, from start: Int, until limit: Int) -> Int {
    let last = min(limit, bytes.count - Self.shortest + 1)
    guard start < last, !isEmpty, let base = bytes.baseAddress else { return limit }
    // Read once: statics are looked up at each use.
    let (multiplier, gramShift) = (Self.multiplier, gramShift)
    func word(_ position: Int) -> UInt64 {
      UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
    return grams.withUnsafeBufferPointer { grams in
      heads.withUnsafeBufferPointer { heads in
        let whole = bytes.count - 8
        var position = start
        while position < last + 3 && position <= whole + 3 {
          // Near the end eight bytes are read that begin earlier.
          let bytes = position <= whole ? word(position) : word(whole) >> UInt64(8 * (position - whole))
          let gram = ((bytes << 24) &* multiplier) >> gramShift
          if grams[Int(gram >> 6)] >> (gram & 63) & 1 != 0 {
            for begin in max(start, position - 3)...min(position, last - 1) {
              let head = (word(begin) &* multiplier) >> 44
              if heads[Int(head >> 6)] >> (head & 63) & 1 != 0 { return begin }
            }
          }
          position += Self.stride
        }
        return limit
      }
    }
  }

  /// The same texts with a table that is no larger than they need, for a look at much: near the caches of a processor the
  /// look is several times as fast. To be searched only.
  var folded: KnownSecrets {
    var folded = self
    // Eight bits for each that is set.
    while folded.gramShift < 48, folded.grams.count > count {
      folded.gramShift += 1
      folded.grams = Swift.stride(from: 0, to: folded.grams.count, by: 2).map {
        folded.grams[$0].pairs | folded.grams[$0 + 1].pairs << 32
      }
    }
    return folded
  }

  /// Forty bits: they tell eight bytes apart and do not give them back.
  @inline(__always)
  private static func head(_ word: UInt64) -> UInt64 {
    (word &* multiplier) >> 24
  }

  private static func tail(of bytes: UnsafeRawBufferPointer, end: Int) -> UInt64 {
    head(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: end - shortest, as: UInt64.self)))
  }

  private static func digest(of text: UnsafeRawBufferPointer) -> UInt128 {
    var hmac = HMAC<SHA256>(key: key)
    hmac.update(data: text)
    return hmac.finalize().prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
  }
}

extension UInt64 {
  /// A bit for each two neighbours of which one is set, in the lower half.
  fileprivate var pairs: UInt64 {
    var bits = (self | self >> 1) & 0x5555_5555_5555_5555
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
    bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F
    bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF
    bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF
    return (bits | bits >> 16) & 0xFFFF_FFFF
  }
}

extension UnsafeRawBufferPointer {
  /// Whether no letter or digit stands next to what is in the range.
  fileprivate func isWord(_ range: Range<Int>) -> Bool {
    let before = range.lowerBound > 0 && ByteSet.alphanumeric.contains(self[range.lowerBound - 1])
    return !before && !(range.upperBound < count && ByteSet.alphanumeric.contains(self[range.upperBound]))
  }
}

extension KnownSecrets.Entry {
  fileprivate func isSameText(as other: KnownSecrets.Entry) -> Bool {
    digest == other.digest && length == other.length
  }
}

extension KnownSecrets: Equatable {
  package static func == (left: KnownSecrets, right: KnownSecrets) -> Bool {
    left.count == right.count && left.entries == right.entries
  }

  /// Takes a literal of a user's file; the rule and the token come later.
  package mutating func insert(literal: some Collection<UInt8>) -> Bool {
    Array(literal).withUnsafeBytes { insert(Form($0, marker: [], rule: 0)) }
  }
}
