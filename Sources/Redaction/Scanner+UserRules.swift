/// The rules of the host's owner that need more than the tables: expressions, and known texts.
extension Scanner {
  /// Searches the line around an expression's literal. What matches is planned, so that what stands before it is
  /// looked at as ever.
  func searchRegex(_ index: Int, at position: Int) -> Int? {
    // One search covers its window; the literal's next places in it cost nothing more.
    if regexDone.index == index && position < regexDone.end { return nil }
    let half = RegexRule.window / 2
    let window = max(lineStart, cursor, position - half)..<min(lineEnd, position + half)
    let text = UnsafeRawBufferPointer(rebasing: bytes[window])
    steps += window.count / 64
    regexDone = (
      index, window.upperBound == lineEnd ? lineEnd : max(position + 1, window.upperBound - half / 2)
    )
    var start = 0
    for _ in 0..<64 {
      switch tables.regexes[index].expression.search(text, from: start) {
      case .none: return nil
      case .gaveUp:
        // Fail closed: what the expression could not decide about goes.
        plan(position..<window.upperBound, rule: tables.regexes[index].rule)
        return nil
      case .found(let range, let end):
        plan(
          window.lowerBound + range.lowerBound..<window.lowerBound + range.upperBound,
          rule: tables.regexes[index].rule)
        start = max(end, range.upperBound, start + 1)
      }
      if start >= window.count { return nil }
    }
    regexDone.end = window.lowerBound + start
    return nil
  }

  /// A known text at `position`, replaced; or nil.
  func redactKnown(at position: Int) -> Int? {
    for known in tables.known {
      guard let entry = known.secrets.match(in: bytes, at: position), position >= cursor else { continue }
      return replace(position..<position + entry.length, rule: known.rule)
    }
    return nil
  }

  /// The next place at which a known text may begin.
  func nextKnown(from start: Int, until limit: Int) -> Int {
    tables.known.reduce(limit) { $1.secrets.nextCandidate(in: bytes, from: start, until: $0) }
  }
}
