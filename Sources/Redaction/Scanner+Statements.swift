/// Values that a sentence, a call or a directive with quotes ties to a key.
extension Scanner {
  /// `setPassword("X")`: the only argument of a function that the key names.
  func redactCall(_ key: Key, at start: Int) -> Int? {
    guard key.strength == .strong, let quote = quote(at: start) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    guard byte(stop + quote.level + 1) == UInt8(ascii: ")"), looksSecret(quote.end..<stop) else { return nil }
    return redactAccepted(quote.end..<stop, key)
  }

  /// `define('DB_PASSWORD', 'X')`, `System.setProperty("x.password", "X")`: the argument behind the name, where it
  /// looks like a secret, or the function defines a constant.
  func redactSecondArgument(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies, key.strength != .uuid else { return nil }
    var opening = name.lowerBound - 1
    while opening > lineStart, byte(opening - 1) == 0x20 { opening -= 1 }
    guard byte(name.lowerBound - 1).isQuote, byte(opening - 1) == UInt8(ascii: "(") else { return nil }
    guard let quote = quote(at: skipBlanks(after + 1)) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    let next = byte(skipBlanks(stop + quote.level + 1))
    guard next == UInt8(ascii: ")") || next == UInt8(ascii: ",") else { return nil }
    let definesConstant = Self.definitions.contains { hasPrefix($0, at: opening - 1 - $0.utf8CodeUnitCount) }
    guard definesConstant || (next == UInt8(ascii: ")") && looksSecret(quote.end..<stop)) else { return nil }
    return redactAccepted(quote.end..<stop, Key(rule: key.rule, strength: definesConstant ? .strong : .weak))
  }

  /// Functions that give a name its value.
  private static let definitions: [StaticString] = [
    "define", "SetEnvironmentVariable", "setenv", "Setenv", "set_var", "flag.String",
  ]

  /// The end of what says in a sentence that the value follows.
  private func connectorEnd(at start: Int) -> Int? {
    // By their first letters, since most words behind a name are none of them.
    switch (byte(start), byte(start + 1)) {
    case (UInt8(ascii: "i"), UInt8(ascii: "s")): return end(of: Self.statements, at: start)
    case (UInt8(ascii: "t"), UInt8(ascii: "o")): return byte(start + 2) == 0x20 ? start + 3 : nil
    case (UInt8(ascii: "w"), UInt8(ascii: "a")):
      return hasPrefix("was ", at: start) ? end(of: Self.changes, at: start + 4) : nil
    case (UInt8(ascii: "h"), UInt8(ascii: "a")):
      return hasPrefix("has been ", at: start) ? end(of: Self.changes, at: start + 9) : nil
    case (UInt8(ascii: "s"), UInt8(ascii: "e")), (UInt8(ascii: "r"), UInt8(ascii: "e")),
      (UInt8(ascii: "c"), UInt8(ascii: "h")):
      return end(of: Self.changes, at: start)
    default: return nil
    }
  }

  private static let statements: [StaticString] = ["is: ", "is : ", "is now "]
  private static let changes: [StaticString] = ["set to ", "reset to ", "changed to "]

  private func end(of texts: [StaticString], at start: Int) -> Int? {
    texts.first { hasPrefix($0, at: start) }.map { start + $0.utf8CodeUnitCount }
  }

  /// `Your new password is: X`, `password changed to X`.
  private func redactConnected(_ key: Key, at start: Int, isWeak: Bool) -> Int? {
    if let quote = quote(at: start) {
      let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      guard stop < lineEnd, looksSecret(quote.end..<stop) else { return nil }
      return redactAccepted(quote.end..<stop, key)
    }
    if isWeak || key.strength != .strong { return randomWord(at: start).flatMap { redactAccepted($0, key) } }
    let word = start..<bareEnd(from: start, .word)
    guard looksSecret(word), byte(start) != UInt8(ascii: "\\"),
      !word.contains(where: { byte($0) == UInt8(ascii: "=") })
    else { return nil }
    return redactAccepted(word, key)
  }

  /// Whether `redactStatement` can find something.
  func mayBeStatement(at start: Int) -> Bool {
    hasPrefix("is ", at: start) || connectorEnd(at: start) != nil || isTyped(at: start)
      || randomWord(at: start) != nil
      || (isPreposition(at: start) && reportedValue(from: start + 4) != nil)
  }

  private func isPreposition(at start: Int) -> Bool {
    byte(start) | 0x20 == UInt8(ascii: "f") && isWord(start..<start + 4, "for ")
  }

  /// `password 7 X`: the digit says how the rest is encoded.
  private func isTyped(at start: Int) -> Bool {
    byte(start).isDigit && byte(start + 1) == 0x20 && byte(start + 2) > 0x20
  }

