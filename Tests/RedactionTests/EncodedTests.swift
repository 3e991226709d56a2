import Testing

@testable import Redaction

/// Texts in which a `%` stands for a secret, and `␛` for a terminal's escape.
private let encodings: [String] = [
  "body=\"{\\x22user\\x22:\\x22bob\\x22,\\x22password\\x22:\\x22%\\x22}\"",
  "a \\x22password\\x22: \\x22%\\x22}",
  "{&quot;password&quot;:&quot;%&quot;,&quot;u&quot;:1}", "{&#34;password&#34;: &#34;%&#34;}",
  "\\u0022password\\u0022:\\u0022%\\u0022,", "&lt;password&gt;%&lt;/password&gt;",
  "{\"m\":\"\\u003cpassword\\u003e%\\u003c/password\\u003e\"}", "q=%22password%22:%22¤%22",
  "␛[36mpassword=␛[0m% ␛[36muser=␛[0mbob", "  ␛[34;1m\"password\"␛[0m␛[1;39m: ␛[0m␛[0;32m\"%\"␛[0m,",
  "{\"log\":\"\\u001b[36mpassword=\\u001b[0m% \\u001b[36muser=\\u001b[0mbob\\n\"}", "␛[36mtoken␛[0m=%␛[0m x",
  "password: %␛[0m", "\\x1b[36mpassword=\\x1b[0m%\\x1b[0m x",
]

@Suite("Pairs in encoded and coloured text")
struct EncodedTests {
  @Test("the secret goes, and nothing else", arguments: encodings)
  func found(form: String) {
    let place = form.contains("¤") ? form : form.replacing("%", with: "¤")
    let secret = makeSecret()
    let text = place.replacing("␛", with: "\u{1B}").replacing("¤", with: secret)
    let output = redact(text)
    #expect(!leaks(of: secret, in: output), "\(output)")
    let parts = place.replacing("␛", with: "\u{1B}").split(separator: "¤")
    #expect(parts.count == 2 || place.hasSuffix("¤"))
    #expect(parts.first.map { output.hasPrefix($0) } == true, "\(output)")
    if parts.count == 2 { #expect(output.hasSuffix(parts[1]), "\(output)") }
    #expect(redact(output) == output)
    #expect(redact(Array(text.utf8), piecesOf: [1, 7]) == Array(output.utf8))
  }

  @Test("an escaped quote ends no secret")
  func escapedQuote() {
    let (first, second) = (makeSecret(), makeSecret())
    let output = redact("{\\x22password\\x22:\\x22\(first)\\x5C\\x22\(second)\\x22,\\x22u\\x22:1}")
    #expect(!leaks(of: [first, second], in: output))
    #expect(output.hasSuffix("]\\x22,\\x22u\\x22:1}"))
  }

  @Test("a token behind an escaped quote goes")
  func tokens() {
    let token = "ghp_" + randomText(lettersAndDigits, 34) + "7a"
    for quote in ["\\x22", "&quot;", "\\u0022"] {
      let output = redact("{\(quote)v\(quote):\(quote)\(token)\(quote)}")
      #expect(!leaks(of: token, in: output))
      #expect(output.hasSuffix("]\(quote)}"))
    }
  }

  @Test(
    "what holds no secret stays",
    arguments: [
      "&lt;password&gt;&lt;/password&gt;", "\\x22password\\x22:\\x22\\x22",
      "&quot;password&quot;, &quot;x&quot;",
      "password&gt;12345678", "&quot;password&quot;:null", "\u{1B}[36mpassword=\u{1B}[0m",
      "\\x22password\\x22:\\x22********\\x22", "password&copy;=x",
    ])
  func kept(text: String) {
    #expect(redact(text) == text)
  }
}
