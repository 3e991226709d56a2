/// A token that its own text gives away: a literal, what may stand before it, and what must follow.
///
/// There is no maximum length: vendors lengthen their tokens, and a rule with a maximum leaves the tail.
struct TokenRule: Sendable {
  /// What a token's text must also fulfil, where the literal is short enough to occur by chance.
  enum Check: Sendable {
    /// Nothing more.
    case none
    /// Digits and letters must both occur, as they do in random text and not in words.
    case mixed
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
