extension Scanner {
  /// `scheme://user:PASSWORD@host` and `scheme://TOKEN@host`: the last `@` before `/`, `?` or `#` counts.
  func redactUserinfo(at position: Int) -> Int? {
    guard byte(position - 1).isLetter || byte(position - 1).isDigit else { return nil }
    // Each of the two slashes may have backslashes before it, in JSON.
    var start = position + 1
    for _ in 0..<2 {
      while start < lineEnd, byte(start) == UInt8(ascii: "\\") { start += 1 }
      start += 1
    }
    guard start < lineEnd, markerEnd(at: start) == nil else { return nil }
    var stop = start
    var host: Int?
    var colon: Int?
    while stop < lineEnd {
      let byte = byte(stop)
      if byte <= 0x20 || ByteSet.authorityEnds.contains(byte) { break }
      if byte == UInt8(ascii: "@") { host = stop }
      if byte == UInt8(ascii: ":"), colon == nil { colon = stop }
      stop += 1
    }
    steps += stop - start
    if host == nil, let colon, let far = hostBehindSlash(from: stop, password: colon + 1) { host = far }
    guard let host else { return nil }
    if let colon, colon < host {
      let password = colon + 1..<host
      guard !isPlaceholder(password, isQuoted: false) else { return nil }
      // The user may be a token itself.
      plan(password, rule: tables.index(.urlUserinfo))
      return nil
    }
    let token = start..<host
    guard token.count >= 12, looksSecret(token), !isPlaceholder(token, isQuoted: false) else { return nil }
    return replace(token, rule: tables.index(.urlUserinfo))
  }

  /// The `@` behind a password that should have been percent-encoded: it holds a slash, `?` or `#`. What stands before
  /// the slash is no port then.
  private func hostBehindSlash(from slash: Int, password start: Int) -> Int? {
    guard ByteSet.pathHeads.contains(byte(slash)), slash > start,
      !(start..<slash).allSatisfy({ byte($0).isDigit })
    else { return nil }
    var position = slash
    while position - slash < 128, position < lineEnd, byte(position) > 0x20, !byte(position).isQuote {
      if byte(position) == UInt8(ascii: "@") {
        return byte(position + 1).isLetter && !hasPrefix("sha256:", at: position + 1) ? position : nil
      }
      position += 1
    }
    return nil
  }

  /// `?sig=`, `&code=`: secret in a URL only.
  func redactQuery(at position: Int, literalEnd: Int) -> Int? {
    let stop = bareEnd(from: literalEnd, .query)
    let value = literalEnd..<stop
    guard !value.isEmpty, !isPlaceholder(value, isQuoted: false), looksSecret(value) else { return nil }
    if byte(position) | 0x20 == UInt8(ascii: "s"), value.count < 32 { return nil }
    return replace(value, rule: tables.index(.urlQuery))
  }

  /// `user:PASSWORD@tcp(host)`, as Go's MySQL driver writes it.
  func redactDataSource(at position: Int) -> Int? {
    var start = position
    while start > cursor, position - start < 1024, byte(start - 1) > 0x20, !byte(start - 1).isQuote {
      start -= 1
    }
    steps += position - start
    guard let colon = (start..<position).first(where: { byte($0) == UInt8(ascii: ":") }) else { return nil }
    let password = colon + 1..<position
    guard !password.isEmpty, !isPlaceholder(password, isQuoted: false) else { return nil }
    return replace(password, rule: tables.index(.connectionString))
  }

  /// `user/PASSWORD@//host`, as Oracle's driver has it.
  func redactOracleLogin(at start: Int) -> Int? {
    var slash: Int?
    var position = start
    while position - start < 256, position < lineEnd, byte(position) > 0x20, !byte(position).isQuote,
      byte(position) != UInt8(ascii: "@")
    {
      if slash == nil, byte(position) == UInt8(ascii: "/") { slash = position }
      position += 1
    }
    steps += position - start
    guard let slash, byte(position) == UInt8(ascii: "@"), position > slash + 1 else { return nil }
    guard !isPlaceholder(slash + 1..<position, isQuoted: false) else { return nil }
    return replace(slash + 1..<position, rule: tables.index(.connectionString))
  }

  /// `Bearer X` without a header's name.
  func redactBearer(at position: Int, credentialAt start: Int) -> Int? {
    guard !ByteSet.word.contains(byte(position - 1)) || isEscapeEnd(position - 1) else { return nil }
    let word = credentialEnd(from: start)
    guard word - start >= 12, !isPlaceholder(start..<word, isQuoted: false), looksSecret(start..<word) else {
      return nil
    }
    return replace(start..<word, rule: tables.index(.authorization))
  }

  /// The credential of an authorization header; its scheme stays. A text in quotes that begins with the header's name
  /// ends at `end`.
  func redactAuthorization(at start: Int, rule: Int, until end: Int? = nil) -> Int? {
    var position = start
    var limit = end ?? lineEnd
    var isDelimited = false
    guard markerEnd(at: position) == nil else { return nil }
    if byte(position) == UInt8(ascii: "[") || byte(position) == UInt8(ascii: "<") { position += 1 }
    if let quote = quote(at: position) {
      limit = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      position = quote.end
      isDelimited = true
    }
    position = skipBlanks(position)
    guard markerEnd(at: position) == nil else { return nil }
    let first = position..<min(limit, credentialEnd(from: position))
    let traits = tables.words[packed(first)].traits
    let credential = skipBlanks(first.upperBound)
    if traits.contains(.listScheme), credential < limit {
      return redactParameters(credential..<limit, rule, isDelimited: isDelimited || end != nil)
    }
    if traits.contains(.scheme), credential > first.upperBound, credential < limit {
      return redactCredential(credential..<min(limit, credentialEnd(from: credential)), rule)
    }
    guard first.count >= 8, isDelimited ? !isWordy(first) : looksSecret(first) else { return nil }
    return redactCredential(first, rule)
  }

