/// The `data` of a Kubernetes Secret, whose keys say nothing: base64 that decodes to text, or is random.
extension Scanner {
  /// `data:` on a line of its own, or `"data":{…}`.
  func beginSecretData(at position: Int, nameEnd: Int) -> Int? {
    let isPlain = byte(position) == UInt8(ascii: "s")
    guard !ByteSet.key.contains(byte(position - 1)) else { return nil }
    let before = byte(position - 1)
    let start = isPlain ? nameEnd : position + 4
    var level: Int?
    var index = start
    if let quote = quote(at: start), before == UInt8(ascii: "\"") {
      (level, index) = (quote.level, quote.end)
    }
    guard byte(index) == UInt8(ascii: ":") else { return nil }
    index = skipBlanks(index + 1)
    let isOpen = byte(index) == UInt8(ascii: "{")
    if isOpen { index = skipBlanks(index + 1) }
    if index >= lineEnd || byte(index) == 0x0D {
      guard isOpen || isWholeLine(before: position), state.mode == .none || isInHunk else { return nil }
      (state.mode, stopsAtLine) = (.secretData(column: columnOfText, isPlain: isPlain), true)
      return nil
    }
    guard isOpen, let level else { return nil }
    planMembers(from: index, level: level, isPlain: isPlain)
    return nil
  }

  private var isInHunk: Bool {
    if case .hunk = state.mode { true } else { false }
  }

  /// The strings of an object on one line.
  private func planMembers(from start: Int, level: Int, isPlain: Bool) {
    var position = start
    for _ in 0..<64 {
      guard let name = quote(at: position), name.level == level else { return }
      position = skipBlanks(quotedEnd(from: name.end, quote: name.byte, level: level) + level + 1)
      guard byte(position) == UInt8(ascii: ":") else { return }
      position = skipBlanks(position + 1)
      guard let value = quote(at: position), value.level == level else { return }
      let stop = quotedEnd(from: value.end, quote: value.byte, level: level)
      if isSecretData(value.end..<stop, isPlain: isPlain) {
        plan(value.end..<stop, rule: tables.index(.secretData))
      }
      position = skipBlanks(stop + level + 1)
      guard byte(position) == UInt8(ascii: ",") else { return }
      position = skipBlanks(position + 1)
    }
  }

  /// A line inside the data: `key: value` or `"key": "value",`.
  func continueSecretData(_ column: Int, isPlain: Bool) -> Bool {
    let start = lineStart + (isSignedLine ? 1 : 0) + columnOfText
    guard start < lineEnd, byte(start) != 0x0D else { return false }
    guard columnOfText > column, start - lineStart < 256 else {
      state.mode = .none
      return false
    }
    var position = start
    if byte(position).isQuote { position += 1 }
    while position < lineEnd, position - start < 260, ByteSet.key.contains(byte(position)) { position += 1 }
    if byte(position).isQuote { position += 1 }
    guard byte(position) == UInt8(ascii: ":") else { return false }
    position = skipBlanks(position + 1)
    var range = position..<bareEnd(from: position, .line)
    if let quote = quote(at: position) {
      range = quote.end..<quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    }
    if isSecretData(range, isPlain: isPlain) { plan(range, rule: tables.index(.secretData)) }
    return false
  }

  private func isSecretData(_ range: Range<Int>, isPlain: Bool) -> Bool {
    guard range.count >= (isPlain ? 1 : 8), !isPlaceholder(range, isQuoted: true) else { return false }
    if isPlain {
      return byte(range.lowerBound) != UInt8(ascii: "|") && byte(range.lowerBound) != UInt8(ascii: ">")
    }
    guard range.count % 4 == 0 else { return false }
    var stop = range.upperBound
    while stop > range.upperBound - 2, byte(stop - 1) == UInt8(ascii: "=") { stop -= 1 }
    steps += min(range.count, 4096)
    guard (range.lowerBound..<stop).prefix(4096).allSatisfy({ ByteSet.base64.contains(byte($0)) }) else {
      return false
    }
    let text = decodeBase64((range.lowerBound..<stop).prefix(96))
    let isText = text.allSatisfy { $0 >= 0x20 && $0 < 0x7F || ByteSet.space.contains($0) }
    return isText || (range.count >= 16 && isRandom(range.lowerBound..<stop))
  }
}
