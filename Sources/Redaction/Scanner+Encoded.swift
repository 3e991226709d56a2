/// Pairs inside an encoded text: `%3Fpassword%3DX%26`, `%22password%22%3A%22X%22` and encoded twice, nginx's
/// `\x22password\x22:\x22X\x22`, `&quot;password&quot;:&quot;X&quot;`, `&lt;password&gt;X&lt;`.
extension Scanner {
  /// The value of a key whose quote, bracket or separator is encoded.
  func redactEncoded(_ key: Key, _ name: Range<Int>, at start: Int) -> Int? {
    guard key.strength != .header, key.strength != .cookies, let first = encodedByte(at: start) else {
      return nil
    }
    var position = start
    var isQuoted = false
    if first.byte.isQuote {
      position = first.end
      isQuoted = true
    }
    if first.byte == UInt8(ascii: ">") {
      guard isEncodedTag(before: name.lowerBound), closesTag(at: encodedEnd(from: first.end, until: 0x3C))
      else { return nil }
      return redactEncoded(key, first.end, until: UInt8(ascii: "<"))
    }
    position = skipEncodedBlanks(position)
    guard let separator = anyByte(at: position),
      separator.byte == UInt8(ascii: "=") || (isQuoted && separator.byte == UInt8(ascii: ":"))
    else { return nil }
    position = skipEncodedBlanks(separator.end)
    if isQuoted, let quote = encodedByte(at: position), quote.byte.isQuote {
      return redactEncoded(key, quote.end, until: quote.byte)
    }
    return redactEncoded(key, position, until: isQuoted ? UInt8(ascii: "\"") : nil)
  }

  private func redactEncoded(_ key: Key, _ start: Int, until last: UInt8?) -> Int? {
    let stop = encodedEnd(from: start, until: last)
    guard stop > start else { return nil }
    let syntax = PairSyntax(
      name: start..<start, separator: UInt8(ascii: "="), isSpaced: false, keyLevel: nil, isWholeLine: false)
    return redact(Value(range: start..<stop, isQuoted: true), key, syntax)
  }

  private func isEncodedTag(before position: Int) -> Bool {
    [3, 4, 6].contains { length in
      guard let bracket = encodedByte(at: position - length) else { return false }
      return bracket.byte == UInt8(ascii: "<") && bracket.end == position
    }
  }

  /// Whether `</` stands here, encoded: documentation has `<user>:<password>@<host>`.
  private func closesTag(at position: Int) -> Bool {
    guard let bracket = encodedByte(at: position) else { return false }
    return byte(bracket.end) == UInt8(ascii: "/") || hasPrefix("\\/", at: bracket.end)
      || encodedByte(at: bracket.end)?.byte == UInt8(ascii: "/")
  }

  /// The text in encoded quotes that begins here: `password=&quot;X&quot;`.
  func encodedText(at start: Int) -> Range<Int>? {
    guard byte(start) != UInt8(ascii: "%"), let quote = encodedByte(at: start), quote.byte.isQuote else {
      return nil
    }
    return quote.end..<encodedEnd(from: quote.end, until: quote.byte)
  }

  /// The byte that stands here, encoded or not.
  private func anyByte(at position: Int) -> (byte: UInt8, end: Int)? {
    encodedByte(at: position) ?? (byte(position), position + 1)
  }

  private func skipEncodedBlanks(_ start: Int) -> Int {
    var position = skipBlanks(start)
    while let blank = encodedByte(at: position), blank.byte == 0x20 { position = blank.end }
    return position
  }

  /// The byte that `%XX`, `%25XX`, `\xXX`, `\u00XX`, `&quot;` or the like stands for.
  private func encodedByte(at position: Int) -> (byte: UInt8, end: Int)? {
    switch byte(position) {
    case UInt8(ascii: "%"):
      var index = position + 1
      while index - position < 16, byte(index) == UInt8(ascii: "2"), byte(index + 1) == UInt8(ascii: "5") {
        index += 2
      }
      return hexadecimal(at: index)
    case UInt8(ascii: "\\"):
      var index = position + 1
      while index - position < 16, byte(index) == UInt8(ascii: "\\") { index += 1 }
      if byte(index) == UInt8(ascii: "x") { return hexadecimal(at: index + 1) }
      return hasPrefix("u00", at: index) ? hexadecimal(at: index + 3) : nil
    case UInt8(ascii: "&"):
      let entity = Self.entities.first { hasPrefix($0.text, at: position) }
      return entity.map { ($0.byte, position + $0.text.utf8CodeUnitCount) }
    default: return nil
    }
  }

  private static let entities: [(text: StaticString, byte: UInt8)] = [
    ("&quot;", 0x22), ("&#34;", 0x22), ("&#x22;", 0x22), ("&#39;", 0x27), ("&#x27;", 0x27), ("&apos;", 0x27),
    ("&lt;", 0x3C), ("&gt;", 0x3E), ("&#61;", 0x3D), ("&#x3D;", 0x3D),
  ]

  private func hexadecimal(at position: Int) -> (byte: UInt8, end: Int)? {
    guard let high = byte(position).hexValue, let low = byte(position + 1).hexValue else { return nil }
    return (high << 4 | low, position + 2)
  }

  /// Where the value ends: at `last` or a separator, encoded or not, at a quote, or at white space.
  private func encodedEnd(from start: Int, until last: UInt8?) -> Int {
    var position = start
    defer { steps += position - start }
    while position < lineEnd {
      let byte = byte(position)
      if let encoded = encodedByte(at: position) {
        if encoded.byte == last || encoded.byte == UInt8(ascii: "\"") || encoded.byte <= 0x20 { break }
        if last == nil, encoded.byte == UInt8(ascii: "&") { break }
        // What a backslash escapes inside the text ends nothing.
        if encoded.byte == UInt8(ascii: "\\"), let next = encodedByte(at: encoded.end) {
          position = next.end
        } else {
          position = encoded.end
        }
        continue
      }
      let isEnd =
        byte <= 0x20 || byte.isQuote || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "<")
        || byte == UInt8(ascii: "\\") || (byte == UInt8(ascii: "&") && last == nil)
      if isEnd { break }
      position += 1
    }
    return position
  }
}
