/// Values in more quotes than one, with a bracket that nothing closes, or behind a function's name.
extension Scanner {
  /// `"""X"""` of Python, and the doubled quotes of CSV and of texts in SQL's: `''X''`.
  func redactManyQuotes(
    _ quote: (byte: UInt8, level: Int, end: Int), _ key: Key, _ syntax: PairSyntax
  )
    -> Int?
  {
    guard quote.level == 0, byte(quote.end) == quote.byte else { return nil }
    let count = byte(quote.end + 1) == quote.byte ? 3 : 2
    let start = quote.end + count - 1
    let first = byte(start)
    guard first > 0x20, first != quote.byte, !ByteSet.textFollowers.contains(first) else { return nil }
    var stop = start
    while stop < lineEnd, !(stop..<stop + count).allSatisfy({ byte($0) == quote.byte }) { stop += 1 }
    steps += stop - start
    guard stop < lineEnd else { return nil }
    return redact(Value(range: start..<stop, isQuoted: true), key, syntax)
  }

  /// The quote of a text that Rust and Swift print wrapped, `Some("X")`; of a pair, `auth=("bob", "X")`, the second text
  /// is planned.
  func wrappedText(at start: Int, _ key: Key, _ syntax: PairSyntax) -> Int? {
    switch byte(start) {
    case UInt8(ascii: "S") where hasPrefix("Some(", at: start):
      return quote(at: start + 5) == nil ? nil : start + 5
    case UInt8(ascii: "O") where hasPrefix("Optional(", at: start):
      return quote(at: start + 9) == nil ? nil : start + 9
    case UInt8(ascii: "(") where key.rule == tables.index(.credential) && isWord(syntax.name, "auth"):
      guard let user = quote(at: start + 1) else { return nil }
      let stop = quotedEnd(from: user.end, quote: user.byte, level: user.level) + user.level + 1
      guard byte(stop) == UInt8(ascii: ",") else { return nil }
      planPassword(at: skipBlanks(stop + 1))
      return nil
    default: return nil
    }
  }

  private func planPassword(at start: Int) {
    guard let quote = quote(at: start) else { return }
    let secret = quote.end..<quotedEnd(from: quote.end, quote: quote.byte, level: quote.level)
    guard !secret.isEmpty, secret.upperBound < lineEnd, !isPlaceholder(secret, isQuoted: true) else { return }
    plan(secret, rule: tables.index(.password))
  }

  /// Whether a bracket begins a value in a file of `NAME=value`, since nothing closes it.
  func beginsBare(at start: Int, _ syntax: PairSyntax) -> Bool {
    guard syntax.isWholeLine, !syntax.isSpaced, syntax.separator == UInt8(ascii: "="), !isJSONLine else {
      return false
    }
    let word = start..<bareEnd(from: start, .wholeWord)
    return word.count >= 6 && word.contains { byte($0).isDigit }
      && !word.contains { byte($0) == UInt8(ascii: "]") || byte($0).isQuote }
  }

  /// The argument of PowerShell's `ConvertTo-SecureString "X" -AsPlainText`.
  func secureString(at start: Int) -> Int? {
    let start = byte(start) == UInt8(ascii: "(") ? start + 1 : start
    guard byte(start) | 0x20 == UInt8(ascii: "c"), isWord(start..<start + 23, "convertto-securestring ")
    else {
      return nil
    }
    let argument = skipBlanks(start + 23)
    return isWord(argument..<argument + 8, "-string ") ? skipBlanks(argument + 8) : argument
  }
}
