/// How a value is tied to its key.
struct PairSyntax {
  var name: Range<Int>
  var separator: UInt8
  /// Whether blanks stand at the separator.
  var isSpaced: Bool
  /// The number of backslashes before the quotes of the key, or nil if it has none.
  var keyLevel: Int?
  /// Whether the pair has its line for itself, as in a configuration file.
  var isWholeLine: Bool
}

extension Scanner {
  /// Finds the value of a key in whatever syntax follows its name.
  func redactValue(of key: Key, named name: Range<Int>) -> Int? {
    var position = name.upperBound
    var keyLevel: Int?
    if let quote = quote(at: position) {
      keyLevel = quote.level
      position = quote.end
      // In CSV quotes are doubled.
      if quote.level == 0, byte(position) == quote.byte, ByteSet.valueHeads.contains(byte(position + 1)) {
        position += 1
      }
    }
    if byte(position) == UInt8(ascii: "]") { position += 1 }
    let afterName = position
    if ByteSet.encodings.contains(byte(position)), let end = redactEncoded(key, name, at: position) {
      return end
    }
    position = skipColours(skipBlanks(position))
    guard let separator = separator(at: position) else {
      return redactUnseparated(key, name, after: afterName, isQuoted: keyLevel != nil)
    }
    var valueStart = skipColours(skipBlanks(separator.end))
    // Markdown's `**Password:** X`
    if hasPrefix("** ", at: valueStart), byte(name.lowerBound - 1) == UInt8(ascii: "*") {
      valueStart = skipBlanks(valueStart + 2)
    }
    let syntax = PairSyntax(
      name: name, separator: separator.byte, isSpaced: position > afterName || valueStart > separator.end,
      keyLevel: keyLevel, isWholeLine: isWholeLine(before: name.lowerBound))
    return redactValue(of: key, at: valueStart, syntax)
  }

  /// The quote that stands here behind `level` backslashes.
  func quote(at position: Int) -> (byte: UInt8, level: Int, end: Int)? {
    var index = position
    while index - position < 64, byte(index) == UInt8(ascii: "\\") { index += 1 }
    guard byte(index).isQuote else { return nil }
    return (byte(index), index - position, index + 1)
  }

  func skipBlanks(_ position: Int) -> Int {
    var position = position
    while position < lineEnd, ByteSet.blank.contains(byte(position)) { position += 1 }
    return position
  }

  /// The end of a terminal's colour sequences and blanks that stand here, as they are or escaped.
  private func skipColours(_ start: Int) -> Int {
    var position = start
    while position - start < 64, let end = colourEnd(at: position) { position = skipBlanks(end) }
    return position
  }

  private func colourEnd(at start: Int) -> Int? {
    guard byte(start) == 0x1B || byte(start) == UInt8(ascii: "\\") else { return nil }
    var position = start + 1
    if byte(start) != 0x1B {
      let escapes: [StaticString] = ["u001b", "u001B", "x1b", "x1B", "033", "e"]
      while position - start < 16, byte(position) == UInt8(ascii: "\\") { position += 1 }
      guard let escape = escapes.first(where: { hasPrefix($0, at: position) }) else { return nil }
      position += escape.utf8CodeUnitCount
    }
    guard byte(position) == UInt8(ascii: "[") else { return nil }
    position += 1
    while position - start < 40, byte(position).isDigit || byte(position) == UInt8(ascii: ";") {
      position += 1
    }
    return byte(position) == UInt8(ascii: "m") ? position + 1 : nil
  }

  private func separator(at position: Int) -> (byte: UInt8, end: Int)? {
    let next = byte(position + 1)
    switch byte(position) {
    case UInt8(ascii: "="):
      return (
        UInt8(ascii: "="),
        next == UInt8(ascii: "=") || next == UInt8(ascii: ">") ? position + 2 : position + 1
      )
    case UInt8(ascii: ":"):
      if next == UInt8(ascii: "=") { return (UInt8(ascii: "="), position + 2) }
      // LDIF marks base 64 by a second colon.
      if next == UInt8(ascii: ":"), ByteSet.blank.contains(byte(position + 2)) {
        return (UInt8(ascii: ":"), position + 2)
      }
      return next == UInt8(ascii: ":") ? nil : (UInt8(ascii: ":"), position + 1)
    default: return nil
    }
  }