  private func redactCredential(_ range: Range<Int>, _ rule: Int) -> Int? {
    guard !range.isEmpty, !isPlaceholder(range, isQuoted: false) else { return nil }
    guard !tables.words[packed(range)].traits.contains(.prose), range.count > 3 else { return nil }
    return replace(range, rule: rule)
  }

  /// A list of parameters, which may hold quotes, up to the end of the line.
  private func redactParameters(_ range: Range<Int>, _ rule: Int, isDelimited: Bool) -> Int? {
    var stop = range.upperBound
    if !isDelimited, isJSONLine { stop = outerQuote(range) }
    let trailer = isJSONLine ? ByteSet.space : ByteSet.quoteTrailer
    while stop > range.lowerBound, trailer.contains(byte(stop - 1)) { stop -= 1 }
    // The last parameter's own quote goes with it.
    let last = byte(stop)
    if last.isQuote, stop < range.upperBound,
      (range.lowerBound..<stop).count(where: { byte($0) == last }) % 2 == 1
    {
      stop += 1
    }
    let secret = range.lowerBound..<stop
    guard !secret.isEmpty, markerEnd(at: secret.lowerBound) == nil,
      secret.prefix(512).contains(where: { byte($0) == UInt8(ascii: "=") })
    else { return nil }
    return replace(secret, rule: rule)
  }

  /// The quote that ends the JSON string around a list of parameters, whose own quotes have more backslashes.
  private func outerQuote(_ range: Range<Int>) -> Int {
    var parameterLevel: Int?
    var backslashes = 0
    for position in range {
      if byte(position) == UInt8(ascii: "\\") {
        backslashes += 1
        continue
      }
      if byte(position) == UInt8(ascii: "\"") {
        let opening = position - backslashes
        if let level = parameterLevel {
          if backslashes < level { return opening }
        } else {
          guard byte(opening - 1) == UInt8(ascii: "=") else { return opening }
          parameterLevel = backslashes
        }
      }
      backslashes = 0
    }
    return range.upperBound
  }

  private func credentialEnd(from start: Int) -> Int {
    bareEnd(from: start, .word)
  }

  /// `Cookie: a=X; b=Y` loses every value, `Set-Cookie: a=X; Path=/` the first.
  func redactCookies(at start: Int, _ syntax: PairSyntax) -> Int? {
    var position = start
    var limit = lineEnd
    let isSet = byte(syntax.name.lowerBound) | 0x20 == UInt8(ascii: "s")
    guard markerEnd(at: position) == nil else { return nil }
    if byte(position) == UInt8(ascii: "[") {
      position += 1
      // A list as Go prints it.
      if quote(at: position) == nil {
        limit = (position..<limit).first { byte($0) == UInt8(ascii: "]") } ?? limit
      }
    }
    var next: Int?
    if let quote = quote(at: position) {
      limit = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      position = quote.end
      next = nextElement(after: limit + quote.level + 1)
    }
    var result: Int?
    while position < limit {
      position = skipBlanks(position)
      let name = position
      while position < limit, ByteSet.cookieName.contains(byte(position)) { position += 1 }
      guard position > name, byte(position) == UInt8(ascii: "=") else { break }
      let value = position + 1
      position = cookieEnd(from: value, limit)
      let isAttribute = name > start && Self.cookieAttributes.contains { isWord(name..<value - 1, $0) }
      if position > value, !isAttribute, !isPlaceholder(value..<position, isQuoted: true) {
        result = replace(value..<position, rule: tables.index(.cookie))
      }
      guard !isSet, byte(position) == UInt8(ascii: ";") else { break }
      position += 1
    }
    steps += position - start
    if let next, let end = redactCookies(at: next, syntax) { result = end }
    return result
  }

  private static let cookieAttributes: [StaticString] = [
    "path", "domain", "expires", "max-age", "samesite", "$path", "$domain",
  ]

  /// The next quoted text of a list, behind the comma that stands here.
  private func nextElement(after position: Int) -> Int? {
    guard byte(position) == UInt8(ascii: ",") else { return nil }
    let start = skipBlanks(position + 1)
    return quote(at: start) != nil && byte(position - 1).isQuote ? start : nil
  }

  private func cookieEnd(from start: Int, _ limit: Int) -> Int {
    var position = start
    while position < limit, byte(position) > 0x20, !ByteSet.cookieEnds.contains(byte(position)) {
      // A line break that a program wrote as an escape ends the header.
      if byte(position) == UInt8(ascii: "\\"), ByteSet.lineEscapes.contains(byte(position + 1)) { break }
      position += 1
    }
    while position > start, byte(position - 1) == UInt8(ascii: "\\") { position -= 1 }
    return position
  }
}
