/// Replaces known secrets in bytes that were redacted already.
struct SweepPass {
  private let known: KnownSecrets
  /// Bytes that may still be hashed: some of what was scanned, so that no input makes the pass slow.
  private var budget = 64 << 10
  /// Replacements by the kind in the token.
  private(set) var counts: [String: Int] = [:]
  private(set) var total = 0

  /// `nil` where there is nothing to look for.
  init?(_ known: KnownSecrets) {
    guard !known.isEmpty else { return nil }
    self.known = known
  }

  /// Replaces what stands in `text` from `start` on.
  mutating func apply(to text: inout [UInt8], from start: Int) {
    var output: [UInt8] = []
    let copied = text.withUnsafeBytes { replace(in: $0, from: start, until: $0.count, &output) }
    guard let copied else { return }
    output.append(contentsOf: text[copied...])
    text.replaceSubrange(start..., with: output)
  }

  /// Replaces what begins before `limit`, and copies what stands between.
  /// - Returns: the end of the last secret, up to which all was copied; `nil` where there is none, and nothing was.
  mutating func replace(
    in bytes: UnsafeRawBufferPointer, from start: Int, until limit: Int, _ output: inout [UInt8]
  ) -> Int? {
    var copied: Int?
    var position = start
    budget = min(budget + 8 * (limit - start), 1 << 20)
    while position < limit {
      position = known.nextCandidate(in: bytes, from: position, until: limit)
      guard position < limit else { break }
      guard let entry = known.match(in: bytes, at: position, budget: &budget) else {
        position += 1
        continue
      }
      output.append(contentsOf: bytes[(copied ?? start)..<position])
      output += entry.replacement
      count(entry.marker)
      position += entry.length
      copied = position
    }
    return copied
  }

  /// Whether something that would be replaced begins before `limit` and ends behind `end`.
  mutating func finds(in bytes: UnsafeRawBufferPointer, before limit: Int, endingAfter end: Int) -> Bool {
    budget = min(budget + 8 * limit, 1 << 20)
    var position = 0
    while true {
      position = known.nextCandidate(in: bytes, from: position, until: limit)
      guard position < limit else { return false }
      if let entry = known.match(in: bytes, at: position, budget: &budget), position + entry.length > end {
        return true
      }
      position += 1
    }
  }

  private mutating func count(_ marker: [UInt8]) {
    let kind = marker.dropFirst("[REDACTED:".utf8.count).prefix { $0 != UInt8(ascii: ":") }
    counts[String(decoding: kind, as: UTF8.self), default: 0] += 1
    total += 1
  }
}

/// Replaces known secrets in a stream, in the memory of one window. See `FoundSecrets.makeSweep()`.
package struct SecretSweep: ~Copyable {
  /// The longest form that is held: 4096 bytes, each as a number with its comma.
  package static let longest = 16 << 10

  private var pass: SweepPass?
  private var pending: [UInt8] = []

  init(known: KnownSecrets) {
    pass = SweepPass(known)
  }

  /// Whether there is nothing to look for.
  var isIdle: Bool { pass == nil }

  /// What was replaced so far.
  package var counts: RedactionCounts { RedactionCounts(kinds: pass?.counts ?? [:]) }

  /// Takes the next bytes, which passed a redactor before, and gives what is certain.
  /// - Throws: what `emit` throws.
  package mutating func write<E: Error>(
    _ bytes: UnsafeRawBufferPointer, _ emit: (Redacted) throws(E) -> Void
  ) throws(E) {
    guard pass != nil else { return try emit(Redacted(Array(bytes))) }
    pending.append(contentsOf: bytes)
    if pending.count > Self.longest * 4 { try sweep(keeping: Self.longest, emit) }
  }

  /// Gives the rest.
  /// - Throws: what `emit` throws.
  package mutating func finish<E: Error>(_ emit: (Redacted) throws(E) -> Void) throws(E) {
    try sweep(keeping: 0, emit)
  }

  private mutating func sweep<E: Error>(
    keeping tail: Int, _ emit: (Redacted) throws(E) -> Void
  ) throws(E) {
    guard !pending.isEmpty else { return }
    var segment: [UInt8] = []
    swap(&segment, &pending)
    let limit = segment.count - tail
    var output: [UInt8] = []
    let copied = segment.withUnsafeBytes { pass?.replace(in: $0, from: 0, until: limit, &output) } ?? 0
    // A secret that begins before the limit may reach over it.
    let done = max(copied, limit)
    if copied == 0 && done == segment.count { return try emit(Redacted(segment)) }
    output.append(contentsOf: segment[copied..<done])
    pending = Array(segment[done...])
    if !output.isEmpty { try emit(Redacted(output)) }
  }
}

/// Looks whether a sweep would replace something.
package struct SecretSearch {
  private var pass: SweepPass?

  init(known: KnownSecrets) {
    pass = SweepPass(known.folded)
  }

  /// Whether a secret begins before `limit` and ends behind `end`, both places in `bytes`.
  package mutating func finds(in bytes: UnsafeRawBufferPointer, before limit: Int, endingAfter end: Int)
    -> Bool
  {
    pass?.finds(in: bytes, before: limit, endingAfter: end) ?? false
  }
}
