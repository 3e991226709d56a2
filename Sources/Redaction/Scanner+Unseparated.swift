extension Scanner {
  /// Syntaxes in which no `=` or `:` follows the name: elements, options, directives, and names that are values.
  func redactUnseparated(_ key: Key, _ name: Range<Int>, after: Int, isQuoted: Bool) -> Int? {
    let before = byte(name.lowerBound - 1)
    if byte(after) == UInt8(ascii: "(") { return isQuoted ? nil : redactCall(key, at: after + 1) }
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
    guard ByteSet.blank.contains(byte(after)) else { return nil }
    if before == UInt8(ascii: "-") { return redactArgument(key, name, after: after) }
    if let end = redactStatement(key, after: after) { return end }
    return redactDirective(key, name, after: after)
  }

  /// `--password X` and `"--password", "X"`.
  private func redactArgument(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies else { return nil }
    var position = skipBlanks(after)
    if byte(position) == UInt8(ascii: ",") { position = skipBlanks(position + 1) }
    guard byte(position) != UInt8(ascii: "-") else { return nil }
    // `if -debug-pass has been given`
    let word = (position..<min(lineEnd, position + 17)).prefix { byte($0).isLetter }
    guard byte(word.endIndex) != 0x20 || !tables.words[packed(word)].traits.contains(.prose) else {
      return nil
    }
    let syntax = PairSyntax(
      name: name, separator: UInt8(ascii: "="), isSpaced: false, keyLevel: 0, isWholeLine: false)
    return redactValue(of: key, at: position, syntax)
  }

  /// `setPassword("X")`: the only argument of a function that the key names.
  private func redactCall(_ key: Key, at start: Int) -> Int? {
    guard key.strength == .strong, let quote = quote(at: start) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    guard byte(stop + quote.level + 1) == UInt8(ascii: ")"), looksSecret(quote.end..<stop) else { return nil }
    return redactAccepted(quote.end..<stop, key)
  }

  /// `define('DB_PASSWORD', 'X')`, `System.setProperty("x.password", "X")`: the argument behind the name, where it
  /// looks like a secret, or the function defines a constant.
  private func redactSecondArgument(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies else { return nil }
    var opening = name.lowerBound - 1
    while opening > lineStart, byte(opening - 1) == 0x20 { opening -= 1 }
    guard byte(name.lowerBound - 1).isQuote, byte(opening - 1) == UInt8(ascii: "(") else { return nil }
    guard let quote = quote(at: skipBlanks(after + 1)) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    guard byte(skipBlanks(stop + quote.level + 1)) == UInt8(ascii: ")") else { return nil }
    let definesConstant = hasPrefix("define", at: opening - 7)
    guard definesConstant || looksSecret(quote.end..<stop) else { return nil }
    return redactAccepted(quote.end..<stop, Key(rule: key.rule, strength: definesConstant ? .strong : .weak))
  }

  /// Whether `<prefix:` stands before the name.
  func isPrefixedElement(_ name: Range<Int>) -> Bool {
    var position = name.lowerBound - 1
    while name.lowerBound - position < 32, ByteSet.key.contains(byte(position - 1)) { position -= 1 }
    return byte(position - 1) == UInt8(ascii: "<")
  }

  /// Whether `redactStatement` can find something.
  func mayBeStatement(at start: Int) -> Bool {
    hasPrefix("is ", at: start) || isPreposition(at: start) || isTyped(at: start)
      || randomWord(at: start) != nil
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
  private func redactStatement(_ key: Key, after: Int) -> Int? {
    guard key.strength != .cookies else { return nil }
    var start = skipBlanks(after)
    if key.strength != .header {
      if let word = randomWord(at: start) { return redactAccepted(word, key) }
      if isPreposition(at: start) { return redactReported(key, after: start + 4) }
      if isTyped(at: start), key.strength == .strong, isLastWord(at: start + 2) {
        return redactAccepted(start + 2..<bareEnd(from: start + 2, .word), key)
      }
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
    guard isSentence, key.strength != .header, key.strength != .cookies else { return nil }
    let stop = bareEnd(from: start, .word)
    guard looksSecret(start..<stop) else { return nil }
    return redactAccepted(start..<stop, key)
  }

  private func isLastWord(at start: Int) -> Bool {
    let stop = bareEnd(from: start, .word)
    return stop - start >= 6 && byte(skipBlanks(stop)) <= 0x20 && skipBlanks(stop) >= lineEnd - 1
  }

  /// `New password for bob: X`, and SQL's `SET PASSWORD FOR 'bob'@'%' = 'X'`.
  private func redactReported(_ key: Key, after start: Int) -> Int? {
    var position = start
    while position - start < 128, position < lineEnd, byte(position) != UInt8(ascii: "="),
      byte(position) != UInt8(ascii: ":") || byte(position + 1) != 0x20
    {
      position += 1
    }
    steps += position - start
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
    if start == lineEnd || byte(start) == 0x0D, !isVerbatim, isWholeElement {
      (state.mode, stopsAtLine) = (.content(rule: key.rule, strength: key.strength), true)
      return nil
    }
    // Without an end on this line it goes as far as a word, and never over the quote of a text around it.
    if !hasPrefix("</", at: stop), isParameterOfType(start) { return nil }
    if stop == lineEnd || (isJSONLine && leavesJSONString(start..<stop)) {
      stop = bareEnd(from: start, .word)
    }
    while stop > start, ByteSet.space.contains(byte(stop - 1)) { stop -= 1 }
    // `"<password>", "<key>"` names elements in a list.
    if byte(start).isQuote, ByteSet.listFollowers.contains(byte(start + 1)) { return nil }
    return redactAccepted(start..<stop, key)
  }

  /// Whether the tag that ended here is none: `static_cast<LoopPass *>(x)`, `C<passwd>` of Perl's documentation.
  private func isParameterOfType(_ start: Int) -> Bool {
    var position = start
    while start - position < 128, position > lineStart, byte(position - 1) != UInt8(ascii: "<") {
      position -= 1
    }
    // What was replaced there does not count, so that redacting twice changes nothing.
    return (position - 2 >= cursor && ByteSet.word.contains(byte(position - 2)))
      || hasPrefix("template <", at: position - 10)
  }

  /// Whether the line begins with an element, as in a file, and not with what a log writes before it.
  private var isWholeElement: Bool {
    byte(skipBlanks(lineStart + (isSignedLine ? 1 : 0))) == UInt8(ascii: "<")
  }

  /// The text of an element whose tag ended the line before.
  func continueContent(_ key: Key) {
    let start = skipBlanks(lineStart + (isSignedLine ? 1 : 0))
    guard start < lineEnd, byte(start) != UInt8(ascii: "<") else { return }
    var stop = start
    while stop < lineEnd, byte(stop) != UInt8(ascii: "<") { stop += 1 }
    while stop > start, ByteSet.space.contains(byte(stop - 1)) { stop -= 1 }
    _ = redactAccepted(start..<stop, key)
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
      // "we can pass 'our' to it"
      guard !isWord(name, "pass"), !isWord(name, "pwd") else { return nil }
      let stop = quotedEnd(from: start + 1, quote: byte(start), level: 0)
      // Without its closing quote it is an apostrophe; with a preposition before it, prose.
      guard stop < lineEnd, stop - start > 1 else { return nil }
      return redactAccepted(start + 1..<stop, Key(rule: key.rule, strength: .strong))
    }
    if namesItsDirective(name) {
      return redactAccepted(start..<bareEnd(from: start, .word), Key(rule: key.rule, strength: .strong))
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

  /// HAProxy's `user NAME insecure-password X`, and `snmp-server community X` of routers.
  func namesItsDirective(_ name: Range<Int>) -> Bool {
    isWord(name, "insecure-password") || hasPrefix("snmp-server ", at: name.lowerBound - 12)
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
