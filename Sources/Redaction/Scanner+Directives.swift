/// Directives of configuration files: a name, blanks and a value.
extension Scanner {
  private static let directives: [StaticString] = [
    "requirepass", "masterauth", "bindpw", "rootpw", "bindpasswd", "userpass", "rocommunity", "rwcommunity",
  ]

  /// `requirepass X`, netrc's `password X`, SQL's `PASSWORD 'X'`.
  func redactDirective(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
    let kinds: [ContextKind] = [.password, .secret, .snmp]
    guard kinds.contains(where: { key.rule == tables.index($0) }) else { return nil }
    let key = Key(rule: key.rule, strength: .strong)
    let start = skipBlanks(after)
    if byte(start) == UInt8(ascii: "'") { return redactSQLText(key, name, at: start) }
    if namesItsDirective(name) { return redactAccepted(start..<bareEnd(from: start, .word), key) }
    let isWholeLine = isWholeLine(before: name.lowerBound)
    if isWholeLine, Self.directives.contains(where: { isWord(name, $0) }) {
      return redactArgumentOfDirective(key, at: start)
    }
    return redactLogin(key, name, at: start, isWholeLine: isWholeLine)
      ?? (isWholeLine ? redactSetting(key, name, at: start) : nil)
  }

  private func redactSQLText(_ key: Key, _ name: Range<Int>, at start: Int) -> Int? {
    // "we can pass 'our' to it"
    guard !isWord(name, "pass"), !isWord(name, "pwd") else { return nil }
    let stop = quotedEnd(from: start + 1, quote: byte(start), level: 0)
    // Without its closing quote it is an apostrophe.
    guard stop < lineEnd, stop - start > 1 else { return nil }
    return redactAccepted(start + 1..<stop, key)
  }

  private func redactArgumentOfDirective(_ key: Key, at start: Int) -> Int? {
    if let quote = quote(at: start) {
      let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      return redactAccepted(quote.end..<stop, key)
    }
    // Kickstart says how the password is written.
    let options: [StaticString] = ["--plaintext ", "--iscrypted "]
    if byte(start) == UInt8(ascii: "-"), let option = options.first(where: { hasPrefix($0, at: start) }) {
      return redactArgumentOfDirective(key, at: skipBlanks(start + option.utf8CodeUnitCount))
    }
    let value = start..<bareEnd(from: start, key.rule == tables.index(.snmp) ? .word : .line)
    // One word: more of them are a sentence about the directive.
    guard !value.contains(where: { ByteSet.blank.contains(byte($0)) }) else { return nil }
    return redactAccepted(value, key)
  }

  /// A line of netrc, or `login NAME password X` in one.
  private func redactLogin(_ key: Key, _ name: Range<Int>, at start: Int, isWholeLine: Bool) -> Int? {
    guard isWord(name, "password") || isWord(name, "passwd") else { return nil }
    let stop = bareEnd(from: start, isJSONLine ? .word : .wholeWord)
    let isLast = skipBlanks(stop) == lineEnd || byte(skipBlanks(stop)) == 0x0D
    guard (isWholeLine && isLast) || isNetrcLine(before: name.lowerBound) else { return nil }
    guard !tables.words[packed(start..<stop)].traits.contains(.prose), !isTypeOfColumn(start..<stop) else {
      return nil
    }
    return redactAccepted(start..<stop, key)
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
}
