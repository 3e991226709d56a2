extension Scanner {
  /// The end of a value without quotes, and without the closers that belong to what surrounds it.
  func bareEnd(from start: Int, _ style: BareStyle) -> Int {
    var stop: Int
    if bareMemo.style == style, bareMemo.range.contains(start) {
      stop = bareMemo.range.upperBound
    } else {
      stop = start
      let isJSON = isJSONLine
      while stop < lineEnd, !endsBare(at: stop, style, isJSON: isJSON) { stop += 1 }
      steps += stop - start
      bareMemo = EndMemo(range: start..<stop, style: style)
    }
    if style == .line {
      while stop > start, ByteSet.space.contains(byte(stop - 1)) { stop -= 1 }
      return stop
    }
    if stop < end && byte(stop).isQuote {
      while stop > start, byte(stop - 1) == UInt8(ascii: "\\") { stop -= 1 }
    }
    return withoutClosers(start..<stop)
  }

  /// Whether a tag begins: `</` or `<name` up to its `>`, which a password such as `ab<cd` has not.
  private func startsTag(at position: Int) -> Bool {
    if byte(position + 1) == UInt8(ascii: "/") { return true }
    guard byte(position + 1).isLetter else { return false }
    var stop = position + 1
    while stop - position < 64, ByteSet.tagName.contains(byte(stop)) {
      stop += 1
    }
    if byte(stop) == UInt8(ascii: ">") || byte(stop) == UInt8(ascii: "/") { return true }
    return byte(stop) == 0x20 && (stop..<min(stop + 128, lineEnd)).contains { byte($0) == UInt8(ascii: ">") }
  }

  private func endsBare(at position: Int, _ style: BareStyle, isJSON: Bool) -> Bool {
    let byte = byte(position)
    if style == .line { return endsLineValue(at: position, byte) }
    if byte <= 0x20 || byte == 0x7F {
      return style != .connection || byte != 0x20 || startsPair(at: position + 1)
        || !isFollowedBySemicolon(position)
    }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
      return style != .wholeWord || isJSON
    case UInt8(ascii: "\\"): return endsAtBackslash(position, isJSON: isJSON)
    case UInt8(ascii: "&"):
      return style == .query || startsPair(at: position + 1) || hasPrefix("&amp;", at: position)
    case UInt8(ascii: "#"): return style == .query
    case UInt8(ascii: ";"):
      return style == .connection || (style != .wholeWord && endsPair(at: position))
        || (style == .wholeWord && self.byte(position + 1) <= 0x20)
    case UInt8(ascii: ","): return (style == .word || style == .query) && endsPair(at: position)
    case UInt8(ascii: "<"): return startsTag(at: position)
    default: return false
    }
  }

  private func endsLineValue(at position: Int, _ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "#"): ByteSet.blank.contains(self.byte(position - 1)) && startsComment(at: position)
    case UInt8(ascii: ";"): ByteSet.blank.contains(self.byte(position - 1)) || startsPair(at: position + 1)
    case UInt8(ascii: ","): startsPair(at: position + 1)
    // A terminal's colours.
    case 0x1B: true
    default: byte == 0x0A
    }
  }

  /// `# text`, or a `#` that does not begin a value: `password = #7x` is one.
  private func startsComment(at position: Int) -> Bool {
    var before = position - 1
    while ByteSet.blank.contains(byte(before)) { before -= 1 }
    let isFirst = byte(before) == UInt8(ascii: ":") || byte(before) == UInt8(ascii: "=")
    return !isFirst || byte(position + 1) <= 0x20
  }

  private func isFollowedBySemicolon(_ position: Int) -> Bool {
    (position..<min(position + 64, lineEnd)).contains { byte($0) == UInt8(ascii: ";") }
  }

  /// A backslash belongs to a quote behind it; in a line of JSON it begins a line break or an escaped `&`.
  private func endsAtBackslash(_ position: Int, isJSON: Bool) -> Bool {
    var next = position
    while next - position < 64, byte(next) == UInt8(ascii: "\\") { next += 1 }
    if byte(next).isQuote || hasPrefix("x22", at: next) || hasPrefix("x1b[", at: next) { return true }
    guard isJSON else { return false }
    if ByteSet.lineEscapes.contains(byte(next)) { return true }
    return Self.valueEscapes.contains { hasPrefix($0, at: next) }
  }

  /// `&`, `<`, quotes and a terminal's escape as encoders of JSON write them.
  private static let valueEscapes: [StaticString] = ["u0026", "u003c", "u0022", "u0027", "u001b", "u001B"]

  /// Whether a separator ends the pair: white space, the end or another pair follows.
  private func endsPair(at position: Int) -> Bool {
    let next = byte(position + 1)
    return next <= 0x20 || next.isQuote || next == UInt8(ascii: "\\") || startsPair(at: position + 1)
  }

  /// Whether `name=` or `name: ` stands here, behind white space perhaps.
  func startsPair(at start: Int) -> Bool {
    var position = start
    while position - start < 8, ByteSet.blank.contains(byte(position)) { position += 1 }
    let name = position
    while position - name < 64, ByteSet.key.contains(byte(position)) { position += 1 }
    guard position > name, byte(name).isLetter || byte(name) == UInt8(ascii: "_") else { return false }
    while position - name < 72, ByteSet.blank.contains(byte(position)) { position += 1 }
    if byte(position) == UInt8(ascii: "=") { return byte(position + 1) != UInt8(ascii: "=") }
    return byte(position) == UInt8(ascii: ":") && byte(position + 1) <= 0x20
  }

  /// Cuts `)`, `]`, `}` and `>` at the end that the value did not open.
  private func withoutClosers(_ range: Range<Int>) -> Int {
    var stop = range.upperBound
    while stop > range.lowerBound, let opener = opener(of: byte(stop - 1)) {
      var depth = 0
      for position in (range.lowerBound..<stop).suffix(256) {
        if byte(position) == opener { depth += 1 } else if byte(position) == byte(stop - 1) { depth -= 1 }
      }
      guard depth < 0 else { break }
      stop -= 1
    }
    return stop
  }

  private func opener(of closer: UInt8) -> UInt8? {
    switch closer {
    case UInt8(ascii: ")"): UInt8(ascii: "(")
    case UInt8(ascii: "]"): UInt8(ascii: "[")
    case UInt8(ascii: "}"): UInt8(ascii: "{")
    default: nil
    }
  }

  /// The end of a quoted text whose quote stands behind `level` backslashes: the closing quote's first backslash, or
  /// the end of the line or of an outer text.
  ///
  /// JSON in a JSON string has one backslash before its quotes, JSON in that has three, and so on: 2ⁿ−1.
  func quotedEnd(from start: Int, quote: UInt8, level: Int) -> Int {
    var position = start
    var backslashes = 0
    defer { steps += position - start }
    while position < lineEnd {
      let byte = byte(position)
      if byte == UInt8(ascii: "\\") {
        backslashes += 1
      } else if byte == quote {
        let remainder = backslashes % (2 * (level + 1))
        if remainder < level { return position - remainder }
        if remainder == level {
          guard quote == UInt8(ascii: "'"), level == 0, self.byte(position + 1) == quote else {
            return position - level
          }
          position += 1
        }
        backslashes = 0
      } else if byte == UInt8(ascii: "\""), level == 0, backslashes == 0, isJSONLine {
        // A text in single quotes inside a JSON string ends with the string at the latest.
        return position
      } else {
        backslashes = 0
      }
      position += 1
    }
    return lineEnd
  }

  /// Whether the line looks like JSON, where a backslash is an escape.
  var isJSONLine: Bool {
    var position = lineStart
    while position - lineStart < 64, ByteSet.indentation.contains(byte(position)) { position += 1 }
    return byte(position) == UInt8(ascii: "{") || byte(position) == UInt8(ascii: "\"")
      || (byte(position) == UInt8(ascii: "[") && ByteSet.jsonOpeners.contains(byte(position + 1)))
  }
}
