/// A JSON Pointer (RFC 6901): `/incident/id`, `/alerts/0/labels/a~1b`; the empty text is the whole document.
package struct JSONPointer: Hashable, Sendable {
  private let tokens: [String]

  /// A pointer from its unescaped reference tokens.
  package init(tokens: [String]) {
    self.tokens = tokens
  }

  /// - Throws: `JSONPointerError` for text that RFC 6901 does not allow.
  package init(_ text: String) throws(JSONPointerError) {
    guard !text.isEmpty else {
      tokens = []
      return
    }
    guard text.utf8.first == UInt8(ascii: "/") else { throw .noLeadingSlash(text) }
    var tokens: [String] = []
    for token in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      tokens.append(try Self.unescaped(token, of: text))
    }
    self.tokens = tokens
  }

  /// The place that the pointer names.
  func place(in root: JSONPlace) -> JSONPlace { tokens.reduce(root) { $0[$1] } }

  private static func unescaped(_ token: Substring, of text: String) throws(JSONPointerError) -> String {
    var plain = String.UnicodeScalarView()
    var scalars = token.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "~" else {
        plain.append(scalar)
        continue
      }
      switch scalars.next() {
      case "0": plain.append("~")
      case "1": plain.append("/")
      default: throw .badEscape(text)
      }
    }
    return String(plain)
  }

  /// RFC 6901 array indices have no sign and no leading zeros.
  static func index(_ token: String) -> Int? {
    guard token.utf8.allSatisfy({ (0x30...0x39).contains($0) }), token == "0" || !token.hasPrefix("0") else {
      return nil
    }
    return Int(token)
  }
}

extension JSONPointer: CustomStringConvertible {
  package var description: String {
    tokens.map { token in
      "/"
        + token.unicodeScalars.map { scalar in
          switch scalar {
          case "~": "~0"
          case "/": "~1"
          default: String(scalar)
          }
        }.joined()
    }.joined()
  }
}

/// Why a text is not a JSON Pointer.
package enum JSONPointerError: Error, Hashable, CustomStringConvertible {
  case noLeadingSlash(String)
  case badEscape(String)

  package var description: String {
    switch self {
    case .noLeadingSlash(let text): "\"\(text)\" is not a JSON Pointer; write \"/\(text)\""
    case .badEscape(let text):
      "\"\(text)\" is not a JSON Pointer: \"~\" is written \"~0\", and \"/\" in a name \"~1\""
    }
  }
}
