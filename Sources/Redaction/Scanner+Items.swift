/// Values that stand in the item behind their option, and texts of Erlang.
extension Scanner {
  /// Whether nothing but a line's end, or the backslash that continues a command, stands here.
  func endsLine(_ position: Int) -> Bool {
    if position >= lineEnd || byte(position) == 0x0D { return true }
    return byte(position) == UInt8(ascii: "\\") && position + 1 >= lineEnd
  }

  /// The item behind `- --password` or `"--password",`, in the next line of a list of arguments, or of a command that a
  /// backslash continues.
  func expectItem(_ key: Key, _ name: Range<Int>, isListed: Bool) -> Int? {
    var start = name.lowerBound - 2
    guard hasPrefix("--", at: start), lineEnd < end else { return nil }
    if byte(start - 1).isQuote { start -= 1 }
    let isContinued = byte(lineEnd - 1) == UInt8(ascii: "\\")
    let isAlone = (lineStart..<start).allSatisfy { ByteSet.indentation.contains(byte($0)) }
    let form: BlockState.ItemForm? =
      if isContinued { .word } else if !isAlone { nil } else if hasPrefix("- ", at: start - 2) {
        .hyphen
      } else if isListed, byte(start).isQuote { .quote } else { nil }
    guard let form else { return nil }
    (state.mode, stopsAtLine) = (.item(rule: key.rule, strength: key.strength, form: form), true)
    return nil
  }

  /// The item of a list, or the first word of a command's next line.
  func continueItem(_ key: Key, _ form: BlockState.ItemForm) {
    var start = skipBlanks(lineStart + (isSignedLine && !hasPrefix("- ", at: lineStart) ? 1 : 0))
    if form == .hyphen {
      guard hasPrefix("- ", at: start) else { return }
      start = skipBlanks(start + 2)
    }
    guard byte(start) != UInt8(ascii: "-"), form != .quote || byte(start).isQuote else { return }
    var item = start..<bareEnd(from: start, isJSONLine ? .word : .wholeWord)
    if let quote = quote(at: start) {
      item = quote.end..<quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    }
    // A list of arguments has no sentences: what follows the option in a program may be its help.
    guard !item.contains(where: { byte($0) == 0x20 }) else { return }
    _ = redactAccepted(item, key)
  }

  /// `variable "db_password" {` of Terraform, in which `default = "X"` follows.
  func beginVariable(_ key: Key, after: Int) -> Int? {
    let brace = skipBlanks(after)
    guard byte(brace) == UInt8(ascii: "{"), skipBlanks(brace + 1) >= lineEnd else { return nil }
    (state.mode, stopsAtLine) = (.variable(rule: key.rule, strength: key.strength, linesLeft: 8), true)
    return nil
  }

  /// A line of the variable, up to its default or its end.
  func continueVariable(_ key: Key, linesLeft: Int) {
    state.mode = .none
    let start = skipBlanks(lineStart + (isSignedLine ? 1 : 0))
    if hasPrefix("default", at: start) {
      _ = redactValue(of: key, named: start..<start + 7)
    } else if byte(start) != UInt8(ascii: "}"), linesLeft > 0 {
      state.mode = .variable(rule: key.rule, strength: key.strength, linesLeft: linesLeft - 1)
    }
  }

  /// `{password,<<"X">>}`
  func redactBinary(_ key: Key, at start: Int) -> Int? {
    let stop = quotedEnd(from: start, quote: UInt8(ascii: "\""), level: 0)
    guard hasPrefix("\">>", at: stop) else { return nil }
    return redactAccepted(start..<stop, key)
  }

  /// Ceph's `key = AQ…==`, whose length and beginning are always the same.
  func redactCephKey(_ name: Range<Int>) -> Int? {
    guard isWord(name, "key") else { return nil }
    let separator = skipBlanks(name.upperBound)
    guard byte(separator) == UInt8(ascii: "=") || byte(separator) == UInt8(ascii: ":") else { return nil }
    var start = skipBlanks(separator + 1)
    if byte(start).isQuote { start += 1 }
    guard hasPrefix("AQ", at: start), hasPrefix("==", at: start + 38),
      !ByteSet.base64.contains(byte(start + 40)),
      (start..<start + 38).allSatisfy({ ByteSet.base64.contains(byte($0)) })
    else { return nil }
    return replace(start..<start + 40, rule: tables.index(.encryptionKey))
  }
}
