extension Scanner {
  /// The options of a program that carry a password: `mysql -pX`, `curl -u user:X`, `sshpass -p X`.
  func redactCommand(_ options: PasswordOptions, at position: Int, argumentsAt start: Int) -> Int? {
    guard position >= commandEnd, !ByteSet.word.contains(byte(position - 1)) else { return nil }
    guard byte(start) <= 0x20 || byte(start).isQuote || byte(start) == UInt8(ascii: "\\") else { return nil }
    var index = start
    var isExpected = false
    while let word = nextWord(from: index) {
      index = word.upperBound
      if isExpected {
        isExpected = false
        planArgument(word, options)
      } else if let option = options.options.first(where: { hasOption($0, word) }) {
        let rest = word.dropFirst(option.utf8.count)
        if rest.isEmpty { isExpected = !options.attachedOnly } else { planArgument(rest, options) }
      }
    }
    steps += index - start
    commandEnd = index
    return nil
  }

  private func hasOption(_ option: String, _ word: Range<Int>) -> Bool {
    let literal = option.utf8
    guard word.count >= literal.count, zip(word, literal).allSatisfy({ byte($0) == $1 }) else { return false }
    // A long option's value is the next word or stands behind `=`, which the key's name finds.
    return literal.count == 2 || word.count == literal.count
  }

  private func planArgument(_ word: Range<Int>, _ options: PasswordOptions) {
    guard markerEnd(at: word.lowerBound) == nil else { return }
    var secret = word
    if options.isPair {
      let separators = ByteSet.pairSeparators
      guard let separator = word.first(where: { separators.contains(byte($0)) }) else { return }
      secret = separator + 1..<word.upperBound
    }
    guard !secret.isEmpty, !isPlaceholder(secret, isQuoted: false) else { return }
    plan(secret, rule: tables.index(.commandLine))
  }

  /// The next argument: up to white space, a quote, NUL, or what ends a command.
  private func nextWord(from start: Int) -> Range<Int>? {
    var position = start
    while position < lineEnd, byte(position) <= 0x20 || ByteSet.argumentSeparators.contains(byte(position)) {
      position += 1
    }
    guard position < lineEnd, !ByteSet.commandEnds.contains(byte(position)) else { return nil }
    let word = position
    let opening = byte(word - 1)
    if opening == UInt8(ascii: "'"), let closing = (word..<lineEnd).first(where: { byte($0) == opening }) {
      return word..<closing
    }
    while position < lineEnd, byte(position) > 0x20, !byte(position).isQuote,
      byte(position) != UInt8(ascii: "\\"), byte(position) != UInt8(ascii: "`")
    {
      position += 1
    }
    return word..<position
  }

  /// `IDENTIFIED BY 'X'`
  func redactIdentifiedBy(valueAt start: Int) -> Int? {
    var position = skipBlanks(start)
    if byte(position).lowered == UInt8(ascii: "p"), isWord(position..<position + 9, "password ") {
      position += 9
    }
    guard let quote = quote(at: position) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    guard stop > quote.end, stop < lineEnd, !isPlaceholder(quote.end..<stop, isQuoted: true) else {
      return nil
    }
    return replace(quote.end..<stop, rule: tables.index(.password))
  }

  /// Whether a byte cannot stand in a field of `.pgpass`: a blank, or a colon that is not escaped.
  private func endsField(at position: Int) -> Bool {
    byte(position) == 0x20
      || (byte(position) == UInt8(ascii: ":") && byte(position - 1) != UInt8(ascii: "\\"))
  }

  /// A line of `.pgpass`: `host:port:database:user:PASSWORD`.
  func redactPasswordFileLine(at position: Int) -> Int? {
    let start = lineStart + (isSignedLine ? 1 : 0)
    guard position - start < 256, lineEnd - start < 1024, start >= cursor else { return nil }
    var colons = 0
    var stop = start
    while stop < lineEnd, byte(stop) > 0x20 {
      if byte(stop) == UInt8(ascii: ":") && byte(stop - 1) != UInt8(ascii: "\\") {
        colons += 1
        if colons == 4 { break }
      } else if !ByteSet.fileField.contains(byte(stop)) {
        return nil
      }
      stop += 1
    }
    let password = stop + 1..<max(stop + 1, bareEnd(from: min(stop + 1, lineEnd), .line))
    guard colons == 4, !password.isEmpty, !password.contains(where: { endsField(at: $0) }) else { return nil }
    guard !isPlaceholder(password, isQuoted: false) else { return nil }
    return replace(password, rule: tables.index(.password))
  }
}
