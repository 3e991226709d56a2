/// Redis' ways to write a password.
extension Scanner {
  /// `"AUTH" "X"` and `"AUTH" "user" "X"`, as MONITOR shows a command.
  func redactMonitored(_ key: Key, after: Int) -> Int? {
    guard byte(after) == 0x20, byte(after - 1) == UInt8(ascii: "\""),
      var secret = monitoredWord(at: after + 1)
    else { return nil }
    if let second = monitoredWord(at: secret.upperBound + 2) { secret = second }
    guard !isPlaceholder(secret, isQuoted: true) else { return nil }
    return replace(secret, rule: tables.index(.password))
  }

  private func monitoredWord(at start: Int) -> Range<Int>? {
    guard byte(start - 1) == 0x20, byte(start) == UInt8(ascii: "\"") else { return nil }
    let stop = quotedEnd(from: start + 1, quote: UInt8(ascii: "\""), level: 0)
    return stop < lineEnd ? start + 1..<stop : nil
  }

  /// `user app on >X ~* +@all`, with `#` before the hash of a password. A line of an ACL begins with `user`, a command
  /// has `SETUSER`.
  func redactAccessList(at position: Int, passwordAt start: Int) -> Int? {
    var name = position
    while position - name < 128, byte(name - 1) > 0x20, !byte(name - 1).isQuote { name -= 1 }
    let isUser = hasPrefix("user ", at: name - 5) || isWord(name - 8..<name, "setuser ")
    let secret = start..<bareEnd(from: start, .word)
    guard isUser, name < position, !secret.isEmpty, !isPlaceholder(secret, isQuoted: true) else { return nil }
    return replace(secret, rule: tables.index(.password))
  }
}