  /// Whether only indentation, a list's hyphen, a diff's sign or `export` stands before the name.
  func isWholeLine(before position: Int) -> Bool {
    guard position - lineStart < 256 else { return false }
    var index = lineStart
    while index < position, ByteSet.linePrefix.contains(byte(index)) { index += 1 }
    let words: [StaticString] = [
      "export ", "set ", "setenv ", "ENV ", "ARG ", "local ", "readonly ", "declare -x ",
    ]
    if index >= position { return true }
    if ByteSet.exportHeads.contains(byte(index)), let word = words.first(where: { hasPrefix($0, at: index) })
    {
      index += word.utf8CodeUnitCount
    }
    if byte(index).isQuote { index += 1 }
    return index >= position
  }

  /// Redacts the value that begins at `start`, if it is one.
  func redactValue(of key: Key, at start: Int, _ syntax: PairSyntax) -> Int? {
    var start = start
    guard start < lineEnd else { return nil }
    if key.strength == .header {
      return redactAuthorization(at: start, rule: key.rule, until: endOfText(around: syntax))
    }
    if key.strength == .cookies { return redactCookies(at: start, syntax) }
    if byte(start) == UInt8(ascii: "!") && syntax.isWholeLine && syntax.separator == UInt8(ascii: ":") {
      if Self.referenceTags.contains(where: { hasPrefix($0, at: start) }) { return nil }
      // A YAML tag, such as !!str.
      while start < lineEnd, !ByteSet.blank.contains(byte(start)) { start += 1 }
      start = skipBlanks(start)
    }
    if ByteSet.stringPrefix.contains(byte(start)), byte(start + 1).isQuote { start += 1 }
    if let quote = quote(at: start) {
      if quote.byte == UInt8(ascii: "\"") && syntax.keyLevel == nil && isJSONLine
        && isEndOfJSONString(quote.end)
      {
        // The end of the JSON string that the key stands in: the value is empty.
        return nil
      }
      if syntax.keyLevel == nil, closesText(quote.byte, quote.end) { return nil }
      if let end = redactManyQuotes(quote, key, syntax) { return end }
      let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      let end = redact(Value(range: quote.end..<stop, isQuoted: true), key, syntax)
      if end == lineEnd, stop == lineEnd { beginQuoted(quote, key, syntax) }
      return redactChanged(key, after: stop + quote.level + 1, syntax) ?? end
    }
    if ByteSet.encodings.contains(byte(start)), let text = encodedText(at: start) {
      return redact(Value(range: text, isQuoted: true), key, syntax)
    }
    if let text = wrappedText(at: start, key, syntax) { return redactValue(of: key, at: text, syntax) }
    if byte(start) == UInt8(ascii: "["), !beginsBare(at: start, syntax) {
      return redactList(key, at: start, syntax)
    }
    if let argument = secureString(at: start) {
      return quote(at: argument) == nil ? nil : redactValue(of: key, at: argument, syntax)
    }
    if beginsScalar(at: start, syntax) {
      let isSigned = isSignedLine
      let column = columnOfText
      state.mode = .scalar(rule: key.rule, column: column, signed: isSigned)
      return lineEnd
    }
    if let number = jsonNumber(at: start, syntax) { return redact(number, key, syntax) }
    if let value = valueOfTyped(at: start, syntax) { return redactValue(of: key, at: value, syntax) }
    let stop = bareValueEnd(from: start, syntax)
    guard stop > start else { return nil }
    return redact(Value(range: start..<stop), key, syntax)
  }

  /// Tags of YAML whose value is the name of something that is elsewhere.
  private static let referenceTags: [StaticString] = [
    "!Ref ", "!GetAtt ", "!ImportValue ", "!secret ", "!reference ", "!env ", "!env_var ", "!include ",
  ]

