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

  /// `INSERT INTO users (name, password) VALUES ('bob', 'X'), …`: the values of columns that hold secrets.
  func planInsertion(at position: Int, tableAt start: Int) -> Int? {
    guard position >= commandEnd else { return nil }
    var index = start
    while index - start < 128, index < lineEnd, byte(index) != UInt8(ascii: "(") { index += 1 }
    guard byte(index) == UInt8(ascii: "(") else { return nil }
    var columns = SecretColumns()
    index = readColumns(from: index + 1, into: &columns)
    steps += index - start
    guard !columns.isEmpty else { return nil }
    index = skipBlanks(index)
    guard isWord(index..<index + 6, "values") else { return nil }
    index = skipBlanks(index + 6)
    let first = index
    while byte(index) == UInt8(ascii: "(") {
      index = skipBlanks(planValues(from: index + 1, columns))
      guard byte(index) == UInt8(ascii: ",") else { break }
      index = skipBlanks(index + 1)
    }
    steps += index - first
    commandEnd = index
    return nil
  }

  /// Reads the names of columns up to the bracket behind them, and returns where it ends.
  private func readColumns(from start: Int, into columns: inout SecretColumns) -> Int {
    var (index, number) = (start, 0)
    while index < lineEnd, byte(index) != UInt8(ascii: ")") {
      let name = (index..<lineEnd).prefix { ByteSet.key.contains(byte($0)) }
      if !name.isEmpty {
        if let key = classify(name), key.strength != .header, key.strength != .cookies {
          columns.insert(key, at: number)
        }
        index = name.upperBound
      } else {
        if byte(index) == UInt8(ascii: ",") { number += 1 }
        index += 1
      }
    }
    return index + 1
  }

  /// Plans the secrets among the values of a row, and returns where its bracket ends.
  private func planValues(from start: Int, _ columns: SecretColumns) -> Int {
    var (index, number) = (start, 0)
    while index < lineEnd, byte(index) != UInt8(ascii: ")") {
      if byte(index) == UInt8(ascii: ",") { number += 1 }
      guard let quote = quote(at: index), quote.byte == UInt8(ascii: "'") else {
        index += 1
        continue
      }
      let stop = quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
      if let key = columns.key(at: number), stop < lineEnd { planValue(quote.end..<stop, key) }
      index = stop + quote.level + 1
    }
    return index + 1
  }

  private func planValue(_ range: Range<Int>, _ key: Key) {
    guard !range.isEmpty, !isPlaceholder(range, isQuoted: true) else { return }
    if key.strength == .strong || looksSecret(range) { plan(range, rule: key.rule) }
  }

  /// Whether `USER name` stands before: prose says `identified by`, too.
  private func isNameOfUser(before position: Int) -> Bool {
    var start = position
    while position - start < 128, ByteSet.blank.contains(byte(start - 1)) { start -= 1 }
    while position - start < 128, byte(start - 1) > 0x20 { start -= 1 }
    return isWord(start - 5..<start, "user ")
  }
}

/// The columns of a statement that hold secrets, up to four of them.
struct SecretColumns {
  private var numbers: SIMD4<Int32> = [-1, -1, -1, -1]
  private var keys: (Key?, Key?, Key?, Key?) = (nil, nil, nil, nil)
  private var count = 0

  var isEmpty: Bool { count == 0 }

  /// Notes the key of a column; a fifth one is left out.
  mutating func insert(_ key: Key, at number: Int) {
    guard count < 4 else { return }
    numbers[count] = Int32(truncatingIfNeeded: number)
    switch count {
    case 0: keys.0 = key
    case 1: keys.1 = key
    case 2: keys.2 = key
    default: keys.3 = key
    }
    count += 1
  }

  /// The key of a column, if it is one of a secret.
  func key(at number: Int) -> Key? {
    let number = Int32(truncatingIfNeeded: number)
    if numbers[0] == number { return keys.0 }
    if numbers[1] == number { return keys.1 }
    if numbers[2] == number { return keys.2 }
    return numbers[3] == number ? keys.3 : nil
  }
}
