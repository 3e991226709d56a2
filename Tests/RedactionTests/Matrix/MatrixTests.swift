import Testing

@testable import Redaction

/// What was tried and what was found.
struct Tally {
  var tried = 0
  var missed: [String] = []
  var recall: Double { tried == 0 ? 1 : 1 - Double(missed.count) / Double(tried) }
}

@Suite("Every kind in every context")
struct MatrixTests {
  /// Examples of each pattern in each context.
  static let repeats = 6

  @Test("a token is found in any context, by kind", arguments: SecretKind.tokens)
  func tokens(kind: SecretKind) {
    // What holds a blank cannot stand where a word is expected.
    let hasBlank = kind.patterns.contains { $0.text.contains(" ") }
    let contexts = SecretContext.neutral + (hasBlank ? [] : SecretContext.pairs + SecretContext.places)
    expectFound(kind, keys: ["setting"], in: contexts)
  }

  @Test("the value of a secret's key is found in any syntax, by kind", arguments: SecretKind.named)
  func named(kind: SecretKind) {
    expectFound(kind, keys: kind.keys, in: SecretContext.pairs)
  }

  @Test("what no rule knows is found where only secrets stand, by place", arguments: SecretContext.places)
  func places(context: SecretContext) {
    let kind = SecretKind("any", "[a12-40]", "[s20-60]", "[h32]", "[l6]-[l6]-[l6]7")
    expectFound(kind, keys: ["x"], in: [context])
  }

  @Test(
    "at most 2 of 100 near misses are taken for a secret, by kind",
    arguments: SecretKind.tokens + SecretKind.named)
  func nearMisses(kind: SecretKind) {
    var generator = SeededGenerator(state: kind.id.seed)
    let misses = (0..<4).flatMap { _ in kind.nearMisses(using: &generator) }
    let hits = misses.filter { redact($0) != $0 }
    #expect(misses.count >= 12)
    #expect(hits.count * 50 <= misses.count, "\(kind.id): \(Array(Set(hits)).sorted())")
    print("near misses \(kind.id): \(hits.count) of \(misses.count)")
  }

  private func expectFound(_ kind: SecretKind, keys: [String], in contexts: [SecretContext]) {
    var all = Tally()
    for context in contexts {
      let tally = find(kind, keys: keys, in: context)
      all.tried += tally.tried
      all.missed += tally.missed
      #expect(tally.recall >= 0.99, "\(kind.id) in \(context.name): \(tally.missed.first ?? "")")
    }
    print("matrix \(kind.id): \(all.tried - all.missed.count) of \(all.tried)")
  }

  private func find(_ kind: SecretKind, keys: [String], in context: SecretContext) -> Tally {
    var tally = Tally()
    for (index, pattern) in kind.patterns.enumerated() {
      for (number, key) in (0..<Self.repeats).flatMap({ number in keys.map { (number, $0) } }) {
        var generator = SeededGenerator(state: UInt64(index * 1000 + number) &+ kind.id.seed)
        let secret = pattern.example(isValid: number % 2 == 0, using: &generator)
        let (text, standing) = context.render(secret, key: key)
        let output = withoutMarkers(Array(redact(text).utf8))
        tally.tried += 1
        if leaks(of: withoutPublicPart(standing), in: output) {
          tally.missed.append("\(text) → \(String(decoding: output, as: UTF8.self))")
        }
      }
    }
    return tally
  }

  /// A webhook's address is public up to its path.
  private func withoutPublicPart(_ secret: String) -> String {
    for head in [
      "/catch/", "catch%2F", "/services/", "/workflows/", "/webhooks/", "/webhookb2/", "services%2F",
      "flows%2F", "hooks%2F",
      "hookb2%2F",
    ] {
      if secret.hasPrefix("https"), let range = secret.firstRange(of: head) {
        return String(secret[range.upperBound...])
      }
    }
    let isScheme = secret.hasPrefix("SSWS") || secret.hasPrefix("FlyV1")
    return isScheme ? String(secret.dropFirst(secret.contains("%20") ? 8 : 5)) : secret
  }
}

/// The text without `[REDACTED:kind:`, since a rule's name is no part of a secret.
func withoutMarkers(_ text: [UInt8]) -> [UInt8] {
  let head = Array("[REDACTED:".utf8)
  var result: [UInt8] = []
  var index = 0
  while index < text.count {
    if text[index] == head[0], text[index...].starts(with: head) {
      index += head.count
      while index < text.count, text[index] != UInt8(ascii: ":") { index += 1 }
    }
    if index < text.count { result.append(text[index]) }
    index += 1
  }
  return result
}

/// Whether any eight bytes of `secret` in a row are left in `output`.
func leaks(of secret: String, in output: [UInt8]) -> Bool {
  let secret = Array(secret.utf8)
  guard secret.count >= 8, output.count >= 8 else { return false }
  return output.withUnsafeBytes { output in
    secret.withUnsafeBytes { secret in
      (0...secret.count - 8).contains { start in
        let window = secret.loadUnaligned(fromByteOffset: start, as: UInt64.self)
        return (0...output.count - 8).contains {
          output.loadUnaligned(fromByteOffset: $0, as: UInt64.self) == window
        }
      }
    }
  }
}

extension String {
  /// The same for the same text in every run.
  var seed: UInt64 { utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
}
