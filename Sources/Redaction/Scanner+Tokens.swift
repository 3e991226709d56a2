extension Scanner {
  func redactToken(_ index: Int, at position: Int) -> Int? {
    if wordyRun.rule == index && wordyRun.end > position { return nil }
    guard let range = tokenRange(index, at: position, limit: end) else { return nil }
    steps += range.count
    guard passesCheck(index, range, literalAt: position) else {
      wordyRun = (index, range.upperBound)
      return nil
    }
    let rule = tables.tokenRuleIndex[index]
    if rule == tables.accessKeyID { return redactAccessKeyID(range, rule: rule) }
    if tables.tokenRules[index].check == .privateKey, range.upperBound == lineEnd, state.mode == .none {
      (state.mode, stopsAtLine) = (.wrapped(linesLeft: 1024), true)
    }
    return replace(range, rule: rule)
  }

  /// The token that begins where `range` begins and is at least as long: a password that is a GitHub token counts as
  /// one, and goes as far as its form does.
  func token(in range: Range<Int>) -> (rule: Int, end: Int)? {
    guard range.count >= 8 else { return nil }
    guard let base = bytes.baseAddress else { return nil }
    for trigger in tables.prefilter.triggers(at: base + range.lowerBound) {
      guard case .token(let index) = trigger.action, matches(trigger, at: range.lowerBound),
        let found = tokenRange(index, at: range.lowerBound, limit: lineEnd),
        found.lowerBound == range.lowerBound, found.upperBound >= range.upperBound,
        passesCheck(index, found, literalAt: range.lowerBound)
      else { continue }
      return (tables.tokenRuleIndex[index], found.upperBound)
    }
    return nil
  }

  /// Where the text of the rule's form ends that begins here, or `limit` if it does not end before.
  private func tokenRange(_ index: Int, at position: Int, limit: Int) -> Range<Int>? {
    let limit = min(limit, end)
    let rule = tables.tokenRules[index]
    let literalEnd = position + rule.literal.utf8.count
    var start = position
    if let leading = rule.leading {
      start = leadingStart(before: position, leading)
      if byte(start - 1) == UInt8(ascii: "\\"), ByteSet.lineEscapes.contains(byte(start)) { start += 1 }
      guard position - start >= rule.leadingMinimum else { return nil }
    } else {
      guard isBoundary(before: position, rule) else { return nil }
    }
    if rule.check == .webToken { return webTokenEnd(position, limit: limit).map { start..<$0 } }
    let stop = alphabetEnd(from: literalEnd, rule, limit: limit)
    guard stop - literalEnd >= rule.minimum else { return nil }
    return (rule.keepsLiteral ? literalEnd : start)..<stop
  }

  /// Where the bytes of the set begin that stand before a literal; `\/` stands for a slash.
  private func leadingStart(before position: Int, _ set: ByteSet) -> Int {
    let hasSlash = set.contains(UInt8(ascii: "/"))
    var start = position
    while start > cursor, position - start < 1024 {
      let isEscape =
        hasSlash && byte(start - 1) == UInt8(ascii: "\\")
        && (byte(start) == UInt8(ascii: "/") || byte(start) == UInt8(ascii: "\\"))
      guard isEscape || set.contains(byte(start - 1)) else { break }
      start -= 1
    }
    return start
  }

  private func alphabetEnd(from start: Int, _ rule: TokenRule, limit: Int) -> Int {
    var stop = start
    while true {
      while stop < limit && rule.alphabet.contains(byte(stop)) { stop += 1 }
      guard stop < limit, let escape = escapeEnd(at: stop, of: rule.alphabet), escape <= limit else { break }
      stop = escape
    }
    while stop > start && byte(stop - 1) == UInt8(ascii: ".") { stop -= 1 }
    return stop
  }

  /// The end of `%2B`, `\/` or `\u003d`, behind any number of backslashes, if it stands for a byte of the set.
  private func escapeEnd(at position: Int, of set: ByteSet) -> Int? {
    func hex(_ place: Int) -> UInt8? {
      guard let high = byte(place).hexValue, let low = byte(place + 1).hexValue else { return nil }
      return high << 4 | low
    }
    if byte(position) == UInt8(ascii: "%"), let value = hex(position + 1), set.contains(value) {
      return position + 3
    }
    var escaped = position
    while escaped - position < 16, byte(escaped) == UInt8(ascii: "\\") { escaped += 1 }
    guard escaped > position else { return nil }
    if byte(escaped) == UInt8(ascii: "/"), set.contains(UInt8(ascii: "/")) { return escaped + 1 }
    guard hasPrefix("u00", at: escaped), let value = hex(escaped + 3), set.contains(value) else { return nil }
    return escaped + 5
  }

  /// Whether a token may begin here: not in the middle of a word, but behind an escape, which ends in a letter too.
  private func isBoundary(before position: Int, _ rule: TokenRule) -> Bool {
    guard position > cursor || position == 0 else { return position >= cursor }
    let previous = byte(position - 1)
    if rule.check == .webToken && ByteSet.dotted.contains(previous) && previous != UInt8(ascii: "_") {
      return isEscapeEnd(position - 1)
    }
    // OpenSSH's fingerprints are random text, in which a short literal occurs by chance.
    if rule.literal.utf8.count <= 4, hasPrefix("SHA256:", at: position - 7) { return false }
    return !ByteSet.word.contains(previous) || isEscapeEnd(position - 1)
  }

  /// Whether the byte is the last one of `\n`, `\u0026`, `\x22`, `%3D` or a terminal's colour sequence.
  func isEscapeEnd(_ position: Int) -> Bool {
    let last = byte(position)
    if byte(position - 1) == UInt8(ascii: "\\") { return ByteSet.escapeLetters.contains(last) }
    // nginx writes `\x22` for a quote.
    let isHexadecimal =
      byte(position - 2) == UInt8(ascii: "x") && byte(position - 3) == UInt8(ascii: "\\")
    if byte(position - 2) == UInt8(ascii: "%") || isHexadecimal {
      return ByteSet.hex.contains(last) && ByteSet.hex.contains(byte(position - 1))
    }
    if byte(position - 5) == UInt8(ascii: "\\") && byte(position - 4) == UInt8(ascii: "u") {
      return (0..<4).allSatisfy { ByteSet.hex.contains(byte(position - $0)) }
    }
    guard last == UInt8(ascii: "m") else { return false }
    var start = position - 1
    while position - start < 16, byte(start).isDigit || byte(start) == UInt8(ascii: ";") { start -= 1 }
    return byte(start) == UInt8(ascii: "[")
  }

  /// The end of `header.payload.signature`, of which the signature may be missing, or of a JWE's five parts.
  private func webTokenEnd(_ start: Int, limit: Int) -> Int? {
    var position = start
    var parts = 0
    var partStart = start
    while parts < 5 {
      while position < limit, ByteSet.base64url.contains(byte(position)) { position += 1 }
      let length = position - partStart
      guard parts > 0 ? length > 0 || parts < 4 : length >= 10 else { break }
      parts += 1
      guard byte(position) == UInt8(ascii: ".") else { break }
      if parts == 5 { break }
      position += 1
      partStart = position
    }
    while position > start && byte(position - 1) == UInt8(ascii: ".") { position -= 1 }
    // A header alone is any base64 of JSON.
    guard parts >= 2, let dot = firstDot(start, position), position - dot > 10 else { return nil }
    return position
  }

  private func firstDot(_ start: Int, _ stop: Int) -> Int? {
    (start..<stop).first { byte($0) == UInt8(ascii: ".") }
  }
}
