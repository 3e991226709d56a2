/// A stretch of text that may be a secret value.
struct Value {
  var range: Range<Int>
  /// Whether quotes delimit it, so that what it holds is data and not syntax.
  var isQuoted = false
  /// The quotes that a token needs in its place, if it is a bare JSON number: the number of backslashes.
  var jsonNumberLevel: Int?
}

/// Remembers where the run ends that a position lies in, so that many keys in one run cost one pass.
struct EndMemo {
  var range = 0..<0
  var style = BareStyle.word
}

/// How far a value without quotes goes.
enum BareStyle: Equatable {
  /// Up to white space, a quote, or what separates pairs.
  case word
  /// A line of a file that holds one pair: up to white space.
  case wholeWord
  /// A line of a file that holds one pair: up to the end of the line or a comment.
  case line
  /// Up to `&`, `#` or what ends a word.
  case query
  /// Up to `;`.
  case connection
}

extension Scanner {
  /// Whether the value stands for no value: a placeholder, a reference, a token of ours.
  func isPlaceholder(_ range: Range<Int>, isQuoted: Bool) -> Bool {
    // One byte is a letter of a manual, or a count.
    guard range.count > 1, let first = range.first, let last = range.last else { return true }
    if markerEnd(at: first) != nil { return true }
    let (head, tail) = (byte(first), byte(last))
    switch (head, tail) {
    case (UInt8(ascii: "<"), UInt8(ascii: ">")), (UInt8(ascii: "["), UInt8(ascii: "]")),
      (UInt8(ascii: "("), UInt8(ascii: ")")):
      if range.count < 64 && isWordy(first + 1..<last) { return true }
    case (UInt8(ascii: "{"), UInt8(ascii: "}")):
      if hasPrefix("{{", at: first) || (range.count < 64 && isWordy(first + 1..<last)) { return true }
    case (UInt8(ascii: "%"), UInt8(ascii: "%")):
      if range.count > 2 && range.count < 64 && isWordy(first + 1..<last) { return true }
    case (UInt8(ascii: "%"), _):
      // `%s`, `%d`, `%1$s`
      if range.count <= 3 || (range.count <= 5 && byte(last - 1) == UInt8(ascii: "$")) { return true }
    case (UInt8(ascii: "$"), _):
      if isReference(range) { return true }
    default: break
    }
    if range.count <= 64 && isOneByteRepeated(range, of: ByteSet.fillers) { return true }
    // A token of ours that was cut short, or is written about.
    if hasPrefix("[REDACTED:", at: first) { return true }
    if isExample(range) || isNamedElsewhere(range) || isPatternOrInterpolation(range) { return true }
    if isTemplate(range) { return true }
    if isQuoted && isMessage(range) { return true }
    if hasPrefix("your-", at: first) || hasPrefix("your_", at: first) || hasPrefix("YOUR_", at: first) {
      return true
    }
    return isNothing(range)
  }

  /// Whether the text is a word that stands for no value.
  func isNothing(_ range: Range<Int>) -> Bool { tables.words[packed(range)].traits.contains(.nothing) }

  private func isOneByteRepeated(_ range: Range<Int>, of set: ByteSet) -> Bool {
    let head = byte(range.lowerBound)
    return (set.contains(head) || head == 0xE2) && range.count >= 3
      && (head == 0xE2
        ? range.allSatisfy { [0xE2, 0x80, 0xA2, 0xA6, 0x97, 0x8F].contains(byte($0)) }
        : range.allSatisfy { byte($0) == head })
  }

  /// `$NAME`, `${NAME}`, `$(command)`, `${{ expression }}`.
  func isReference(_ range: Range<Int>) -> Bool {
    let next = byte(range.lowerBound + 1)
    let last = byte(range.upperBound - 1)
    if next == UInt8(ascii: "{") {
      return last == UInt8(ascii: "}") || ByteSet.word.contains(byte(range.lowerBound + 2))
    }
    // A command may have blanks, which end the value.
    if next == UInt8(ascii: "(") { return true }
    let name = range.dropFirst()
    guard !name.isEmpty, name.count <= 64 else { return false }
    if name.contains(where: { hasPrefix("::", at: $0) }) {
      // openssl.cnf's `$section::name`.
      return name.allSatisfy { ByteSet.word.contains(byte($0)) || byte($0) == UInt8(ascii: ":") }
    }
    return name.allSatisfy { byte($0).isUpper || byte($0) == UInt8(ascii: "_") || byte($0).isDigit }
      || name.allSatisfy { byte($0).isLower || byte($0) == UInt8(ascii: "_") }
  }

  /// Up to 16 bytes of a word in lower case, or 0 for a longer one.
  func packed(_ range: Range<Int>) -> PackedWord {
    guard range.count <= 16 else { return 0 }
    return range.reduce(PackedWord(0)) { $0 << 8 | PackedWord(byte($1).lowered) }
  }

