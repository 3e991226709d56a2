/// Elements of XML and HTML whose name is a key.
extension Scanner {
  /// Whether `<prefix:` stands before the name.
  func isPrefixedElement(_ name: Range<Int>) -> Bool {
    var position = name.lowerBound - 1
    while name.lowerBound - position < 32, ByteSet.key.contains(byte(position - 1)) { position -= 1 }
    return byte(position - 1) == UInt8(ascii: "<")
  }

  /// `<password>X</password>`, with attributes perhaps.
  func redactElement(_ key: Key, _ name: Range<Int>, after: Int) -> Int? {
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
  func redactContent(_ key: Key, at start: Int) -> Int? {
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
}
