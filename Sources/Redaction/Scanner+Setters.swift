/// Names and values of the environment that a directive ties together by blanks.
extension Scanner {
  private static let setters: [StaticString] = [
    "SetEnv", "setenv", "setx", "fastcgi_param", "uwsgi_param", "scgi_param", "passenger_env_var", "set -x",
    "set -gx", "set -xg", "set -Ux", "set -lx",
  ]

  /// Whether a directive that sets a variable stands before the name: `SetEnv DB_PASSWORD X`.
  func isSetBefore(_ name: Range<Int>) -> Bool {
    var end = name.lowerBound
    while name.lowerBound - end < 64, ByteSet.blank.contains(byte(end - 1)) { end -= 1 }
    guard end < name.lowerBound, ByteSet.setterEnds.contains(byte(end - 1)) else { return false }
    let isDocker =
      hasPrefix("ENV", at: end - 3)
      && (lineStart..<end - 3).allSatisfy { ByteSet.indentation.contains(byte($0)) }
    return isDocker
      || Self.setters.contains {
        hasPrefix($0, at: end - $0.utf8CodeUnitCount) && isBlank(end - $0.utf8CodeUnitCount - 1)
      }
  }

  private func isBlank(_ position: Int) -> Bool { byte(position) <= 0x20 || byte(position).isQuote }

  /// The value behind the name, up to the end of the word; in a Dockerfile up to the end of the line.
  func redactSet(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies else { return nil }
    let start = skipBlanks(after)
    if let quote = quote(at: start) {
      let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      return stop < lineEnd ? redactAccepted(quote.end..<stop, key) : nil
    }
    let isLine = hasPrefix("ENV", at: lineStart) && !isJSONLine
    let word = start..<bareEnd(from: start, .word)
    guard !word.isEmpty, !tables.words[packed(word)].traits.contains(.prose) else { return nil }
    return redactAccepted(isLine ? start..<bareEnd(from: start, .line) : word, key)
  }

  /// A setting of a name with `_` and one word that is no word of a language: fluent-bit's `HTTP_Passwd X`.
  func redactSetting(_ key: Key, _ name: Range<Int>, at start: Int) -> Int? {
    guard key.strength == .strong, name.contains(where: { byte($0) == UInt8(ascii: "_") }) else { return nil }
    let word = start..<bareEnd(from: start, .wholeWord)
    let rest = skipBlanks(word.upperBound)
    guard rest == lineEnd || byte(rest) == 0x0D, word.count >= 6, !isWordy(word) else { return nil }
    let isText = word.contains { byte($0).isDigit } && word.contains { byte($0).isLetter }
    guard isText,
      !word.contains(where: { ByteSet.callEnds.contains(byte($0)) || byte($0) == UInt8(ascii: "(") })
    else { return nil }
    return redactAccepted(word, key)
  }
}

/// Names of words with blanks between, and what stands between a name and its value.
extension Scanner {
  /// `API Key: X`, `Secret Access Key: X`, `Unseal Key 1: X`, `Incorrect API key provided: X`.
  func redactSpacedKey(_ name: Range<Int>) -> Int? {
    guard byte(name.lowerBound - 1) == 0x20, byte(name.lowerBound) | 0x20 == UInt8(ascii: "k") else {
      return nil
    }
    guard let stop = spacedKeyEnd(name.upperBound) else { return nil }
    let word = wordBefore(name.lowerBound - 1)
    let entry = tables.words[packed(word)]
    guard !word.isEmpty, entry.traits.contains(.keyQualifier) else { return nil }
    let before = wordBefore(word.lowerBound - 1)
    if byte(word.lowerBound - 1) == 0x20, isWord(word, "access"), isWord(before, "secret") {
      return redactValue(
        of: Key(rule: tables.index(.awsSecretKey), strength: .weak), named: before.lowerBound..<stop)
    }
    return redactValue(of: Key(rule: entry.keyRule, strength: .weak), named: word.lowerBound..<stop)
  }

  /// The end of the name with a number behind it, if a value can follow.
  private func spacedKeyEnd(_ start: Int) -> Int? {
    var stop = start
    if hasPrefix(" provided:", at: start) {
      stop += 9
    } else if byte(start) == 0x20, byte(start + 1).isDigit {
      stop += byte(start + 2).isDigit ? 3 : 2
    }
    let next = byte(skipBlanks(stop))
    return next == UInt8(ascii: ":") || next == UInt8(ascii: "=") || byte(stop).isQuote ? stop : nil
  }

  /// A password under its name in another language, whose letters no name of a program has: behind a separator, and no
  /// word of that language.
  func redactForeignKey(_ name: Range<Int>) -> Int? {
    let before = byte(name.lowerBound - 1)
    guard !before.isLetter, before != UInt8(ascii: "-") else { return nil }
    var position = name.upperBound
    let quote = quote(at: position)
    if let quote { position = quote.end }
    position = skipBlanks(position)
    // The colon of Chinese and Japanese.
    let isWide = hasPrefix("\u{FF1A}", at: position)
    let separator = isWide ? UInt8(ascii: ":") : byte(position)
    guard isWide || separator == UInt8(ascii: ":") || separator == UInt8(ascii: "=") else { return nil }
    position += isWide ? 3 : 1
    let value = skipBlanks(position)
    guard byte(value) < 0x80 else { return nil }
    let syntax = PairSyntax(
      name: name, separator: separator, isSpaced: value > position, keyLevel: quote?.level, isWholeLine: false
    )
    return redactValue(of: Key(rule: tables.index(.password), strength: .modest), at: value, syntax)
  }

  private func wordBefore(_ end: Int) -> Range<Int> {
    var start = end
    while end - start < 17, byte(start - 1).isLetter { start -= 1 }
    return start..<end
  }
}