  /// The end of the text in quotes that begins with the name, as in `-H "Authorization: X"`.
  private func endOfText(around syntax: PairSyntax) -> Int? {
    let quote = syntax.name.lowerBound - 1
    guard syntax.keyLevel == nil, byte(quote).isQuote else { return nil }
    let stop = quotedEnd(from: quote + 1, quote: byte(quote), level: backslashes(before: quote))
    return stop < lineEnd ? stop : nil
  }

  /// The new value behind an old one, as Terraform's plans have it: `password = "X" -> "Y"`.
  private func redactChanged(_ key: Key, after position: Int, _ syntax: PairSyntax) -> Int? {
    let arrow = skipBlanks(position)
    guard hasPrefix("-> ", at: arrow), let quote = quote(at: skipBlanks(arrow + 3)) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    return redact(Value(range: quote.end..<stop, isQuoted: true), key, syntax)
  }

  /// The quote of the value in a declaration with a type, as in `token: String = "X"`.
  private func valueOfTyped(at start: Int, _ syntax: PairSyntax) -> Int? {
    guard syntax.separator == UInt8(ascii: ":"), syntax.keyLevel == nil else { return nil }
    var position = start
    while position - start < 64, ByteSet.typeName.contains(byte(position)) { position += 1 }
    // Base 64 may end in the sign, too.
    guard position > start, byte(position) == 0x20 else { return nil }
    position = skipBlanks(position)
    guard byte(position) == UInt8(ascii: "="), byte(position + 1) != UInt8(ascii: "=") else { return nil }
    position = skipBlanks(position + 1)
    if ByteSet.stringPrefix.contains(byte(position)), byte(position + 1).isQuote { position += 1 }
    return byte(position).isQuote ? position : nil
  }

  /// Whether the quote closes a text of a program in which the key stands: `prompt='Password: ', x`.
  private func closesText(_ quote: UInt8, _ position: Int) -> Bool {
    guard ByteSet.textFollowers.contains(byte(position)) else { return false }
    return (max(lineStart, position - 512)..<position - 1).count { byte($0) == quote } % 2 == 1
  }

  /// Whether what follows a quote can follow a JSON string only.
  private func isEndOfJSONString(_ position: Int) -> Bool {
    let next = skipBlanks(position)
    return next >= lineEnd || byte(next) == 0x0D || ByteSet.jsonFollowers.contains(byte(next))
  }

  func redact(_ value: Value, _ key: Key, _ syntax: PairSyntax) -> Int? {
    guard accepts(value, key, syntax) else { return nil }
    return replace(value.range, rule: key.rule, quoteLevel: value.jsonNumberLevel)
  }

  /// `["a", "b"]` as the value of a secret key.
  private func redactList(_ key: Key, at start: Int, _ syntax: PairSyntax) -> Int? {
    var position = skipBlanks(start + (hasPrefix("[]string{", at: start) ? 9 : 1))
    var result: Int?
    // A list without quotes, as Go and Java print it: `map[X-Api-Key:[X]]`.
    if quote(at: position) == nil {
      let item = (position..<min(lineEnd, position + 512)).prefix { !ByteSet.itemEnds.contains(byte($0)) }
      // Behind the bracket of a regular expression there is how often it matches.
      guard byte(item.endIndex) == UInt8(ascii: "]"), ByteSet.listEnds.contains(byte(item.endIndex + 1)),
        looksSecret(item)
      else { return nil }
      return redact(Value(range: item), key, syntax)
    }
    while let quote = quote(at: position) {
      let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      if let end = redact(Value(range: quote.end..<stop, isQuoted: true), key, syntax) { result = end }
      position = skipBlanks(stop + quote.level + 1)
      guard byte(position) == UInt8(ascii: ",") else { break }
      position = skipBlanks(position + 1)
    }
    return result
  }

