/// Pairs inside a percent-encoded text: `%3Fpassword%3DX%26`, `%22password%22%3A%22X%22`, and encoded twice.
extension Scanner {
  /// The value of a key whose separator is percent-encoded.
  func redactEncoded(_ key: Key, at start: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies else { return nil }
    var position = start
    var isQuoted = false
    if let quote = encodedByte(at: position), quote.byte == UInt8(ascii: "\"") {
      position = quote.end
      isQuoted = true
    }
    guard let separator = encodedByte(at: position),
      separator.byte == UInt8(ascii: "=") || (isQuoted && separator.byte == UInt8(ascii: ":"))
    else { return nil }
    position = separator.end
    while let blank = encodedByte(at: position), blank.byte == 0x20 { position = blank.end }
    if isQuoted, let quote = encodedByte(at: position), quote.byte == UInt8(ascii: "\"") {
      position = quote.end
    }
    let stop = encodedEnd(from: position, isQuoted: isQuoted)
    guard stop > position else { return nil }
    let syntax = PairSyntax(
      name: start..<start, separator: UInt8(ascii: "="), isSpaced: false, keyLevel: nil, isWholeLine: false)
    return redact(Value(range: position..<stop, isQuoted: true), key, syntax)
  }

  /// The byte that `%XX`, `%25XX` and so on stands for.
  private func encodedByte(at position: Int) -> (byte: UInt8, end: Int)? {
    guard byte(position) == UInt8(ascii: "%") else { return nil }
    var index = position + 1
    while index - position < 16, byte(index) == UInt8(ascii: "2"), byte(index + 1) == UInt8(ascii: "5") {
      index += 2
    }
    guard let high = byte(index).hexValue, let low = byte(index + 1).hexValue else { return nil }
    return (high << 4 | low, index + 2)
  }

  /// Where the value ends: at an encoded or bare separator, a quote, or white space.
  private func encodedEnd(from start: Int, isQuoted: Bool) -> Int {
    var position = start
    defer { steps += position - start }
    while position < lineEnd {
      let byte = byte(position)
      if byte <= 0x20 || byte.isQuote || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "#")
        || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "\\")
      {
        break
      }
      if let encoded = encodedByte(at: position) {
        if encoded.byte == UInt8(ascii: "\"") || encoded.byte <= 0x20 { break }
        if !isQuoted, encoded.byte == UInt8(ascii: "&") { break }
      }
      position += 1
    }
    return position
  }
}
