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

  /// The place of the value that the pointer names; `nil` where the document has none. Of duplicate names in
  /// one object the first counts. Only what lies on the way is decoded, however large the document.
  func decoder(in document: any Decoder) throws -> (any Decoder)? {
    var place = document
    for token in tokens {
      // A `Decoder` has no way to ask for a value's type but to try: what throws here is "not that type".
      if let object = try? place.container(keyedBy: JSONName.self) {
        let name = JSONName(stringValue: token)
        guard object.contains(name) else { return nil }
        place = try object.superDecoder(forKey: name)
      } else if var array = try? place.unkeyedContainer(), let index = Self.index(token) {
        guard index < array.count ?? 0 else { return nil }
        for _ in 0..<index { _ = try array.superDecoder() }
        place = try array.superDecoder()
      } else {
        return nil
      }
    }
    return place
  }

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
  private static func index(_ token: String) -> Int? {
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

/// Any name in a JSON object.
struct JSONName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
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
