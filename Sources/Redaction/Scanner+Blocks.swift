extension Scanner {
  /// Whether the line may belong to a unified diff, so that its first byte is not text.
  var isSignedLine: Bool {
    byte(lineStart) == UInt8(ascii: "+") || byte(lineStart) == UInt8(ascii: "-")
  }

  /// The column of the line's first byte of text, behind a diff's sign.
  var columnOfText: Int {
    let start = lineStart + (isSignedLine ? 1 : 0)
    return skipBlanks(start) - start
  }

  /// Goes on with what an earlier line began. Returns whether the line is done with.
  func continueBlock(lineAt position: Int) -> Bool {
    switch state.mode {
    case .none: return false
    case .dropping:
      drop(position..<lineEnd)
      if lineEnd < end || isComplete { state.mode = .none }
      return true
    case .value(let rule, let strength):
      state.mode = .none
      var start = lineStart
      while start < lineEnd, ByteSet.indentation.contains(byte(start)) { start += 1 }
      guard start < lineEnd, byte(start) != 0x0D else { return false }
      _ = redactPairValue(Key(rule: rule, strength: strength), at: start)
      return false
    case .content(let rule, let strength):
      state.mode = .none
      continueContent(Key(rule: rule, strength: strength))
      return false
    case .item(let rule, let strength, let form):
      state.mode = .none
      continueItem(Key(rule: rule, strength: strength), form)
      return false
    case .variable(let rule, let strength, let linesLeft):
      continueVariable(Key(rule: rule, strength: strength), linesLeft: linesLeft)
      return false
    case .scalar(let rule, let column, let signed): return continueScalar(rule, column, signed)
    case .armor(let armor): return continueArmor(armor)
    case .quoted(let quoted): return continueQuoted(quoted)
    case .secretData(let column, let isPlain): return continueSecretData(column, isPlain: isPlain)
    case .hunk(let afterKey): return continueHunk(afterKey: afterKey)
    case .wrapped(let linesLeft): return continueWrapped(linesLeft)
    }
  }

  private func continueScalar(_ rule: Int, _ column: Int, _ signed: Bool) -> Bool {
    let start = lineStart + (signed && ByteSet.diffSigns.contains(byte(lineStart)) ? 1 : 0)
    let text = skipBlanks(start)
    if text == lineEnd || byte(text) == 0x0D { return true }
    guard text - start > column else {
      state.mode = .none
      return false
    }
    var stop = lineEnd
    while stop > text, ByteSet.space.contains(byte(stop - 1)) { stop -= 1 }
    if markerEnd(at: text) == nil { _ = replace(text..<stop, rule: rule) }
    return true
  }

  /// A private key begins at `BEGIN ` between dashes.
  func beginArmor(at position: Int) -> Int? {
    let isDashed = hasPrefix("-----", at: position - 5) || hasPrefix("---- ", at: position - 5)
    let label = byte(position + 5) == UInt8(ascii: "%") ? position + 8 : position + 6
    guard isDashed, let bodyStart = armorLabelEnd(from: label) else { return nil }
    let armor = BlockState.Armor(
      column: position - 5 - lineStart,
      signed: position - 5 > lineStart && ByteSet.diffSigns.contains(byte(lineStart)))
    let stop = endMarker(from: bodyStart) ?? lineEnd
    let hasEnd = stop < lineEnd
    if withoutTrailer(bodyStart..<stop).isEmpty {
      if !hasEnd { state.mode = .armor(armor) }
      return bodyStart
    }
    return redactInlineArmor(bodyStart..<stop, hasEnd: hasEnd, armor)
  }

  /// The end of the dashes behind a label that names a private key.
  private func armorLabelEnd(from start: Int) -> Int? {
    var position = start
    var isPrivate = false
    while position - start < 64, byte(position) != UInt8(ascii: "-") || !hasPrefix("----", at: position) {
      let labels: [StaticString] = [
        "PRIVATE KEY", "PRIVATE+KEY", "PRIVATE%20KEY", "OpenVPN Static key",
      ]
      if byte(position).isUpper, labels.contains(where: { hasPrefix($0, at: position) }) { isPrivate = true }
      guard ByteSet.armorLabel.contains(byte(position)) else { return nil }
      position += 1
    }
    guard isPrivate, byte(position) == UInt8(ascii: "-") else { return nil }
    let dashes = position
    while position - dashes < 5, byte(position) == UInt8(ascii: "-") { position += 1 }
    return position
  }

  private func endMarker(from start: Int) -> Int? {
    var position = start
    defer { steps += position - start }
    while position < lineEnd {
      if byte(position) == UInt8(ascii: "-"),
        hasPrefix("-----END", at: position) || hasPrefix("---- END", at: position)
      {
        return position
      }
      position += 1
    }
    return nil
  }

  /// A key on one line: with `\n` for its line breaks, or with none.
  private func redactInlineArmor(_ body: Range<Int>, hasEnd: Bool, _ armor: BlockState.Armor) -> Int? {
    let quote = body.first { byte($0) == UInt8(ascii: "\"") || byte($0) == UInt8(ascii: "<") }
    if markerEnd(at: body.lowerBound) != nil {
      if !hasEnd && quote == nil { state.mode = .armor(armor) }
      return body.lowerBound
    }
    if let quote, !hasEnd, isEndOfRecord(body.lowerBound..<quote), longestRun(body) < 60 {
      var armor = armor
      (armor.isJSON, armor.linesLeft) = (true, Self.recordsBetween)
      (state.mode, stopsAtLine) = (.armor(armor), true)
      return body.lowerBound
    }
    guard longestRun(body) >= 16 else { return nil }
    if let quote {
      var stop = quote
      while stop > body.lowerBound, byte(stop - 1) == UInt8(ascii: "\\") { stop -= 1 }
      if longestRun(body.lowerBound..<stop) >= 16 {
        return replace(body.lowerBound..<stop, rule: tables.index(.privateKey))
      }
      return redactRuns(body)
    }
    if !hasEnd { state.mode = .armor(armor) }
    return replace(body, rule: tables.index(.privateKey))
  }

  /// Records of other text that may stand between the lines of a key.
  private static let recordsBetween = 32

  /// Whether the line of a key ends the text of a JSON record: its line break may stand before the quote.
  private func isEndOfRecord(_ range: Range<Int>) -> Bool {
    isJSONLine
      && range.allSatisfy { byte($0) == UInt8(ascii: "\\") || ByteSet.lineEscapes.contains(byte($0)) }
  }

  /// A record of JSON that may hold a line of a key, at the column where the key began or as the only text of its length.
  private func continueRecord(_ armor: BlockState.Armor) -> Bool {
    var armor = armor
    let hasEnd = endMarker(from: lineStart) != nil
    if let text = recordText(armor) {
      _ = replace(text, rule: tables.index(.privateKey), counts: !armor.counted)
      (armor.counted, armor.linesLeft) = (true, Self.recordsBetween)
    }
    armor.linesLeft -= 1
    state.mode = hasEnd || armor.linesLeft <= 0 ? .none : .armor(armor)
    return false
  }

  /// The base64 text that is a whole string of the record.
  private func recordText(_ armor: BlockState.Armor) -> Range<Int>? {
    var position = lineStart
    while position < lineEnd {
      let start = position
      while position < lineEnd, ByteSet.base64.contains(byte(position)) || byte(position) == UInt8(ascii: "=")
      {
        position += 1
      }
      let run = start..<position
      var stop = position
      while byte(stop) == UInt8(ascii: "\\") || (stop > position && ByteSet.lineEscapes.contains(byte(stop)))
      {
        stop += 1
      }
      let isText = byte(start - 1) == UInt8(ascii: "\"") && byte(stop) == UInt8(ascii: "\"")
      let isAligned = start - lineStart == armor.column
      let isLine = run.count >= 40 && isRandom(run)
      let isLast = armor.counted && run.count >= 4 && run.count % 4 == 0 && isAligned
      if isText, isLine || isLast {
        steps += position - lineStart
        return run
      }
      position += 1
    }
    steps += lineEnd - lineStart
    return nil
  }

  private func longestRun(_ range: Range<Int>) -> Int {
    var longest = 0
    var run = 0
    for position in range.prefix(65_536) {
      run = ByteSet.base64.contains(byte(position)) ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  /// A key as a list of quoted lines.
  private func redactRuns(_ range: Range<Int>) -> Int? {
    var position = range.lowerBound
    var isFirst = true
    while position < range.upperBound {
      let start = position
      while position < range.upperBound,
        ByteSet.base64.contains(byte(position)) || byte(position) == UInt8(ascii: "=")
      {
        position += 1
      }
      if position - start >= 4 {
        _ = replace(start..<position, rule: tables.index(.privateKey), counts: isFirst)
        isFirst = false
      }
      position += 1
    }
    return max(cursor, range.upperBound)
  }

  func beginPutty(at position: Int) -> Int? {
    // A number of lines, and nothing else.
    let digits = skipBlanks(position + 14)
    var stop = digits
    while byte(stop).isDigit { stop += 1 }
    guard stop > digits, stop == lineEnd || byte(stop) == 0x0D || byte(stop) == UInt8(ascii: "\\") else {
      return nil
    }
    state.mode = .armor(BlockState.Armor(column: position - lineStart, signed: isSignedLine))
    return lineEnd
  }

  /// A line inside a private key. What cannot be part of a key stays, since other lines of a log may come between.
  private func continueArmor(_ armor: BlockState.Armor) -> Bool {
    if armor.isJSON { return continueRecord(armor) }
    var armor = armor
    armor.linesLeft -= 1
    state.mode = armor.linesLeft > 0 ? .armor(armor) : .none
    if hasPrefix("diff --git ", at: lineStart)
      || hasPrefix("Private-MAC:", at: lineStart + (armor.signed ? 1 : 0))
    {
      state.mode = .none
      return false
    }
    let marker = endMarker(from: lineStart)
    if marker != nil { state.mode = .none }
    let body = bodyRun(lineStart..<(marker ?? lineEnd), armor)
    // What stands before the key in the line may hold a secret of its own.
    follow(from: lineStart, until: body.lowerBound)
    let rest = max(cursor, body.lowerBound)..<max(cursor, body.upperBound)
    guard !rest.isEmpty else { return false }
    _ = replace(rest, rule: tables.index(.privateKey), counts: !armor.counted)
    armor.counted = true
    if case .armor = state.mode { state.mode = .armor(armor) }
    return false
  }

  /// The base64 text that ends the line, if it can be part of the key.
  private func bodyRun(_ line: Range<Int>, _ armor: BlockState.Armor) -> Range<Int> {
    let none = line.lowerBound..<line.lowerBound
    let heads: [StaticString] = ["@@ ", "--- ", "+++ ", "index ", "\\ "]
    if armor.signed && heads.contains(where: { hasPrefix($0, at: line.lowerBound) }) { return none }
    let content = withoutTrailer(line)
    var start = content.upperBound
    while start > content.lowerBound,
      ByteSet.base64.contains(byte(start - 1)) || byte(start - 1) == UInt8(ascii: "=")
    {
      start -= 1
    }
    if armor.signed && start == line.lowerBound && byte(start) == UInt8(ascii: "+") { start += 1 }
    let run = start..<content.upperBound
    guard run.count >= 2 else { return none }
    let isAlone = (line.lowerBound..<start).allSatisfy { ByteSet.armorPrefix.contains(byte($0)) }
    let isWhole = run.count % 4 == 0
    let isAligned = start - lineStart == armor.column
    // OpenPGP's checksum begins with the sign that ends other keys.
    let isPadded = byte(start) == UInt8(ascii: "=") || byte(run.upperBound - 1) == UInt8(ascii: "=")
    return run.count >= 32 || isPadded || (isWhole && (isAlone || isAligned)) ? run : none
  }

  /// Cuts white space, quotes and escapes at the end, which are syntax around the key.
  private func withoutTrailer(_ range: Range<Int>) -> Range<Int> {
    var stop = range.upperBound
    while stop > range.lowerBound {
      let last = byte(stop - 1)
      if stop - 2 >= range.lowerBound, byte(stop - 2) == UInt8(ascii: "\\"),
        ByteSet.lineEscapes.contains(last)
      {
        stop -= 2
      } else if ByteSet.armorTrailer.contains(last) {
        stop -= 1
      } else if last == UInt8(ascii: "+"), stop - 2 >= range.lowerBound, byte(stop - 2) == 0x20 {
        stop -= 1
      } else {
        break
      }
    }
    return range.lowerBound..<stop
  }
}