  /// Whether a value of a key such as `token` looks like a secret and not like a word, a path, a time, an id.
  func looksSecret(_ range: Range<Int>) -> Bool {
    guard range.count >= 8, !isPath(range), !isIdentifierShape(range), !isWordy(range) else { return false }
    var digits = 0
    var letters = 0
    var changes = 0
    var dots = 0
    var previousIsUpper = false
    for position in range.prefix(128) {
      let byte = byte(position)
      if byte.isDigit { digits += 1 }
      if byte.isLetter {
        letters += 1
        if byte.isUpper != previousIsUpper { changes += 1 }
        previousIsUpper = byte.isUpper
      }
      if byte == UInt8(ascii: ".") { dots += 1 }
      if byte <= 0x20 { return false }
      if byte == UInt8(ascii: "("), !isLoneBracket(in: range) { return false }
      if byte == UInt8(ascii: ":") && hasPrefix("://", at: position) { return false }
    }
    if letters == 0 { return false }
    if digits == 0 { return range.count >= 16 && changes >= 4 }
    return letters + digits > dots * 4
  }

  /// Whether a text in quotes has brackets that are not closed, as chance makes them: calls and expressions close theirs.
  private func isLoneBracket(in range: Range<Int>) -> Bool {
    guard self.byte(range.lowerBound - 1).isQuote, range.count <= 128 else { return false }
    return range.count(where: { byte($0) == UInt8(ascii: "(") })
      != range.count(where: { byte($0) == UInt8(ascii: ")") })
  }

  private func isPath(_ range: Range<Int>) -> Bool {
    let first = range.lowerBound
    if hasPrefix("./", at: first) || hasPrefix("../", at: first) || hasPrefix("~/", at: first) { return true }
    let slashes = range.prefix(64).count { byte($0) == UInt8(ascii: "/") }
    let isDense =
      byte(first) == UInt8(ascii: "/")
      ? slashes * 24 >= min(64, range.count) : slashes >= 2 && slashes * 16 >= min(64, range.count)
    return isDense && !hasRandomSegment(range)
  }

  /// Whether a part between slashes is random text, as in base 64 and not in a path.
  private func hasRandomSegment(_ range: Range<Int>) -> Bool {
    var start = range.lowerBound
    for position in range.prefix(512) where byte(position) == UInt8(ascii: "/") {
      if isRandomSegment(start..<position) { return true }
      start = position + 1
    }
    return isRandomSegment(start..<range.upperBound)
  }

  private func isRandomSegment(_ range: Range<Int>) -> Bool {
    range.count >= 9 && isRandom(range) && !isWordy(range)
  }

  /// Whether a path is named where a password is expected, as in `PWD=/root` and `password=/run/secrets/db`.
  func isKnownPath(_ range: Range<Int>) -> Bool {
    let first = range.lowerBound
    if hasPrefix("./", at: first) || hasPrefix("../", at: first) || hasPrefix("~/", at: first) { return true }
    let roots: [StaticString] = [
      "/run/", "/etc/", "/var/", "/home/", "/usr/", "/opt/", "/tmp/", "/dev/", "/mnt/", "/srv/", "/proc/",
      "/root/",
      "/secrets/", "/bin/", "/sbin/", "/lib/", "/data/", "/app/",
    ]
    return byte(first) == UInt8(ascii: "/") && roots.contains { hasPrefix($0, at: first) }
  }

  /// Numbers, durations, UUIDs, ULIDs, RFC 3339 times, addresses in hexadecimal.
  private func isIdentifierShape(_ range: Range<Int>) -> Bool {
    let first = range.lowerBound
    if isUUID(range) { return true }
    if range.count == 26, byte(first) == UInt8(ascii: "0"),
      range.allSatisfy({ ByteSet.upperAlphanumeric.contains(byte($0)) })
    {
      return true
    }
    if byte(first).isDigit && byte(first + 3).isDigit && byte(first + 4) == UInt8(ascii: "-")
      && byte(first + 7) == UInt8(ascii: "-")
    {
      return true
    }
    if hasPrefix("0x", at: first) && range.count <= 18 { return true }
    return range.count <= 512
      && range.allSatisfy { byte($0).isDigit || ByteSet.durationMarks.contains(byte($0)) }
  }

  /// Whether the text is words of letters, each in one case or capitalised, and short numbers.
  func isWordy(_ range: Range<Int>) -> Bool {
    guard range.count <= 128 else { return false }
    var position = range.lowerBound
    let separators = ByteSet.wordSeparators
    while position < range.upperBound {
      let start = position
      while position < range.upperBound, byte(position).isLetter { position += 1 }
      let letters = start..<position
      while position < range.upperBound, byte(position).isDigit { position += 1 }
      guard position - letters.upperBound <= 4, isOneWord(letters) else { return false }
      if letters.isEmpty && position - start > 4 { return false }
      guard position == range.upperBound || separators.contains(byte(position)) else { return false }
      if !letters.isEmpty && position - letters.upperBound > 2 && letters.count < 3 { return false }
      position += 1
    }
    return true
  }

  private func isOneWord(_ letters: Range<Int>) -> Bool {
    guard letters.count <= 20 else { return false }
    var changes = 0
    var uppers = 0
    for position in letters where byte(position).isUpper {
      uppers += 1
      if position > letters.lowerBound && byte(position - 1).isLower { changes += 1 }
    }
    // Camel case has few humps of some length; random text changes case all the time.
    return uppers == letters.count || (changes <= letters.count / 4 && uppers <= letters.count / 3 + 1)
  }
}
