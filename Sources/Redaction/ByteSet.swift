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

  private static func isRangeEnd(_ byte: UInt8) -> Bool { byte.isLetter || byte.isDigit || byte == 0x21 }

  private mutating func insert(_ byte: UInt8) {
    if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    if byte < 64 { return low >> UInt64(byte) & 1 != 0 }
    return byte < 128 && high >> UInt64(byte - 64) & 1 != 0
  }

  static let digits = ByteSet("0-9")
  static let hex = ByteSet("0-9", "a-f", "A-F")
  static let upperAlphanumeric = ByteSet("0-9", "A-Z")
  static let lowerAlphanumeric = ByteSet("0-9", "a-z")
  static let alphanumeric = ByteSet("0-9", "A-Z", "a-z")
  static let word = ByteSet("0-9", "A-Z", "a-z", "_")
  static let base64 = ByteSet("0-9", "A-Z", "a-z", "+/")
  static let base64url = ByteSet("0-9", "A-Z", "a-z", "_-")
  static let dotted = ByteSet("0-9", "A-Z", "a-z", "_.-")
  static let printable = ByteSet("!-~")
  static let hash = ByteSet("0-9", "A-Z", "a-z", "./$=,+-")
  static let key = ByteSet("0-9", "A-Z", "a-z", "_.-")
  static let blank = ByteSet(" \t")
  static let space = ByteSet(" \t\r\n")

  // What stands around keys and values.
  static let indentation = ByteSet(" \t+-")
  static let linePrefix = ByteSet(" \t+-#>")
  static let diffSigns = ByteSet("+- ")
  static let nameSeparators = ByteSet("_.-")
  static let wordSeparators = ByteSet("-_.:/+, =@#")
  static let wordEnds = ByteSet(" \t\r\n,;:.!()")
  static let escapeLetters = ByteSet("abfnrtv0")
  static let lineEscapes = ByteSet("nrt")
  static let stringPrefix = ByteSet("bBuUrRfF$")
  static let number = ByteSet("0-9", "+-.eE")
  static let numberMarks = ByteSet(".,%")
  static let durationMarks = ByteSet(".:-+,_/smhdunE")
  static let fillers = ByteSet("xX*.#?_-")
  static let jsonOpeners = ByteSet("\"{[\\")
  static let patternHeads = ByteSet(".[(\\")
  static let textFollowers = ByteSet(",)]};:")
  static let declarationHeads = ByteSet("lvcdfpisgoma")
  static let callEnds = ByteSet("),;")
  static let operators = ByteSet("+*/?=<>&|!-")
  static let listFollowers = ByteSet(",;)]")
  static let jsonFollowers = ByteSet(",}]:")
  static let jsonEnds = ByteSet(",}] \t\r\n")
  static let scalarIndicators = ByteSet("0-9", "+-")

  // What stands around private keys, in commands and in URLs and headers.
  static let armorPrefix = ByteSet(" \t+->|#*\"'")
  static let armorTrailer = ByteSet(" \t\r\"',;\\")
  static let pairSeparators = ByteSet(":%")
  static let argumentSeparators = ByteSet("\",\\'")
  static let commandEnds = ByteSet("|;&]})`")
  static let authorityEnds = ByteSet("/?#\"'<>`\\")
  static let cookieName = ByteSet("0-9", "A-Z", "a-z", "!#$%&*+-.^_|~")
  static let quoteTrailer = ByteSet(" \t\r\"'\\")
  static let fileField = ByteSet("0-9", "A-Z", "a-z", "_.-*/@\\:+")
  static let cookieEnds = ByteSet(";\"',")
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
