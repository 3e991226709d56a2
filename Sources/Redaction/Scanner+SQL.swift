/// Passwords in statements of SQL.
extension Scanner {
  /// `IDENTIFIED BY 'X'`, and Oracle's without quotes.
  func redactIdentifiedBy(at position: Int, valueAt start: Int) -> Int? {
    var start = skipBlanks(start)
    for word in ["password ", "values "] as [StaticString]
    where isWord(start..<start + word.utf8CodeUnitCount, word) {
      start = skipBlanks(start + word.utf8CodeUnitCount)
    }
    if let end = redactSQLQuoted(at: start) { return end }
    guard ByteSet.word.contains(byte(start)), isNameOfUser(before: position) else { return nil }
    let word = start..<bareEnd(from: start, .connection)
    guard !isPlaceholder(word, isQuoted: true) else { return nil }
    return replace(word, rule: tables.index(.password))
  }

  /// `IDENTIFIED WITH plugin BY 'X'`, and `AS` with the hash.
  func redactIdentifiedWith(pluginAt start: Int) -> Int? {
    var position = skipBlanks(start)
    while position - start < 128, ByteSet.word.contains(byte(position)) || byte(position).isQuote {
      position += 1
    }
    position = skipBlanks(position)
    guard isWord(position..<position + 3, "by ") || isWord(position..<position + 3, "as ") else { return nil }
    return redactSQLQuoted(at: skipBlanks(position + 3))
  }

  private func redactSQLQuoted(at start: Int) -> Int? {
    guard let quote = quote(at: start) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    guard stop > quote.end, stop < lineEnd, !isPlaceholder(quote.end..<stop, isQuoted: true) else {
      return nil
    }
    return replace(quote.end..<stop, rule: tables.index(.password))
  }

  /// Whether `USER name` stands before: prose says `identified by`, too.
  private func isNameOfUser(before position: Int) -> Bool {
    var start = position
    while position - start < 128, ByteSet.blank.contains(byte(start - 1)) { start -= 1 }
    while position - start < 128, byte(start - 1) > 0x20 { start -= 1 }
    return isWord(start - 5..<start, "user ")
  }
}
