/// Secrets that lines before give away: values in quotes over several lines, the data of a Kubernetes Secret, the
/// middle of a private key in a diff, a bare secret key near its id.
extension Scanner {
  /// A value in quotes that goes on in the next line, where the pair has its line for itself: in a log a quote may
  /// be missing for other reasons.
  func beginQuoted(_ quote: (byte: UInt8, level: Int, end: Int), _ key: Key, _ syntax: PairSyntax) {
    guard syntax.isWholeLine, quote.level == 0, lineEnd < end, key.strength == .strong else { return }
    state.mode = .quoted(BlockState.Quoted(rule: key.rule, quote: quote.byte))
  }

  func continueQuoted(_ quoted: BlockState.Quoted) -> Bool {
    var quoted = quoted
    quoted.linesLeft -= 1
    state.mode = quoted.linesLeft > 0 ? .quoted(quoted) : .none
    let start = skipBlanks(lineStart + (isSignedLine ? 1 : 0))
    guard !startsPair(at: start), byte(start) != UInt8(ascii: "[") || markerEnd(at: start) != nil else {
      state.mode = .none
      return false
    }
    let stop = quotedEnd(from: start, quote: quoted.quote, level: 0)
    if stop < lineEnd { state.mode = .none }
    var trimmed = stop
    while trimmed > start, ByteSet.space.contains(byte(trimmed - 1)) { trimmed -= 1 }
    if trimmed > start { _ = replace(start..<trimmed, rule: quoted.rule, counts: false) }
    return false
  }

  /// The first line of a hunk: what its lines are is seen line by line.
  func beginHunk(at position: Int) -> Int? {
    guard position == lineStart else { return nil }
    switch state.mode {
    case .none, .hunk: (state.mode, stopsAtLine) = (.hunk(afterKey: false), true)
    default: break
    }
    return nil
  }

  /// A line of a hunk. Whole lines of base64 without a BEGIN before them are the middle of a private key, or of a
  /// certificate, which cannot be told apart.
  func continueHunk(afterKey: Bool) -> Bool {
    let sign = byte(lineStart)
    let isInside =
      ByteSet.diffSigns.contains(sign) || sign == UInt8(ascii: "\\") || sign == UInt8(ascii: "@")
    guard isInside, !containsArmorBegin else {
      state.mode = .none
      return false
    }
    let start = skipBlanks(lineStart + 1)
    var stop = start
    while stop < lineEnd, ByteSet.base64.contains(byte(stop)) { stop += 1 }
    let run = stop - start
    while stop < lineEnd, byte(stop) == UInt8(ascii: "=") { stop += 1 }
    steps += stop - start
    let isWhole = stop == lineEnd || byte(stop) == 0x0D
    let isFull = isWhole && (60...76).contains(run) && isRandom(start..<stop) && !isPathLike(start..<stop)
    let isTail = isWhole && afterKey && run >= 4 && (stop - start) % 4 == 0 && sign != UInt8(ascii: "@")
    state.mode = .hunk(afterKey: isFull || (afterKey && markerEnd(at: start) != nil))
    guard isFull || isTail else { return false }
    _ = replace(start..<stop, rule: tables.index(.privateKey), counts: !afterKey)
    return false
  }

  private var containsArmorBegin: Bool {
    let start = skipBlanks(lineStart + 1)
    return hasPrefix("-----BEGIN ", at: start)
  }

  private func isPathLike(_ range: Range<Int>) -> Bool {
    range.count { byte($0) == UInt8(ascii: "/") } > 6
  }

  /// Base64 of a private key that goes on in the next lines, as `base64` and MIME cut it.
  func continueWrapped(_ linesLeft: Int) -> Bool {
    let start = skipBlanks(lineStart + (isSignedLine ? 1 : 0))
    if markerEnd(at: start) != nil {
      state.mode = linesLeft > 0 ? .wrapped(linesLeft: linesLeft - 1) : .none
      return false
    }
    var stop = start
    while stop < lineEnd, ByteSet.base64.contains(byte(stop)) || byte(stop) == UInt8(ascii: "=") { stop += 1 }
    guard stop == lineEnd || byte(stop) == 0x0D, stop - start >= 4, linesLeft > 0 else {
      state.mode = .none
      return false
    }
    state.mode = .wrapped(linesLeft: linesLeft - 1)
    _ = replace(start..<stop, rule: tables.index(.privateKey), counts: false)
    return true
  }
}

/// AWS secret access keys have no form of their own: forty digits of base 64, near an access key id.
extension Scanner {
  /// Lines behind an access key id in which a bare secret key is taken for its own.
  static let linesNearAccessKey = 4

  func redactAccessKeyID(_ range: Range<Int>, rule: Int) -> Int? {
    if isExample(range) { return nil }
    for secret in secretKeys(in: max(cursor, lineStart, range.lowerBound - 512)..<range.lowerBound) {
      _ = replace(secret, rule: tables.index(.awsSecretKey))
    }
    for secret in secretKeys(in: range.upperBound..<min(lineEnd, range.upperBound + 512)) {
      plan(secret, rule: tables.index(.awsSecretKey))
    }
    (state.linesNearAccessKey, stopsAtLine) = (Self.linesNearAccessKey, true)
    return replace(range, rule: rule)
  }

  /// Plans the secret keys of a line behind an access key id.
  func planSecretKeys(lineAt position: Int) {
    state.linesNearAccessKey -= 1
    for secret in secretKeys(in: max(position, lineStart)..<min(lineEnd, lineStart + 1024)) {
      plan(secret, rule: tables.index(.awsSecretKey))
    }
  }

  private func secretKeys(in range: Range<Int>) -> [Range<Int>] {
    guard !range.isEmpty else { return [] }
    steps += range.count
    var found: [Range<Int>] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      while position < range.upperBound, ByteSet.base64.contains(byte(position)) { position += 1 }
      let run = start..<position
      if run.count == 40, byte(position) != UInt8(ascii: "="), isRandom(run), !isExample(run) {
        found.append(run)
      }
      position += 1
    }
    return found
  }
}