  private func jsonNumber(at start: Int, _ syntax: PairSyntax) -> Value? {
    guard let level = syntax.keyLevel, syntax.separator == UInt8(ascii: ":") else { return nil }
    var stop = start
    while stop - start < 64, ByteSet.number.contains(byte(stop)) { stop += 1 }
    guard stop > start, byte(start).isDigit || byte(start) == UInt8(ascii: "-"),
      ByteSet.jsonEnds.contains(byte(stop))
    else { return nil }
    return Value(range: start..<stop, jsonNumberLevel: level)
  }

  /// Whether a YAML block scalar begins: `|` or `>`, indicators, and the end of the line.
  private func beginsScalar(at start: Int, _ syntax: PairSyntax) -> Bool {
    guard syntax.separator == UInt8(ascii: ":"), syntax.isWholeLine,
      byte(start) == UInt8(ascii: "|") || byte(start) == UInt8(ascii: ">")
    else { return false }
    var position = start + 1
    while position - start < 4, ByteSet.scalarIndicators.contains(byte(position)) { position += 1 }
    position = skipBlanks(position)
    return byte(position) == 0x0A || byte(position) == 0x0D || byte(position) == UInt8(ascii: "#")
  }

  private func bareValueEnd(from start: Int, _ syntax: PairSyntax) -> Int {
    let before = byte(syntax.name.lowerBound - 1)
    if before == UInt8(ascii: "?") || before == UInt8(ascii: "&") { return bareEnd(from: start, .query) }
    if let level = syntax.keyLevel {
      // A JSON or Python literal that is not a string.
      return level == 0 && syntax.separator == UInt8(ascii: ":") && isJSONLine
        ? start : bareEnd(from: start, .word)
    }
    if syntax.isWholeLine && !isJSONLine {
      return bareEnd(
        from: start, syntax.separator == UInt8(ascii: ":") || syntax.isSpaced ? .line : .wholeWord)
    }
    if before == UInt8(ascii: ";") {
      // The session id of a path: `/page;jsessionid=X?query`.
      guard isWord(syntax.name, "jsessionid") else { return bareEnd(from: start, .connection) }
      let stop = bareEnd(from: start, .query)
      return (start..<stop).first { byte($0) == UInt8(ascii: "?") } ?? stop
    }
    if before.isQuote, isEnvironmentName(syntax.name) {
      let stop = quotedEnd(from: start, quote: before, level: backslashes(before: syntax.name.lowerBound - 1))
      if !(start..<stop).contains(where: { byte($0) == 0x20 && startsPair(at: $0 + 1) }) { return stop }
    }
    return bareEnd(from: start, .word)
  }

  private func isEnvironmentName(_ name: Range<Int>) -> Bool {
    name.allSatisfy { byte($0).isUpper || byte($0).isDigit || byte($0) == UInt8(ascii: "_") }
  }

  private func backslashes(before position: Int) -> Int {
    var start = position
    while position - start < 64, byte(start - 1) == UInt8(ascii: "\\") { start -= 1 }
    return position - start
  }

  /// Whether the value is a secret, by the strength of its key.
  private func accepts(_ value: Value, _ key: Key, _ syntax: PairSyntax) -> Bool {
    let range = value.range
    // Nothing shorter looks like a secret, and to find that out later costs more.
    if key.strength == .weak || key.strength == .identifier || key.strength == .uuid, range.count < 8 {
      return false
    }
    if key.strength == .weak, isNestedPair(range) { return false }
    guard !range.isEmpty, !isPlaceholder(range, isQuoted: value.isQuoted) else { return false }
    if isNameOfKey(range, syntax) { return false }
    if key.rule == tables.index(.secret), isSecretName(range) { return false }
    if isNameOfVariable(range, of: syntax.name) { return false }
    if !value.isQuoted, value.jsonNumberLevel == nil, isCode(range, syntax) { return false }
    switch key.strength {
    case .header, .cookies: return true
    case .weak: return (looksSecret(range) && !isDigest(range)) || (isInQuery(syntax) && isUUID(range))
    case .uuid: return isUUID(range)
    case .identifier: return (looksSecret(range) && !isDigest(range)) || isUUID(range)
    case .modest:
      // A test's result: `PASS: the name of it`.
      if !value.isQuoted, syntax.separator == UInt8(ascii: ":"), byte(syntax.name.lowerBound + 1).isUpper,
        range.contains(where: { byte($0) == 0x20 })
      {
        return false
      }
      if isKnownPath(range) || byte(range.lowerBound) == UInt8(ascii: "/") { return false }
      if range.allSatisfy({ byte($0).isDigit || ByteSet.numberMarks.contains(byte($0)) }) { return false }
      return value.isQuoted || (range.count >= 3 && !isWordy(range) && !isProse(range, syntax))
    case .strong:
      if isKnownPath(range) { return false }
      return value.isQuoted || value.jsonNumberLevel != nil || !isProse(range, syntax)
    }
  }

