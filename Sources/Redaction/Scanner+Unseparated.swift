extension Scanner {
  /// Syntaxes in which no `=` or `:` follows the name: elements, options, directives, and names that are values.
  func redactUnseparated(_ key: Key, _ name: Range<Int>, after: Int, isQuoted: Bool) -> Int? {
    let before = byte(name.lowerBound - 1)
    if byte(after) == UInt8(ascii: "(") { return isQuoted ? nil : redactCall(key, at: after + 1) }
    if isQuoted, hasPrefix("variable \"", at: name.lowerBound - 10) {
      return beginVariable(key, after: after)
    }
    if hasPrefix(",<<\"", at: after) { return redactBinary(key, at: after + 4) }
    if isQuoted, before == UInt8(ascii: "\""), isWord(name, "auth"),
      let end = redactMonitored(key, after: after)
    {
      return end
    }
    if isQuoted, byte(after) == UInt8(ascii: ","), let end = redactSecondArgument(key, name, after: after) {
      return end
    }
    if isQuoted || before == UInt8(ascii: ">") || isNameOfPair(before: name.lowerBound) {
      if before == UInt8(ascii: "-") { return redactArgument(key, name, after: after) }
      return redactPairValue(key, name, after: after)
    }
    if before == UInt8(ascii: "<") || (before == UInt8(ascii: ":") && isPrefixedElement(name)) {
      return redactElement(key, name, after: after)
    }
    let isArgument = before == UInt8(ascii: "-") && (byte(after) == UInt8(ascii: ",") || endsLine(after))
    guard ByteSet.blank.contains(byte(after)) || isArgument else { return nil }
    if before == UInt8(ascii: "-") { return redactArgument(key, name, after: after) }
    if isSetBefore(name) { return redactSet(key, name, after: after) }
    if let end = redactStatement(key, after: after) { return end }
    return redactDirective(key, name, after: after)
  }

  /// `--password X` and `"--password", "X"`.
  private func redactArgument(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies else { return nil }
    var position = skipBlanks(after)
    let isListed = byte(position) == UInt8(ascii: ",")
    if isListed { position = skipBlanks(position + 1) }
    if endsLine(position) { return expectItem(key, name, isListed: isListed) }
    guard byte(position) != UInt8(ascii: "-") else { return nil }
    if let argument = numberedArgument(at: position) {
      position = argument
    } else if isListed, byte(after - 1).isQuote, byte(position).isLetter {
      // A variable, or an argument with a name.
      guard let argument = defaultArgument(from: position) else { return nil }
      position = argument
    }
    // A list as Java prints it, or of words in prose.
    if isListed, !byte(after - 1).isQuote, !looksSecret(position..<bareEnd(from: position, .word)) {
      return nil
    }
    // `if -debug-pass has been given`
    let word = (position..<min(lineEnd, position + 17)).prefix { byte($0).isLetter }
    guard byte(word.endIndex) != 0x20 || !tables.words[packed(word)].traits.contains(.prose) else {
      return nil
    }
    let syntax = PairSyntax(
      name: name, separator: UInt8(ascii: "="), isSpaced: false, keyLevel: 0, isWholeLine: false)
    return redactValue(of: key, at: position, syntax)
  }

  /// The quote of the next argument in a record of the audit log: `"--password" a2="X"`.
  private func numberedArgument(at start: Int) -> Int? {
    guard byte(start) == UInt8(ascii: "a") else { return nil }
    var position = start + 1
    while position - start < 8, byte(position).isDigit { position += 1 }
    guard position > start + 1, byte(position) == UInt8(ascii: "="), byte(position + 1).isQuote else {
      return nil
    }
    return position + 1
  }

  /// The quote of the default that a program gives its option: `add_argument("--password", default="X")`.
  private func defaultArgument(from start: Int) -> Int? {
    let limit = min(lineEnd, start + 256)
    steps += limit - start
    let word = (start..<limit).first {
      byte($0) == UInt8(ascii: "d") && hasPrefix("default=", at: $0) && !ByteSet.word.contains(byte($0 - 1))
    }
    guard let word, byte(word + 8).isQuote else { return nil }
    return word + 8
  }

  /// Replaces a range that is delimited on both sides.
  func redactAccepted(_ range: Range<Int>, _ key: Key) -> Int? {
    guard !range.isEmpty, !isPlaceholder(range, isQuoted: true) else { return nil }
    let isSecret =
      switch key.strength {
      case .strong: !isKnownPath(range)
      case .identifier: looksSecret(range) || isUUID(range)
      case .uuid: isUUID(range)
      default: looksSecret(range)
      }
    guard isSecret else { return nil }
    return replace(range, rule: key.rule)
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
    // `<string name="api_key">X</string>`, `<property name="password"><value>X</value>`
    if byte(after) == UInt8(ascii: ">") {
      return redactContent(key, at: hasPrefix("<value>", at: after + 1) ? after + 8 : after + 1)
    }
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
      let marks: [StaticString] = ["<a ", "<span", "<code", "<em>", "<strong"]
      guard !marks.contains(where: { hasPrefix($0, at: position) }) else { return nil }
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
