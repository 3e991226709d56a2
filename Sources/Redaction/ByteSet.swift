/// A set of ASCII bytes. Bytes above 0x7F are in no set.
struct ByteSet: Sendable, Equatable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// The set of all bytes of these texts, of which one such as `"A-Z"` is a range; a range begins with a letter, a digit or `!`.
  init(_ parts: StaticString...) {
    for part in parts {
      part.withUTF8Buffer { bytes in
        if bytes.count == 3, bytes[1] == UInt8(ascii: "-"), bytes[0] < bytes[2], ByteSet.isRangeEnd(bytes[0])
        {
          for byte in bytes[0]...bytes[2] { insert(byte) }
        } else {
          for byte in bytes { insert(byte) }
        }
      }
    }
  }

  /// A bit for each byte.
  var bits: (low: UInt64, high: UInt64) { (low, high) }

  private init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// The bytes from one to another. This, `of` and `|` are for sets that scans use: the compiler makes constants of
  /// them, where the initializer of texts costs a check at each use that it has run.
  @inline(__always)
  static func range(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> ByteSet {
    let (below, upTo) = (upTo(UInt64(first.value) - 1), upTo(UInt64(last.value)))
    return ByteSet(low: upTo.low & ~below.low, high: upTo.high & ~below.high)
  }

  @inline(__always)
  private static func upTo(_ byte: UInt64) -> (low: UInt64, high: UInt64) {
    byte >= 64 ? (~0, (2 &<< (byte & 63)) &- 1) : ((2 &<< byte) &- 1, 0)
  }

  /// These bytes.
  @inline(__always)
  static func of(
    _ a: Unicode.Scalar, _ b: Unicode.Scalar = "\u{100}", _ c: Unicode.Scalar = "\u{100}",
    _ d: Unicode.Scalar = "\u{100}", _ e: Unicode.Scalar = "\u{100}", _ f: Unicode.Scalar = "\u{100}",
    _ g: Unicode.Scalar = "\u{100}", _ h: Unicode.Scalar = "\u{100}", _ i: Unicode.Scalar = "\u{100}",
    _ j: Unicode.Scalar = "\u{100}", _ k: Unicode.Scalar = "\u{100}", _ l: Unicode.Scalar = "\u{100}",
    _ m: Unicode.Scalar = "\u{100}", _ n: Unicode.Scalar = "\u{100}"
  ) -> ByteSet {
    single(a) | single(b) | single(c) | single(d) | single(e) | single(f) | single(g) | single(h) | single(i)
      | single(j) | single(k) | single(l) | single(m) | single(n)
  }

  @inline(__always)
  private static func single(_ scalar: Unicode.Scalar) -> ByteSet {
    let value = UInt64(scalar.value)
    return ByteSet(
      low: value < 64 ? 1 &<< value : 0, high: value >= 64 && value < 128 ? 1 &<< (value & 63) : 0)
  }

  @inline(__always)
  static func | (left: ByteSet, right: ByteSet) -> ByteSet {
    ByteSet(low: left.low | right.low, high: left.high | right.high)
  }

  private static func isRangeEnd(_ byte: UInt8) -> Bool { byte.isLetter || byte.isDigit || byte == 0x21 }

  private mutating func insert(_ byte: UInt8) {
    if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    // Without a branch on the byte, which nothing predicts in ordinary text.
    let word = byte & 64 == 0 ? low : high
    return (word &>> UInt64(byte)) & 1 != 0 && byte < 128
  }

  static let digits = ByteSet.range("0", "9")
  static let capitals = ByteSet.range("A", "Z")
  static let small = ByteSet.range("a", "z")
  static let hex = ByteSet.digits | .range("a", "f") | .range("A", "F")
  static let upperAlphanumeric = ByteSet.digits | .capitals
  static let lowerAlphanumeric = ByteSet.digits | .small
  static let alphanumeric = ByteSet.digits | .capitals | .small
  static let word = ByteSet.digits | .capitals | .small | .of("_")
  static let base64 = ByteSet.digits | .capitals | .small | .of("+", "/")
  static let base64url = ByteSet.digits | .capitals | .small | .of("_", "-")
  static let dotted = ByteSet.digits | .capitals | .small | .of("_", ".", "-")
  static let printable = ByteSet.range("!", "~")
  static let hash = ByteSet.digits | .capitals | .small | .of(".", "/", "$", "=", ",", "+", "-")
  static let key = ByteSet.digits | .capitals | .small | .of("_", ".", "-")
  static let blank = ByteSet.of(" ", "\t")
  static let space = ByteSet.of(" ", "\t", "\r", "\n")

  // What stands around keys and values.
  static let indentation = ByteSet.of(" ", "\t", "+", "-")
  static let linePrefix = ByteSet.of(" ", "\t", "+", "-", "#", ">")
  static let diffSigns = ByteSet.of("+", "-", " ")
  /// A type and its blanks before a name: `unsigned char *`, `Map<String, X>`.
  static let typeNames = ByteSet.word | .blank | .of("<", ">", "*", "&", "?", "$", "@", ".")
  static let valueHeads = ByteSet.of("=", ":", "]", "%", "&", "\"", "'", "\\", "\u{1B}")
  static let encodings = ByteSet.of("%", "\\", "&")
  static let spacedValueHeads = ByteSet.of("=", ":", "'", "\"")
  static let exportHeads = ByteSet.of("e", "s", "E", "A", "l", "r", "d")
  /// Of a type as languages write it: `String`, `&str`, `Optional[str]`, `std.string?`.
  static let typeName = ByteSet.word | .of(".", "?", "&", "<", ">", "[", "]")
  /// Behind a name and blanks: of `is X`, `for bob: X`, `7 X`, or of text that looks random.
  static let statementHeads = ByteSet.word | .of("+", "/")
  static let nameSeparators = ByteSet.of("_", ".", "-")
  static let wordSeparators = ByteSet.of("-", "_", ".", ":", "/", "+", ",", " ", "=", "@", "#")
  static let wordEnds = ByteSet.of(" ", "\t", "\r", "\n", ",", ";", ":", ".", "!", "(", ")")
  static let escapeLetters = ByteSet.of("a", "b", "f", "n", "r", "t", "v", "0")
  static let lineEscapes = ByteSet.of("n", "r", "t")
  static let stringPrefix = ByteSet.of("b", "B", "u", "U", "r", "R", "f", "F", "$", "N", "E", "L", "@")
  static let number = ByteSet.digits | .of("+", "-", ".", "e", "E")
  static let numberMarks = ByteSet.of(".", ",", "%")
  static let durationMarks = ByteSet.of(".", ":", "-", "+", ",", "_", "/", "s", "m", "h", "d", "u", "n", "E")
  static let fillers = ByteSet.of("x", "X", "*", ".", "#", "?", "_", "-")
  static let jsonOpeners = ByteSet.of("\"", "{", "[", "\\")
  static let patternHeads = ByteSet.of(".", "[", "(", "\\")
  static let textFollowers = ByteSet.of(",", ")", "]", "}", ";", ":")
  static let declarationHeads = ByteSet.of("l", "v", "c", "d", "f", "p", "i", "s", "g", "o", "m", "a")
  static let setterEnds = ByteSet.of("v", "V", "x", "m", "r", "g")
  static let tagName = ByteSet.key | .of(":", "|")
  static let listEnds = ByteSet.of(" ", ",", "]", "}", "\r", "\n", "\"", "'", "\\")
  static let itemEnds = ByteSet.of("[", "]", ",", " ", "\t", "\r", "\n", "\"", "'")
  static let bracketEnds = ByteSet.of(")", "]", "}", "#")
  static let callEnds = ByteSet.of(")", ",", ";")
  static let operators = ByteSet.of("+", "*", "/", "?", "=", "<", ">", "&", "|", "!", "-")
  static let listFollowers = ByteSet.of(",", ";", ")", "]")
  static let jsonFollowers = ByteSet.of(",", "}", "]", ":")
  static let jsonEnds = ByteSet.of(",", "}", "]", " ", "\t", "\r", "\n")
  static let scalarIndicators = ByteSet.digits | .of("+", "-")

  // What stands around private keys, in commands and in URLs and headers.
  static let armorPrefix = ByteSet.of(" ", "\t", "+", "-", ">", "|", "#", "*", "\"", "'")
  static let armorLabel = ByteSet.digits | .capitals | .small | .of(" ", "+", "%")
  static let armorTrailer = ByteSet.of(" ", "\t", "\r", "\"", "'", ",", ";", "\\")
  static let pairSeparators = ByteSet.of(":", "%")
  static let argumentSeparators = ByteSet.of("\"", ",", "\\", "'")
  static let commandEnds = ByteSet.of("|", ";", "&", "]", "}", ")", "`")
  static let pathHeads = ByteSet.of("/", "?", "#")
  static let authorityEnds = ByteSet.of("/", "?", "#", "\"", "'", "<", ">", "`", "\\")
  static let cookieName =
    ByteSet.digits | .capitals | .small | .of("!", "#", "$", "%", "&", "*", "+", "-", ".", "^", "_", "|", "~")
  static let quoteTrailer = ByteSet.of(" ", "\t", "\r", "\"", "'", "\\")
  static let fileField =
    ByteSet.digits | .capitals | .small | .of("_", ".", "-", "*", "/", "@", "\\", ":", "+")
  static let cookieEnds = ByteSet.of(";", "\"", "'", ",")
}

extension UInt8 {
  @inline(__always) var isLower: Bool { self &- 0x61 < 26 }
  @inline(__always) var isUpper: Bool { self &- 0x41 < 26 }
  @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
  @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  @inline(__always) var isQuote: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") }
  /// ASCII letters in lower case, everything else as it is.
  @inline(__always) var lowered: UInt8 { isUpper ? self | 0x20 : self }
}
