import Foundation
import Testing

@testable import Redaction

/// Texts made of the matrix's kinds and contexts between ordinary lines, the same in every run.
private struct Corpus {
  var generator: SeededGenerator

  mutating func text(lines: Int) -> String {
    (0..<lines).map { _ in line() }.joined(separator: "\n") + "\n"
  }

  private mutating func line() -> String {
    if Int.random(in: 0..<3, using: &generator) == 0 {
      return harmlessLines[Int.random(in: 0..<harmlessLines.count, using: &generator)]
    }
    let isNamed = Bool.random(using: &generator)
    let kinds = isNamed ? SecretKind.named : SecretKind.tokens
    let kind = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
    let contexts =
      isNamed ? SecretContext.pairs : SecretContext.pairs + SecretContext.neutral + SecretContext.places
    let context = contexts[Int.random(in: 0..<contexts.count, using: &generator)]
    let pattern = kind.patterns[Int.random(in: 0..<kind.patterns.count, using: &generator)]
    return context.render(
      pattern.example(isValid: true, using: &generator), key: kind.keys.first ?? "setting"
    ).text
  }
}

@Suite("Properties over thousands of texts")
struct PropertyTests {
  @Test("how the input is cut never changes the output", arguments: 0..<8)
  func chunkInvariance(seed: Int) {
    var corpus = Corpus(generator: SeededGenerator(state: UInt64(seed)))
    for _ in 0..<40 {
      let bytes = Array(corpus.text(lines: 12).utf8)
      let whole = redact(bytes, piecesOf: [bytes.count])
      let sizes = (0..<50).map { _ in Int.random(in: 1...200, using: &corpus.generator) }
      #expect(redact(bytes, piecesOf: sizes) == whole)
    }
  }

  @Test("redacting twice changes nothing", arguments: 0..<8)
  func idempotence(seed: Int) {
    var corpus = Corpus(generator: SeededGenerator(state: UInt64(100 + seed)))
    for _ in 0..<150 {
      let once = redact(corpus.text(lines: 4))
      #expect(redact(once) == once)
    }
  }

  @Test("JSON stays JSON of the same shape, to three levels", arguments: 0..<24)
  func json(seed: Int) throws {
    var corpus = Corpus(generator: SeededGenerator(state: UInt64(200 + seed)))
    for level in 0..<300 {
      var value: Any =
        [
          "message": corpus.text(lines: 1), "n": 1, "password": "x1-\(level)",
          "list": [corpus.text(lines: 2), NSNull(), 2.5],
          "nested": ["token": corpus.text(lines: 1), "flag": true],
        ] as [String: Any]
      for _ in 0..<level % 4 {
        let text = String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
        value = ["level": "info", "message": text]
      }
      let text = String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
      let output = redact(text)
      let decoded = try #require(
        try? JSONSerialization.jsonObject(with: Data(output.utf8)), "\(text) → \(output)")
      #expect(shape(of: decoded) == shape(of: value), "\(text) → \(output)")
    }
  }

  /// Keys and kinds of values, but not what texts and numbers are: a number may become a token.
  private func shape(of value: Any) -> String {
    if let object = value as? [String: Any] {
      return "{" + object.keys.sorted().map { "\($0):\(shape(of: object[$0] ?? 0))" }.joined(separator: ",")
        + "}"
    }
    if let list = value as? [Any] { return "[" + list.map { shape(of: $0) }.joined(separator: ",") + "]" }
    return "v"
  }

  static let hasYAML = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

  @Test("YAML stays YAML of the same keys", .enabled(if: hasYAML, "needs python3"))
  func yaml() {
    var generator = SeededGenerator(state: 300)
    for _ in 0..<300 {
      let keys = (0..<6).map { "key\($0)" } + ["password", "api_token", "db_secret"]
      var text = "root:\n"
      for key in keys {
        let value = SecretPattern("[a24]").example(isValid: true, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: text += "  \(key): \(value)\n"
        case 1: text += "  \(key): \"\(value)\"\n"
        case 2: text += "  \(key): '\(value)' # note\n"
        case 3: text += "  \(key): |\n    \(value)\n    \(value)\n"
        default: text += "  \(key): {password: \(value), n: 1}\n"
        }
      }
      let lines = redact(text).split(separator: "\n", omittingEmptySubsequences: false)
      let before = text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == before.count)
      // Indentation, key, indicator and quotes stand where they stood.
      for (line, old) in zip(lines, before) {
        #expect(skeleton(line) == skeleton(old), "\(old) → \(line)")
      }
    }
  }

  private func skeleton(_ line: Substring) -> String {
    var text = ""
    var isInToken = false
    for character in line {
      if character == "[" { isInToken = true }
      if !isInToken, !character.isLetter, !character.isNumber { text.append(character) }
      if character == "]" { isInToken = false }
    }
    return text
  }

  @Test("the same secret is the same token in every context, another secret is another")
  func tokens() {
    var generator = SeededGenerator(state: 400)
    let secret = SecretPattern("[a28]").example(isValid: true, using: &generator)
    var codes: Set<Substring> = []
    for context in SecretContext.pairs where context.encoding.isPlain {
      let output = redact(context.render(secret, key: "db_password").text)
      codes.formUnion(output.matches(of: /\[REDACTED:[a-z-]+:([a-z2-7]{8})\]/).map(\.1))
    }
    #expect(codes.count == 1, "\(codes)")
  }
}

extension SecretContext.Encoding {
  fileprivate var isPlain: Bool {
    if case .none = self { true } else { false }
  }
}
