/// Tokens that an earlier pass has left.
extension Scanner {
  /// The end of a token of ours at `position`, so that redacting twice changes nothing.
  func markerEnd(at position: Int) -> Int? {
    let head: StaticString = "[REDACTED:"
    guard hasPrefix(head, at: position) else { return nil }
    var index = position + head.utf8CodeUnitCount
    let kindStart = index
    while index - kindStart < 64,
      byte(index).isLower || byte(index).isDigit || byte(index) == UInt8(ascii: "-")
    {
      index += 1
    }
    guard index > kindStart, byte(index) == UInt8(ascii: ":") else { return nil }
    index += 1
    let codeStart = index
    while index - codeStart < 64, byte(index).isLower || byte(index).isDigit { index += 1 }
    guard index - codeStart >= 8, byte(index) == UInt8(ascii: "]") else { return nil }
    return index + 1
  }

  /// Whether a token of ours lies in the range or reaches into it, behind what is decided about already.
  func touchesMarker(_ range: Range<Int>) -> Bool {
    let longest = 160
    return (max(copied, range.lowerBound - longest)..<min(range.upperBound, range.lowerBound + 65_536))
      .contains {
        guard byte($0) == UInt8(ascii: "["), let stop = markerEnd(at: $0) else { return false }
        return stop > range.lowerBound
      }
  }
}
