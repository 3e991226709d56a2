internal import Crypto
private import FoundationEssentials

/// Secrets that are known by their text, without that text: a keyed hash, a length, and a hash of the first eight
/// bytes under a random multiplier, by which a scan finds the places to look at.
///
/// It serves known literals from files, and the sweep for what was found elsewhere in a bundle.
package struct KnownSecrets: Sendable {
  /// The shortest text that is held. Shorter ones stand in too many places by chance.
  package static let shortest = 8
  /// Texts beyond so many are not taken: the index stays below 32 MiB.
  package static let limit = 1 << 17

  struct Entry: Sendable {
    var length: Int
    var digest: UInt128
    /// What stands in its place.
    var marker: [UInt8]
    var rule: Int
  }

  private let key: SymmetricKey
  private let multiplier: UInt64
  private var bitmap = [UInt64](repeating: 0, count: 1 << 14)
  /// Entries by the hash of their first eight bytes.
  private(set) var entries: [UInt64: [Entry]] = [:]
  private(set) var count = 0

  package init() {
    key = SymmetricKey(size: .bits256)
    multiplier = UInt64.random(in: .min ... .max) | 1
  }

  /// Whether nothing is held.
  package var isEmpty: Bool { count == 0 }
  /// Whether texts were turned away because there were too many.
  package private(set) var isFull = false

  /// Takes a text. `marker` is what stands in its place; one that is held already keeps its first marker.
  /// - Returns: whether it was taken.
  @discardableResult
  mutating func insert(_ text: UnsafeRawBufferPointer, marker: [UInt8], rule: Int) -> Bool {
    guard text.count >= Self.shortest else { return false }
    guard count < Self.limit else {
      isFull = true
      return false
    }
    let hash = head(text.loadUnaligned(as: UInt64.self))
    let digest = digest(of: text)
    guard entries[hash]?.contains(where: { $0.digest == digest && $0.length == text.count }) != true else {
      return false
    }
    entries[hash, default: []].append(
      Entry(length: text.count, digest: digest, marker: marker, rule: rule))
    // The longest first, so that a secret that begins another one does not leave its tail.
    entries[hash]?.sort { $0.length > $1.length }
    let slot = hash >> 20
    bitmap[Int(slot >> 6)] |= 1 << (slot & 63)
    count += 1
    return true
  }

  /// The text that begins at `position`, if it is one of those.
  func match(in bytes: UnsafeRawBufferPointer, at position: Int) -> Entry? {
    guard position + Self.shortest <= bytes.count else { return nil }
    let hash = head(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    guard let candidates = entries[hash] else { return nil }
    return candidates.first { entry in
      position + entry.length <= bytes.count
        && digest(of: UnsafeRawBufferPointer(rebasing: bytes[position..<position + entry.length]))
          == entry.digest
    }
  }

  /// The next place at which one of the texts may begin, or `limit`.
  func nextCandidate(in bytes: UnsafeRawBufferPointer, from start: Int, until limit: Int) -> Int {
    let last = min(limit, bytes.count - Self.shortest + 1)
    guard start < last, let base = bytes.baseAddress else { return limit }
    return bitmap.withUnsafeBufferPointer { bitmap in
      var position = start
      while position < last {
        let hash = head(base.loadUnaligned(fromByteOffset: position, as: UInt64.self)) >> 20
        if bitmap[Int(hash >> 6)] >> (hash & 63) & 1 != 0 { return position }
        position += 1
      }
      return limit
    }
  }

  /// Forty bits: they tell eight bytes apart and do not give them back.
  @inline(__always)
  private func head(_ word: UInt64) -> UInt64 {
    (word &* multiplier) >> 24
  }

  private func digest(of text: UnsafeRawBufferPointer) -> UInt128 {
    var hmac = HMAC<SHA256>(key: key)
    hmac.update(data: text)
    return hmac.finalize().prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
  }
}

extension KnownSecrets: Equatable {
  package static func == (left: KnownSecrets, right: KnownSecrets) -> Bool {
    left.multiplier == right.multiplier && left.count == right.count
  }

  /// Takes a literal of a user's file; the rule and the token come later.
  package mutating func insert(literal: some Collection<UInt8>) -> Bool {
    Array(literal).withUnsafeBytes { insert($0, marker: [], rule: 0) }
  }
}
