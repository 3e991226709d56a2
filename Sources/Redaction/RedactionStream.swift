/// Redacts input of any length, with the same result however it is cut into writes.
///
/// Whole lines are scanned as they are complete. Of a line longer than `window` its first part is scanned with
/// `lookahead` bytes of what follows in sight; a secret that reaches through all of that takes the rest of its
/// line with it, so that no part of it is ever passed on.
package struct RedactionStream: ~Copyable {
  /// Bytes of one line that are held at most.
  static let window = 256 << 10
  /// Bytes behind the place up to which an overlong line is scanned.
  static let lookahead = 64 << 10
  /// Bytes before that place which stay in sight.
  static let lookbehind = 1 << 10
  /// The least size of what is emitted, except for the last.
  static let chunk = 64 << 10

  private let scanner: Scanner
  private var sweep: SecretSweep
  private var identities: IdentityPass?
  private var state = BlockState()
  /// What is not scanned yet, from `start` on; before it what stays in sight.
  private var pending: [UInt8] = []
  private var start = 0
  private var output: [UInt8] = []

  init(_ redactor: Redactor) {
    scanner = Scanner(redactor)
    sweep = SecretSweep(known: redactor.found?.snapshot ?? KnownSecrets())
    identities = redactor.makeIdentityPass()
  }

  /// Takes the next bytes, and emits what is certain in chunks of at least 64 KiB.
  /// - Throws: what `emit` throws; the stream is of no use after that.
  package mutating func write<E: Error>(
    _ bytes: UnsafeRawBufferPointer, _ emit: (Redacted) throws(E) -> Void
  ) throws(E) {
    var taken = 0
    while taken < bytes.count {
      let room = Self.window - (pending.count - start)
      let piece = UnsafeRawBufferPointer(rebasing: bytes[taken..<min(bytes.count, taken + room)])
      if pending.isEmpty, let newline = piece.lastNewline(in: 0..<piece.count) {
        taken += newline + 1
        scanWhole(UnsafeRawBufferPointer(rebasing: piece[...newline]))
      } else {
        taken += hold(piece)
      }
      if output.count >= Self.chunk { try flush(emit) }
    }
  }

  /// Keeps what goes on with a line that is not complete, up to its end, and scans what can be scanned then.
  /// - Returns: how many bytes were taken.
  private mutating func hold(_ piece: UnsafeRawBufferPointer) -> Int {
    let newline = piece.firstNewline(from: 0)
    let count = newline.map { $0 + 1 } ?? piece.count
    pending.append(contentsOf: piece[..<count])
    if newline != nil {
      scan(to: pending.count, isComplete: true)
    } else if pending.count - start >= Self.window {
      scan(to: pending.count, isComplete: false)
    }
    return count
  }

  /// Scans whole lines where they are.
  private mutating func scanWhole(_ lines: UnsafeRawBufferPointer) {
    let outputStart = output.count
    // Line by line, as lines that come in pieces are: what a line becomes must not depend on what is in sight behind it.
    var start = 0
    while start < lines.count {
      let end = lines.firstNewline(from: start).map { $0 + 1 } ?? lines.count
      let line = UnsafeRawBufferPointer(rebasing: lines[start..<end])
      _ = scanner.scan(line, limit: line.count, isComplete: true, state: &state, output: &output)
      start = end
    }
    identities?.apply(to: &output, from: outputStart)
  }

  /// Scans what is left, as the end of the input, and emits it.
  /// - Throws: what `emit` throws.
  package mutating func finish<E: Error>(_ emit: (Redacted) throws(E) -> Void) throws(E) {
    scan(to: pending.count, isComplete: true)
    if !output.isEmpty { try flush(emit) }
    try sweep.finish(emit)
  }

  /// What was replaced so far.
  package var counts: RedactionCounts {
    var counts = RedactionCounts(
      scanner.counts, rules: scanner.tables.rules, identities: identities?.counts ?? [:])
    if !sweep.isIdle { counts.add(sweep.counts) }
    return counts
  }

  private mutating func flush<E: Error>(_ emit: (Redacted) throws(E) -> Void) throws(E) {
    var chunk: [UInt8] = []
    swap(&chunk, &output)
    output.reserveCapacity(Self.chunk + Self.window)
    guard !sweep.isIdle else { return try emit(Redacted(chunk)) }
    try chunk.span.withUnsafeBytes { (bytes) throws(E) in try sweep.write(bytes, emit) }
  }

  /// Scans the pending bytes up to `stop` and forgets them.
  private mutating func scan(to stop: Int, isComplete: Bool) {
    var segment: [UInt8] = []
    swap(&segment, &pending)
    let outputStart = output.count
    let done = segment.withUnsafeBytes { bytes in
      scanner.scan(
        UnsafeRawBufferPointer(rebasing: bytes[..<stop]), from: start,
        limit: isComplete ? stop : stop - Self.lookahead, isComplete: isComplete, state: &state,
        output: &output)
    }
    identities?.apply(to: &output, from: outputStart)
    let kept = isComplete ? 0 : min(Self.lookbehind, done)
    segment.removeSubrange(..<(done - kept))
    start = kept
    swap(&segment, &pending)
  }
}