  /// A word of letters of both cases and digits, such as chance makes.
  private func randomWord(at start: Int) -> Range<Int>? {
    // Most words are shorter than that.
    guard byte(start + 4) > 0x20, byte(start + 7) > 0x20, byte(start + 9) > 0x20 else { return nil }
    var stop = start
    while stop < lineEnd, ByteSet.base64url.contains(byte(stop)) || ByteSet.base64.contains(byte(stop)) {
      stop += 1
    }
    steps += stop - start
    while stop < lineEnd, byte(stop) == UInt8(ascii: "=") { stop += 1 }
    let word = start..<stop
    // A dot in the middle of a text ends no word: some tokens have parts.
    let isWhole =
      byte(stop) <= 0x20 || byte(stop).isQuote
      || (ByteSet.wordEnds.contains(byte(stop)) && byte(stop + 1) <= 0x20)
    guard word.count >= 10, isWhole else { return nil }
    guard word.contains(where: { byte($0).isDigit }), isRandom(word), looksSecret(word), isRestless(word)
    else {
      return nil
    }
    return word
  }

  /// Whether case, or letters and digits, change at every third byte or more: names of programs do so less.
  private func isRestless(_ word: Range<Int>) -> Bool {
    let changes = word.dropFirst().prefix(512).count {
      let (before, byte) = (byte($0 - 1), byte($0))
      guard byte.isLetter || byte.isDigit, before.isLetter || before.isDigit else { return false }
      return byte.isDigit != before.isDigit || byte.isUpper != before.isUpper
    }
    return changes * 3 >= min(512, word.count)
  }

  /// `proxy_set_header X-Api-Key "X";`, `the password is X`, `token X`, `password for bob: X`, `password 7 X`.
  func redactStatement(_ key: Key, after: Int) -> Int? {
    guard key.strength != .cookies else { return nil }
    var start = skipBlanks(after)
    if key.strength != .header {
      if let word = randomWord(at: start) { return redactAccepted(word, key) }
      if isPreposition(at: start) { return redactReported(key, after: start + 4) }
      if isTyped(at: start), key.strength == .strong, isLastWord(at: start + 2) {
        return redactAccepted(start + 2..<bareEnd(from: start + 2, .word), key)
      }
    }
    if key.strength != .header, let value = connectorEnd(at: start) {
      return redactConnected(key, at: skipBlanks(value), isWeak: hasPrefix("to ", at: start))
    }
    let isSentence = hasPrefix("is ", at: start)
    if isSentence { start = skipBlanks(start + 3) }
    if isSentence, hasPrefix("generated for ", at: start) { return redactGenerated(key, after: start + 14) }
    if let quote = quote(at: start), quote.byte == UInt8(ascii: "\"") {
      let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      let next = byte(skipBlanks(stop + quote.level + 1))
      // In ipsec.secrets the line ends with the secret.
      let isLast = key.strength == .strong && (next == 0x0A || next == 0x0D)
      guard isSentence || next == UInt8(ascii: ";") || isLast else { return nil }
      if key.strength == .header { return redactAuthorization(at: start, rule: key.rule) }
      guard looksSecret(quote.end..<stop) else { return nil }
      return redactAccepted(quote.end..<stop, key)
    }
    guard isSentence, key.strength != .header else { return nil }
    if key.strength != .strong { return randomWord(at: start).flatMap { redactAccepted($0, key) } }
    let word = start..<bareEnd(from: start, .word)
    // "the password is id=7 …" goes on with other pairs.
    guard looksSecret(word), !word.contains(where: { byte($0) == UInt8(ascii: "=") }) else { return nil }
    return redactAccepted(word, key)
  }

  private func isLastWord(at start: Int) -> Bool {
    let stop = bareEnd(from: start, .word)
    return stop - start >= 6 && byte(skipBlanks(stop)) <= 0x20 && skipBlanks(stop) >= lineEnd - 1
  }

  /// The colon or the sign before the value, behind a few words at most.
  private func reportedValue(from start: Int) -> Int? {
    var (position, blanks) = (start, 0)
    while position - start < 128, position < lineEnd, blanks < 6 {
      switch byte(position) {
      case UInt8(ascii: "="): return position
      case UInt8(ascii: ":") where byte(position + 1) == 0x20: return position
      case 0x20: blanks += 1
      default: break
      }
      position += 1
    }
    return nil
  }

  /// `New password for bob: X`, and SQL's `SET PASSWORD FOR 'bob'@'%' = 'X'`.
  private func redactReported(_ key: Key, after start: Int) -> Int? {
    guard let position = reportedValue(from: start) else { return nil }
    let value = skipBlanks(position + 1)
    if byte(position) == UInt8(ascii: ":"), let word = randomWord(at: value) {
      return redactAccepted(word, key)
    }
    guard byte(position) == UInt8(ascii: "="), byte(start).isQuote, byte(value) == UInt8(ascii: "'") else {
      return nil
    }
    let stop = quotedEnd(from: value + 1, quote: byte(value), level: 0)
    return stop < lineEnd ? redactAccepted(value + 1..<stop, key) : nil
  }

  /// `A temporary password is generated for root@localhost: X`, as MySQL logs it.
  private func redactGenerated(_ key: Key, after start: Int) -> Int? {
    var position = start
    while position - start < 256, position < lineEnd, byte(position) > 0x20 { position += 1 }
    guard byte(position) == 0x20, byte(position - 1) == UInt8(ascii: ":") else { return nil }
    return redactAccepted(position + 1..<bareEnd(from: position + 1, isJSONLine ? .word : .wholeWord), key)
  }
}
