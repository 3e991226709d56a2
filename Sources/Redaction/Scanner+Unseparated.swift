extension Scanner {
  /// Syntaxes in which no `=` or `:` follows the name: elements, options, directives, and names that are values.
  func redactUnseparated(_ key: Key, _ name: Range<Int>, after: Int, isQuoted: Bool) -> Int? {
    let before = byte(name.lowerBound - 1)
    if isQuoted || before == UInt8(ascii: ">") || isNameOfPair(before: name.lowerBound) {
      if before == UInt8(ascii: "-") { return redactArgument(key, name, after: after) }
      return redactPairValue(key, name, after: after)
    }
    if before == UInt8(ascii: "<") || (before == UInt8(ascii: ":") && byte(after) == UInt8(ascii: ">")) {
      return redactElement(key, name, after: after)
    }
    guard ByteSet.blank.contains(byte(after)) else { return nil }
    if before == UInt8(ascii: "-") { return redactArgument(key, name, after: after) }
    return redactDirective(key, name, after: after)
  }

  /// `--password X` and `"--password", "X"`.
  private func redactArgument(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies else { return nil }
    var position = skipBlanks(after)
    if byte(position) == UInt8(ascii: ",") { position = skipBlanks(position + 1) }
    guard byte(position) != UInt8(ascii: "-") else { return nil }
    let syntax = PairSyntax(
      name: name, separator: UInt8(ascii: "="), isSpaced: false, keyLevel: 0, isWholeLine: false)
    return redactValue(of: key, at: position, syntax)
  }

  /// `<password>X</password>`, with attributes perhaps.
  private func redactElement(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    // `(?<secret>…)` names a group of an expression.
    guard byte(name.lowerBound - 2) != UInt8(ascii: "?"), !hasPrefix("?P<", at: name.lowerBound - 3) else {
      return nil
    }
    var position = after
    while position - after < 256, position < lineEnd, byte(position) != UInt8(ascii: ">") { position += 1 }
    guard byte(position) == UInt8(ascii: ">"), byte(position - 1) != UInt8(ascii: "/") else { return nil }
    return redactContent(key, at: position + 1)
  }

  /// The text of an element up to the next tag.
  private func redactContent(_ key: Key, at start: Int) -> Int? {
    var start = start
    var stop: Int
    let isVerbatim = hasPrefix("<![CDATA[", at: start)
    start = isVerbatim ? start + 9 : skipBlanks(start)
    stop = start
    while stop < lineEnd, isVerbatim ? !hasPrefix("]]>", at: stop) : byte(stop) != UInt8(ascii: "<") {
      stop += 1
    }
    steps += stop - start
    // Without an end on this line it goes as far as a word, and never over the quote of a text around it.
    if stop == lineEnd || (isJSONLine && leavesJSONString(start..<stop)) {
      stop = bareEnd(from: start, .word)
    }
    while stop > start, ByteSet.space.contains(byte(stop - 1)) { stop -= 1 }
    // `"<password>", "<key>"` names elements in a list.
    if byte(start).isQuote, ByteSet.listFollowers.contains(byte(start + 1)) { return nil }
    return redactAccepted(start..<stop, key)
  }

  /// Whether the end of a JSON string, or a line break in one, stands in the range.
  private func leavesJSONString(_ range: Range<Int>) -> Bool {
    range.prefix(1024).contains {
      byte($0) == UInt8(ascii: "\"")
        ? ByteSet.jsonFollowers.contains(byte($0 + 1))
        : byte($0) == UInt8(ascii: "\\") && ByteSet.lineEscapes.contains(byte($0 + 1))
    }
  }

  /// Replaces a range that is delimited on both sides.
  private func redactAccepted(_ range: Range<Int>, _ key: Key) -> Int? {
    guard !range.isEmpty, !isPlaceholder(range, isQuoted: true) else { return nil }
    let isSecret =
      switch key.strength {
      case .strong: !isKnownPath(range)
      case .identifier: looksSecret(range) || isUUID(range)
      default: looksSecret(range)
      }
    guard isSecret else { return nil }
    return replace(range, rule: key.rule)
  }

  /// `requirepass X`, netrc's `password X`, SQL's `PASSWORD 'X'`.
  private func redactDirective(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    let kinds: [ContextKind] = [.password, .secret, .snmp]
    guard kinds.contains(where: { key.rule == tables.index($0) }) else { return nil }
    let start = skipBlanks(after)
    if byte(start) == UInt8(ascii: "'") {
      let stop = quotedEnd(from: start + 1, quote: byte(start), level: 0)
      // Without its closing quote it is an apostrophe; with a preposition before it, prose.
      guard stop < lineEnd, stop - start > 1 else { return nil }
      return redactAccepted(start + 1..<stop, Key(rule: key.rule, strength: .strong))
    }
    let isWholeLine = isWholeLine(before: name.lowerBound)
    let directives: [StaticString] = [
      "requirepass", "masterauth", "bindpw", "rootpw", "bindpasswd", "userpass", "rocommunity", "rwcommunity",
    ]
    if isWholeLine, directives.contains(where: { isWord(name, $0) }) {
      if let quote = quote(at: start) {
        let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
        return redactAccepted(quote.end..<stop, Key(rule: key.rule, strength: .strong))
      }
      let style = key.rule == tables.index(.snmp) ? BareStyle.word : .line
      let value = start..<bareEnd(from: start, style)
      // One word: more of them are a sentence about the directive.
      guard !value.contains(where: { ByteSet.blank.contains(byte($0)) }) else { return nil }
      return redactAccepted(value, Key(rule: key.rule, strength: .strong))
    }
    guard isWord(name, "password") || isWord(name, "passwd") else { return nil }
    let stop = bareEnd(from: start, isJSONLine ? .word : .wholeWord)
    let isLast = skipBlanks(stop) == lineEnd || byte(skipBlanks(stop)) == 0x0D
    guard (isWholeLine && isLast) || isNetrcLine(before: name.lowerBound) else { return nil }
    guard !tables.words[packed(start..<stop)].traits.contains(.prose) else { return nil }
    return redactAccepted(start..<stop, Key(rule: key.rule, strength: .strong))
  }

  /// Whether `login NAME` stands before, as in a line of netrc.
  func isNetrcLine(before position: Int) -> Bool {
    var index = position
    while position - index < 256, ByteSet.blank.contains(byte(index - 1)) { index -= 1 }
    while position - index < 256, byte(index - 1) > 0x20 { index -= 1 }
    return hasPrefix("login ", at: index - 6) || hasPrefix("machine ", at: index - 8)
  }

  /// Whether `name:`, `key=` or the like stands before, so that the name is itself a value.
  func isNameOfPair(before position: Int) -> Bool {
    var index = position
    if byte(index - 1).isQuote {
      index -= 1
      while position - index < 64, byte(index - 1) == UInt8(ascii: "\\") { index -= 1 }
    }
    while position - index < 64, ByteSet.blank.contains(byte(index - 1)) { index -= 1 }
    guard byte(index - 1) == UInt8(ascii: ":") || byte(index - 1) == UInt8(ascii: "=") else { return false }
    index -= 1
    if byte(index - 1).isQuote {
      index -= 1
      while position - index < 64, byte(index - 1) == UInt8(ascii: "\\") { index -= 1 }
    }
    return isWord(index - 4..<index, "name") || isWord(index - 3..<index, "key")
  }

  /// `name: DB_PASSWORD` and then `value: X`, in YAML, JSON, XML, on the same line or the next.
  private func redactPairValue(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    if byte(name.lowerBound - 1) == UInt8(ascii: ">") {
      guard byte(after) == UInt8(ascii: "<"), byte(after + 1) == UInt8(ascii: "/") else { return nil }
      var position = after
      while position - after < 64, position < lineEnd, byte(position) != UInt8(ascii: ">") { position += 1 }
      return redactPairValue(key, at: position + 1)
    }
    guard isNameOfPair(before: name.lowerBound) else { return nil }
    // `<string name="api_key">X</string>`
    if byte(after) == UInt8(ascii: ">") { return redactContent(key, at: after + 1) }
    var position = skipBlanks(after)
    if byte(position) == UInt8(ascii: ",") { position += 1 }
    return redactPairValue(key, at: position)
  }

  /// The `value` of a pair, at `start` or on the next line.
  func redactPairValue(_ key: Key, at start: Int) -> Int? {
    var position = skipBlanks(start)
    if position >= lineEnd || byte(position) == 0x0D {
      (state.mode, stopsAtLine) = (.value(rule: key.rule, strength: key.strength), true)
      return nil
    }
    if byte(position) == UInt8(ascii: "<") {
      while position - start < 64, position < lineEnd, byte(position) != UInt8(ascii: ">") { position += 1 }
      return redactContent(key, at: position + 1)
    }
    let opening = quote(at: position)
    if let opening { position = opening.end }
    let name = position..<position + 5
    guard isWord(name, "value") else { return nil }
    return redactValue(of: key, named: name)
  }
}
