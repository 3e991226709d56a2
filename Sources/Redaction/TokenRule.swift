/// A token that its own text gives away: a literal, what may stand before it, and what must follow.
///
/// There is no maximum length: vendors lengthen their tokens, and a rule with a maximum leaves the tail.
struct TokenRule: Sendable {
  /// What a token's text must also fulfil, where the literal is short enough to occur by chance.
  enum Check: Sendable, Equatable {
    /// Nothing more.
    case none
    /// Digits and letters must both occur, or the case changes often: so it is in random text and not in words.
    case mixed
    /// Digits, capital and small letters must all occur, behind a literal that is short and common.
    case random
    /// A UUID must follow the literal.
    case uuid
    /// This byte must stand so many bytes behind the literal, or so many.
    case separator(UInt8, at: [Int])
    /// Three parts between dots, of which the first is base64 of a number.
    case botToken
    /// Base64 that decodes to the beginning of a private key.
    case privateKey
    /// The body must end in its checksum.
    case checksum(Checksum)
    /// A JSON Web Token: three or five parts between dots.
    case webToken
  }

  let kind: String
  let summary: String
  let literal: String
  /// Bytes that may stand before the literal as part of the token, and how many of them at least.
  let leading: ByteSet?
  let leadingMinimum: Int
  let alphabet: ByteSet
  let minimum: Int
  /// Whether the literal is public (an address, say) and only what follows is the secret.
  let keepsLiteral: Bool
  let check: Check

  init(
    _ kind: String, _ summary: String, _ literal: String, _ alphabet: ByteSet, _ minimum: Int,
    after leading: ByteSet? = nil, atLeast leadingMinimum: Int = 0, keepsLiteral: Bool = false,
    check: Check = .none
  ) {
    self.kind = kind
    self.summary = summary
    self.literal = literal
    self.leading = leading
    self.leadingMinimum = leadingMinimum
    self.alphabet = alphabet
    self.minimum = minimum
    self.keepsLiteral = keepsLiteral
    self.check = check
  }
}

/// Rules that differ in the literal alone.
func tokens(
  _ kind: String, _ summary: String, _ literals: [String], _ alphabet: ByteSet, _ minimum: Int,
  check: TokenRule.Check = .none
) -> [TokenRule] {
  literals.map { TokenRule(kind, summary, $0, alphabet, minimum, check: check) }
}

extension TokenRule {
  /// The rule without its texts for people.
  var digestLine: String {
    let sets = [leading, alphabet].map { $0.map { "\($0.bits.low) \($0.bits.high)" } ?? "-" }
    // Few rules have a check, and to describe one costs as much as the rest.
    let check = check == .none ? "-" : "\(check)"
    return
      "\(kind) \(literal) \(minimum) \(leadingMinimum) \(keepsLiteral) \(sets.joined(separator: " ")) \(check)"
  }

  /// The literals at which the rule's token may begin.
  func triggers(index: Int) -> [Trigger] {
    let literals =
      check == .botToken ? (100...999).map { Self.base64($0) } : [Array(literal.utf8)]
    return literals.map { Trigger(literal: $0, ignoresCase: false, action: .token(index)) }
  }

  /// The four digits of base 64 of a number's three decimal digits.
  private static func base64(_ number: Int) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let bits = String(number).utf8.reduce(0) { $0 << 8 | Int($1) }
    return [18, 12, 6, 0].map { alphabet[bits >> $0 & 63] }
  }

  /// The same rule for a literal that a URL or a JSON string writes otherwise: `1%2F%2F0`, `hooks.slack.com\/services`.
  var escapedForms: [TokenRule] {
    let percent = literal.utf8.reduce(into: "") { text, byte in
      let isPlain = ByteSet.dotted.contains(byte) || byte == UInt8(ascii: "~")
      text += isPlain ? String(UnicodeScalar(byte)) : "%" + Self.hexDigits(byte)
    }
    var forms = percent == literal ? [] : [percent]
    if literal.utf8.contains(UInt8(ascii: "/")) {
      forms.append(literal.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/"))
    }
    return forms.map { form in
      TokenRule(
        kind, summary, form, alphabet, minimum, after: leading, atLeast: leadingMinimum,
        keepsLiteral: keepsLiteral, check: check)
    }
  }

  private static func hexDigits(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16, uppercase: true)
    return text.utf8.count == 2 ? text : "0" + text
  }
}
