/// Secrets in the lines of routers, SNMP daemons, proxies and RADIUS servers.
extension Scanner {
  /// Words behind which the secret stands, in the line of a router.
  private static let marks: [StaticString] = [
    "key", "md5", "sha", "sha-256", "aes", "des", "3des", "2c", "key-string",
  ]

  /// `radius-server host h key 7 X`, `snmp-server user u g v3 auth sha X priv aes 128 X`, `key-string 7 X`.
  func planRouterLine(at position: Int) -> Int? {
    guard isWholeLine(before: position) else { return nil }
    var index = position
    var isExpected = false
    while let word = lineWord(from: index) {
      index = word.upperBound
      if isExpected, !isTypeOrLength(word) {
        isExpected = false
        planSetting(word)
      } else if !isExpected {
        isExpected = Self.marks.contains { isWord(word, $0) }
      }
    }
    steps += index - position
    return nil
  }

  /// The digit that says how the secret is encoded, or the length of a cipher's key.
  private func isTypeOrLength(_ word: Range<Int>) -> Bool {
    (word.count == 1 && byte(word.lowerBound).isDigit) || isWord(word, "128") || isWord(word, "192")
      || isWord(word, "256") || isWord(word, "aes") || isWord(word, "hex")
  }

  private func lineWord(from start: Int) -> Range<Int>? {
    let first = skipBlanks(start)
    guard first < lineEnd, byte(first) > 0x20 else { return nil }
    return first..<((first..<lineEnd).first { byte($0) <= 0x20 } ?? lineEnd)
  }

  private func planSetting(_ word: Range<Int>) {
    var word = word
    if let opening = quote(at: word.lowerBound), opening.level == 0 {
      word = opening.end..<quotedEnd(from: opening.end, quote: opening.byte, level: 0)
    }
    guard !word.isEmpty, word.count >= 3, markerEnd(at: word.lowerBound) == nil,
      !isPlaceholder(word, isQuoted: true)
    else { return }
    plan(word, rule: tables.index(.secret))
  }

  /// The last word of `com2sec name source X` and `trap2sink host X`, and the quoted ones of
  /// `createUser u SHA "X" AES "X"`.
  func planDaemonLine(at position: Int) -> Int? {
    guard position == lineStart + (isSignedLine ? 1 : 0) else { return nil }
    let isUser = hasPrefix("createUser", at: position)
    // A name and a source, or a host, before the community; a context perhaps.
    let places = hasPrefix("com2sec", at: position) ? [4, 6] : [3]
    var words = 0
    var index = position
    while let word = lineWord(from: index), words < 8 {
      index = word.upperBound
      words += 1
      let isLast = lineWord(from: index) == nil
      if isUser ? byte(word.lowerBound).isQuote && words > 2 : isLast && places.contains(words) {
        planSetting(word)
      }
    }
    steps += index - position
    return nil
  }

  /// `stats auth admin:X`, `basic.auth.user.info=u:X`: a user and a password behind the literal.
  func redactLoginPair(at start: Int) -> Int? {
    let word = start..<bareEnd(from: start, .word)
    guard let colon = word.first(where: { byte($0) == UInt8(ascii: ":") }), colon > start else { return nil }
    let secret = colon + 1..<word.upperBound
    guard !secret.isEmpty, !isPlaceholder(secret, isQuoted: false) else { return nil }
    return replace(secret, rule: tables.index(.password))
  }

  /// FreeRADIUS' `Login incorrect (reason): [bob/X] (from client …`.
  func redactRadiusLogin(at start: Int) -> Int? {
    let limit = min(lineEnd, start + 256)
    steps += limit - start
    let opening = (start..<limit).first { byte($0) == UInt8(ascii: "[") }
    guard let opening, let slash = (opening..<limit).first(where: { byte($0) == UInt8(ascii: "/") }) else {
      return nil
    }
    let stop = (slash..<limit).first { hasPrefix("] (from", at: $0) }
    guard let stop, stop > slash + 1, byte(slash + 1) != UInt8(ascii: "<") else { return nil }
    return replace(slash + 1..<stop, rule: tables.index(.password))
  }

  /// FortiGate's `set passwd ENC X`.
  func redactEncrypted(at position: Int, valueAt start: Int) -> Int? {
    guard isSetting(before: position) else { return nil }
    let word = start..<bareEnd(from: start, .wholeWord)
    guard word.count >= 12, isMixed(word), skipBlanks(word.upperBound) >= lineEnd - 1 else { return nil }
    return replace(word, rule: tables.index(.password))
  }

  private func isSetting(before position: Int) -> Bool {
    var start = lineStart
    while start < position, ByteSet.indentation.contains(byte(start)) { start += 1 }
    return hasPrefix("set ", at: start) && position - start < 128
  }
}

/// Passwords that one program hands to another by a pipe: `echo X | docker login --password-stdin`.
extension Scanner {
  /// What `echo` writes into the pipe before the program that the literal belongs to.
  func redactPiped(at position: Int, isPair: Bool) -> Int? {
    let first = max(cursor, lineStart, position - 512)
    steps += position - first
    guard let pipe = (first..<position).last(where: { byte($0) == UInt8(ascii: "|") }) else { return nil }
    var stop = pipe
    while stop > first, ByteSet.blank.contains(byte(stop - 1)) { stop -= 1 }
    guard let secret = lastArgument(first..<stop), isEchoed(secret, from: first) else { return nil }
    guard isPair else { return redactPipedText(secret) }
    guard let colon = secret.first(where: { byte($0) == UInt8(ascii: ":") }) else { return nil }
    return redactPipedText(colon + 1..<secret.upperBound)
  }

  private func redactPipedText(_ range: Range<Int>) -> Int? {
    guard !range.isEmpty, !isPlaceholder(range, isQuoted: false), byte(range.lowerBound) != UInt8(ascii: "$")
    else {
      return nil
    }
    return replace(range, rule: tables.index(.commandLine))
  }

  private func lastArgument(_ range: Range<Int>) -> Range<Int>? {
    guard let last = range.last else { return nil }
    let quote = byte(last)
    guard quote.isQuote else {
      let start = range.last { byte($0) <= 0x20 }.map { $0 + 1 } ?? range.lowerBound
      return start..<range.upperBound
    }
    let start = (range.lowerBound..<last).last { byte($0) == quote }
    return start.map { $0 + 1..<(byte(last - 1) == UInt8(ascii: "\\") ? last - 1 : last) }
  }

  /// Whether `echo` or `printf` stands before, with its options perhaps.
  private func isEchoed(_ secret: Range<Int>, from first: Int) -> Bool {
    let before = max(first, secret.lowerBound - 24)..<secret.lowerBound
    return before.contains { hasPrefix("echo ", at: $0) || hasPrefix("printf ", at: $0) }
  }
}
