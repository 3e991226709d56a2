/// A rule of the host's owner, from `redaction.d/*.yaml`.
package struct UserRule: Sendable, Equatable {
  /// The bytes that a token may hold after its prefix.
  package enum Alphabet: String, Sendable, CaseIterable {
    case digits, hex, alphanumeric, base64, base64url, printable
  }

  /// How the secret is found.
  package enum Matcher: Sendable, Equatable {
    /// A literal of at least 4 bytes, then at least `minimumLength` bytes of the alphabet. There is no maximum.
    case prefix(String, alphabet: Alphabet, minimumLength: Int, checksum: Checksum? = nil)
    /// The value of a key of one of these names, in any syntax that `password=` is known in. Case and the
    /// separators `_`, `-` and `.` do not matter.
    case key([String])
    /// These texts exactly, of at least 8 bytes each.
    case known(KnownSecrets)
    /// A regular expression of PCRE2, which runs where the literal of at least 4 bytes stands. Its group `secret`, or
    /// its only group, is the secret; otherwise the whole match is.
    case regex(String, literal: String)
  }

  /// The kind in the token and the id in the counts: lower-case letters, digits and hyphens.
  package let id: String
  /// How the secret is found.
  package let matcher: Matcher
  /// Texts in which the rule must replace something.
  package let examples: [String]
  /// Texts which must stay as they are.
  package let counterexamples: [String]

  /// How much harm a leaked secret of the kind does.
  package var severity = Severity.high
  /// One line for people; nothing stands for "user rule".
  package var summary = ""

  /// A rule as it was decoded; `RuleSet.adding` checks it.
  package init(id: String, matcher: Matcher, examples: [String] = [], counterexamples: [String] = []) {
    self.id = id
    self.matcher = matcher
    self.examples = examples
    self.counterexamples = counterexamples
  }
}

extension UserRule {
  /// One line about how the rule finds its secrets; never a known text.
  var formLine: String {
    switch matcher {
    case .prefix(let literal, let alphabet, let minimum, let checksum):
      "Form: \"\(literal)\", then at least \(minimum) bytes of \(alphabet.rawValue)"
        + (checksum.map { ", with a valid \($0.rawValue) checksum" } ?? "") + "."
    case .key(let names): "The value of a key named \(names.joined(separator: ", ")), in any syntax."
    case .known(let secrets): "One of \(secrets.count) known texts, wherever it stands."
    case .regex(let pattern, let literal): "The expression \(pattern), where \"\(literal)\" stands."
    }
  }
}

/// Why a user's rule was refused. It names the rule and the number of an example, never the example's text.
package struct RuleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The rule as the user named it.
  package let rule: String
  /// What is wrong, and how to remedy it.
  package let problem: String
  /// The whole message.
  package var description: String { "redaction rule \"\(rule)\": \(problem)" }
}
