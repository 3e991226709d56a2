extension Scanner {
  /// The options of a program that carry a password: `mysql -pX`, `curl -u user:X`, `sshpass -p X`.
  func redactCommand(_ options: PasswordOptions, at position: Int, argumentsAt start: Int) -> Int? {
    guard position >= commandEnd, !ByteSet.word.contains(byte(position - 1)) else { return nil }
    guard byte(start) <= 0x20 || byte(start).isQuote || byte(start) == UInt8(ascii: "\\") else { return nil }
    // A manual writes an option as `\-p`.
    guard !hasPrefix("\\-", at: start) else { return nil }
    var index = start
    var isExpected = false
    var number = 0
    while let word = nextWord(from: index) {
      index = word.upperBound
      if isNameOfArgument(word) { continue }
      if isExpected {
        isExpected = false
        index = planArgument(word, options)
      } else if let length = optionLength(word, options) {
        let rest = word.dropFirst(length)
        if !rest.isEmpty {
          index = planArgument(rest, options)
        } else if let text = joinedText(after: word) {
          index = planArgument(text, options)
        } else {
          isExpected = options.form != .attached
        }
      } else if case .argument(let wanted) = options.form, isArgument(word) {
        number += 1
        if number == wanted { index = planArgument(word, options) }
      }
    }
    steps += index - start
    commandEnd = index
    return nil
  }

  /// The length of the option that the word is or begins with.
  private func optionLength(_ word: Range<Int>, _ options: PasswordOptions) -> Int? {
    if let option = options.options.first(where: { hasOption($0, word) }) { return option.utf8.count }
    guard options.flags.utf8CodeUnitCount > 0, byte(word.lowerBound) == UInt8(ascii: "-") else { return nil }
    let flags = UnsafeBufferPointer(start: options.flags.utf8Start, count: options.flags.utf8CodeUnitCount)
    let first = word.lowerBound + 1
    let letter = (first..<word.upperBound).first { !flags.contains(byte($0)) }
    guard let letter, letter > first,
      options.options.contains(where: { $0.utf8.count == 2 && $0.utf8.last == byte(letter) })
    else { return nil }
    return letter + 1 - word.lowerBound
  }

  private func hasOption(_ option: String, _ word: Range<Int>) -> Bool {
    let literal = option.utf8
    guard word.count >= literal.count, zip(word, literal).allSatisfy({ byte($0) == $1 }) else { return false }
    // A long option's value is the next word or stands behind `=`, which the key's name finds.
    if word.count > literal.count, byte(word.lowerBound + literal.count) == UInt8(ascii: "=") {
      return option == "--from-literal"
    }
    return literal.count == 2 || word.count == literal.count
  }

  /// `a1=`, before each argument in a record of the audit log.
  private func isNameOfArgument(_ word: Range<Int>) -> Bool {
    guard byte(word.lowerBound) == UInt8(ascii: "a"), byte(word.upperBound - 1) == UInt8(ascii: "="),
      byte(word.upperBound).isQuote, word.count >= 3
    else { return false }
    return word.dropFirst().dropLast().allSatisfy { byte($0).isDigit }
  }

  /// Whether the word is neither an option nor a pair.
  private func isArgument(_ word: Range<Int>) -> Bool {
    byte(word.lowerBound) != UInt8(ascii: "-") && !startsPair(at: word.lowerBound)
  }

  /// The text in quotes that a shell joins to the word before it: `-p'X'`, and `-p\"X\"` in JSON.
  private func joinedText(after word: Range<Int>) -> Range<Int>? {
    guard !byte(word.lowerBound - 1).isQuote, let quote = quote(at: word.upperBound) else { return nil }
    let first = byte(quote.end)
    guard first > 0x20, !ByteSet.jsonFollowers.contains(first) else { return nil }
    let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    let next = byte(stop + quote.level + 1)
    let isClosed =
      next <= 0x20 || next.isQuote || next == UInt8(ascii: "\\") || ByteSet.commandEnds.contains(next)
    guard stop < lineEnd, stop > quote.end, isClosed,
      !(quote.end..<stop).contains(where: { byte($0) <= 0x20 })
    else { return nil }
    return quote.end..<stop
  }

  /// Plans to replace the password in an argument. Returns where the argument ends.
  private func planArgument(_ word: Range<Int>, _ options: PasswordOptions) -> Int {
    var secret = word
    if options.form == .pair {
      let separators = ByteSet.pairSeparators
      guard let separator = word.first(where: { separators.contains(byte($0)) }) else {
        return word.upperBound
      }
      secret = separator + 1..<word.upperBound
      // `bob:'X'`
      if secret.isEmpty, let text = joinedText(after: word) { secret = text }
    }
    if options.form == .literal {
      let name = byte(word.lowerBound) == UInt8(ascii: "=") ? word.dropFirst() : word
      guard let sign = name.first(where: { byte($0) == UInt8(ascii: "=") }) else { return word.upperBound }
      secret = sign + 1..<word.upperBound
      if secret.isEmpty, let text = joinedText(after: word) { secret = text }
    }
    guard !secret.isEmpty, markerEnd(at: word.lowerBound) == nil, !isPlaceholder(secret, isQuoted: false)
    else {
      return secret.upperBound
    }
    plan(secret, rule: tables.index(.commandLine))
    return secret.upperBound
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
