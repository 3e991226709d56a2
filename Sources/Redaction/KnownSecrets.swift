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
  private static let hasher = HMAC<SHA256>(key: SymmetricKey(size: .bits256))
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

  /// Two bits in one of 2¹⁶ words for each run of five bytes at the first four places: a scan looks at every fourth place
  /// only.
  private var grams: [UInt64] = []
  /// What is left of a hash of five bytes as its word in that table.
  private var gramShift: UInt64 = 48
  /// 2²⁰ bits by the hashes of the first eight bytes. Both are made with the first text.
  private var heads: [UInt64] = []
  /// Entries by the hash of their first eight bytes.
  private(set) var entries: [UInt64: [Entry]] = [:]
  /// Of all entries: thousands may begin with the same eight bytes, as JSON Web Tokens do.
  private var digests: Set<UInt128> = []
  private let limit: Int

  package init() {
    self.init(limit: Self.limit)
  }

  /// A set that takes at most `limit` texts.
  init(limit: Int) {
    self.limit = min(limit, Self.limit)
  }

  /// Texts that are held.
  var count: Int { digests.count }
  /// Whether nothing is held.
  package var isEmpty: Bool { digests.isEmpty }
  /// Whether one of the texts looks like more than one member of a JSON object.
  private(set) var spansFields = false
  /// Whether one of the texts has a backslash, as what was found escaped has.
  private(set) var hasBackslashes = false
  /// Whether texts were turned away because there were too many.
  package private(set) var isFull = false

  /// A text that is ready to be held, with what is costly to compute of it.
  struct Form: Sendable {
    fileprivate let entry: Entry
    /// The first eight bytes; not kept.
    fileprivate let word: UInt64
    fileprivate let spansFields: Bool
    fileprivate let hasBackslashes: Bool

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
      hasBackslashes = text.contains(UInt8(ascii: "\\"))
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
    hasBackslashes = hasBackslashes || form.hasBackslashes
    for offset in 0..<UInt64(Self.stride) {
      let hash = Self.gram(form.word >> (8 * offset), Self.multiplier)
      grams[Int(hash >> gramShift)] |= Self.marks(of: hash)
    }
    return true
  }

  private mutating func insert(_ entry: Entry, at hash: UInt64) -> Bool {
    guard !digests.contains(entry.digest) else { return false }
    guard count < limit else {
      isFull = true
      return false
    }
    digests.insert(entry.digest)
    entries[hash, default: []].append(entry)
    if heads.isEmpty {
      heads = [UInt64](repeating: 0, count: 1 << 14)
      grams = [UInt64](repeating: 0, count: 1 << (64 - Int(gramShift)))
    }
    let slot = hash >> 20
    heads[Int(slot >> 6)] |= 1 << (slot & 63)
    return true
  }

  /// Takes what another set holds.
  mutating func formUnion(_ other: KnownSecrets) {
    for (hash, held) in other.entries {
      for entry in held { _ = insert(entry, at: hash) }
    }
    spansFields = spansFields || other.spansFields
    hasBackslashes = hasBackslashes || other.hasBackslashes
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
    // A secret that begins another one is not to leave its tail.
    var longest: Entry?
    for entry in candidates
    where entry.length > longest?.length ?? 0 && position + entry.length <= bytes.count {
      guard Self.tail(of: bytes, end: position + entry.length) == entry.tail,
        !entry.isWord || bytes.isWord(position..<position + entry.length)
      else { continue }
      if budget > 0 {
        budget -= entry.length
        let text = UnsafeRawBufferPointer(rebasing: bytes[position..<position + entry.length])
        guard Self.digest(of: text) == entry.digest else { continue }
      }
      longest = entry
    }
    return longest
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
        func mayHold(_ bytes: UInt64) -> Bool {
          let hash = Self.gram(bytes, multiplier)
          let marks = Self.marks(of: hash)
          return grams[Int(truncatingIfNeeded: hash &>> gramShift)] & marks == marks
        }
        func begin(near position: Int) -> Int? {
          (max(start, position - 3)...min(position, last - 1)).first { begin in
            let head = (word(begin) &* multiplier) >> 44
            return heads[Int(head >> 6)] &>> (head & 63) & 1 != 0
          }
        }
        let whole = bytes.count - 8
        var position = start
        while position <= whole && position < last + 3 {
          if mayHold(word(position)), let begin = begin(near: position) { return begin }
          position &+= Self.stride
        }
        // Near the end eight bytes are read that begin earlier.
        if position < last + 3 && position <= whole + 3,
          mayHold(word(whole) >> UInt64(8 * (position - whole))), let begin = begin(near: position)
        {
          return begin
        }
        return limit
      }
    }
  }

  /// A hash of the first five of eight bytes.
  @inline(__always)
  private static func gram(_ word: UInt64, _ multiplier: UInt64) -> UInt64 { (word << 24) &* multiplier }

  /// The bits of a hash in its word, of other bits of the hash than tell the word.
  @inline(__always)
  private static func marks(of hash: UInt64) -> UInt64 {
    1 &<< (hash &>> 42 & 63) | 1 &<< (hash &>> 36 & 63)
  }

  /// The same texts with a table that is no larger than they need, for a look at much: near the caches of a processor the
  /// look is several times as fast. To be searched only.
  var folded: KnownSecrets {
    var folded = self
    // Some six runs of bytes a word.
    while folded.grams.count > max(64, count) {
      folded.gramShift += 1
      folded.grams = Swift.stride(from: 0, to: folded.grams.count, by: 2).map {
        folded.grams[$0] | folded.grams[$0 + 1]
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
    // A copy: to take the key in costs as much as the text.
    var hmac = hasher
    hmac.update(data: text)
    return hmac.finalize().withUnsafeBytes { $0.loadUnaligned(as: UInt128.self) }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether no letter or digit stands next to what is in the range.
  fileprivate func isWord(_ range: Range<Int>) -> Bool {
    let before = range.lowerBound > 0 && ByteSet.alphanumeric.contains(self[range.lowerBound - 1])
    return !before && !(range.upperBound < count && ByteSet.alphanumeric.contains(self[range.upperBound]))
  }
}

extension KnownSecrets: Equatable {
  package static func == (left: KnownSecrets, right: KnownSecrets) -> Bool {
    left.digests == right.digests
  }

  /// Takes a literal of a user's file; the rule and the token come later.
  package mutating func insert(literal: some Collection<UInt8>) -> Bool {
    Array(literal).withUnsafeBytes { insert(Form($0, marker: [], rule: 0)) }
  }
}