  /// A token in a URL's query opens something, whatever it looks like.
  private func isInQuery(_ syntax: PairSyntax) -> Bool {
    let before = byte(syntax.name.lowerBound - 1)
    return isWord(syntax.name, "token") && (before == UInt8(ascii: "?") || before == UInt8(ascii: "&"))
  }

  /// `token=name=x`: the value is a pair of its own, and its key is looked at for itself.
  private func isNestedPair(_ range: Range<Int>) -> Bool {
    let name = range.prefix(64).prefix { byte($0).isLetter || byte($0) == UInt8(ascii: "_") }
    let next = byte(name.endIndex + 1)
    return !name.isEmpty && byte(name.endIndex) == UInt8(ascii: "=") && (next.isLetter || next.isDigit)
  }

  /// Whether the text behind `password:` is a sentence and not a value.
  private func isProse(_ range: Range<Int>, _ syntax: PairSyntax) -> Bool {
    guard syntax.separator == UInt8(ascii: ":") || syntax.isSpaced else { return false }
    if !syntax.isSpaced && !syntax.isWholeLine {
      // `passwd:chauthtok` names a service and its step.
      let word = range.prefix { !ByteSet.wordEnds.contains(byte($0)) }
      return isWordy(word) && !isWord(syntax.name, "pass")
    }
    return isSentence(range, isWholeLine: syntax.isWholeLine, name: syntax.name)
  }

  /// Whether words of prose begin the text. A single word on a line of its own is a value, however plain it is.
  private func isSentence(_ range: Range<Int>, isWholeLine: Bool, name: Range<Int>) -> Bool {
    var position = range.lowerBound
    var words = 0
    var (hasProse, hasCount) = (false, false)
    while words < 3, position < lineEnd {
      let start = position
      let limit = words == 0 && !isWholeLine ? range.upperBound : start + 24
      while position < min(limit, start + 24), !ByteSet.wordEnds.contains(byte(position)) { position += 1 }
      let word = start..<position
      if words == 0
        && (hasPrefix("pam_", at: start)
          || (byte(position) == UInt8(ascii: ":") && byte(position + 1) <= 0x20))
      {
        return true
      }
      guard !word.isEmpty, byte(position) <= 0x20 || byte(position + 1) <= 0x20 else { break }
      if words < 2 && tables.words[packed(word)].traits.contains(.prose) { hasProse = true }
      // "the secret: 40 bits of it"; a number of four digits may be a PIN.
      let isCount = words == 0 && word.count <= 3 && word.allSatisfy { byte($0).isDigit }
      if isCount { hasCount = true }
      guard hasProse || isWholeLine || isCount || word.allSatisfy({ byte($0).isLower }) else { return false }
      words += 1
      while position < lineEnd, ByteSet.wordEnds.contains(byte(position)) { position += 1 }
    }
    // nsswitch.conf, where passwd is a database and its value the names of services.
    if words == 1, isWholeLine { return hasProse && isWord(name, "passwd") }
    return hasProse || (!isWholeLine && (words == 3 || (hasCount && words == 2)))
  }
}
