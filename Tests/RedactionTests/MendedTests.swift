import Testing

@testable import Redaction

@Suite("Secrets that lines before and around give away")
struct SurroundingsTests {
  @Test("the middle of a private key in a diff goes, a hunk of other text stays", arguments: ["+", "-", " "])
  func middleOfKey(sign: String) {
    let key = makePrivateKey(lines: 6).dropFirst().dropLast()
    let hunk = ["@@ -10,6 +10,6 @@"] + key.map { sign + $0 } + [" -----END RSA PRIVATE KEY-----", " tail: 1"]
    let output = redact(hunk.joined(separator: "\n") + "\n")
    #expect(!leaks(of: key, in: output), "\(output)")
    #expect(output.hasSuffix("\n -----END RSA PRIVATE KEY-----\n tail: 1\n"))
    #expect(
      output.split(separator: "\n").dropFirst().prefix(key.count).allSatisfy { $0.hasPrefix(sign + "[") })
    #expect(redact(output) == output)
    let other = [
      "@@ -1,2 +1,2 @@", "+\(randomText(hexDigits, 64))",
      " path/to/a/file/of/some/length/in/a/tree/that/is/long/enough/1",
    ]
    #expect(redact(other.joined(separator: "\n")) == other.joined(separator: "\n"))
  }

  @Test("a value in quotes over several lines goes to its closing quote")
  func manyLines() {
    let (first, second) = (makeSecret(), makeSecret())
    for text in [
      "password: \"\(first)\n  \(second)\"\nuser: bob\n", "DB_PASSWORD='\(first)\n\(second)'\nUSER=bob\n",
    ] {
      let output = redact(text)
      #expect(!leaks(of: [first, second], in: output), "\(output)")
      #expect(output.contains("bob\n"))
      #expect(redact(output) == output)
    }
    // A quote without its end is not waited for where another pair follows.
    let broken = "password=\"\(first)\nuser=bob\nhost=web\n"
    #expect(redact(broken).hasSuffix("\nuser=bob\nhost=web\n"))
  }

  @Test(
    "a sentence that begins like a declaration is none",
    arguments: [
      "case 7, password=", "private note: password=", "public host, password: ", "class A, api_key=",
      "let me in with password=", "let me in with password = ", "func call failed password=",
      "static password=",
      "final: the password is password=", "package cart (db) password=", "case closed (by bob, password=",
      "private key passphrase=",
    ])
  func sentences(before: String) {
    let secret = makeSecret()
    #expect(!leaks(of: secret, in: redact(before + secret)), "\(redact(before + secret))")
  }

  @Test(
    "what a declaration assigns without quotes stays",
    arguments: [
      "const char *password = argv[1]", "private static final String password = readLine",
      "  let password: String", "func check(user: String, password: SecretText)",
      "def f(self, password=None):",
      "public Login(string user, string password = fallback)", "fn new(name: &str, password: &str) -> Self {",
      "func f() { let password = given }",
    ])
  func declarations(line: String) {
    #expect(redact(line) == line)
  }

  @Test("a Secret's data under any key goes, a ConfigMap's text stays")
  func kubernetes() {
    let text = """
      apiVersion: v1
      data:
        blob: \(base64Text("hello there, secret"))
        other: \(base64Text(makeSecret()))
      kind: Secret
      metadata:
        name: x
      """
    let output = redact(text)
    #expect(output.matches(of: /\[REDACTED:kubernetes-secret:/).count == 2, "\(output)")
    #expect(output.hasSuffix("kind: Secret\nmetadata:\n  name: x"))
    let map =
      "data:\n  mode: production\n  level: info\n  size: 12345678\n  file: config/app.yaml\nkind: ConfigMap\n"
    #expect(redact(map) == map)
    let json =
      "{\"data\":{\"a\":\"\(base64Text(makeSecret()))\",\"b\":\"plain words here\"},\"kind\":\"Secret\"}"
    #expect(
      redact(json).contains(
        /^\{"data":\{"a":"\[REDACTED:[^"]*\]","b":"plain words here"\},"kind":"Secret"\}$/))
  }

  @Test("a bare AWS secret near its id goes, a commit near it stays")
  func accessKeys() {
    let id = "AKIA" + randomText("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
    let secret = "aB3" + randomText(base64Alphabet.replacing("/", with: ""), 37)
    for text in [
      "\(id),\(secret)\n", "\(id):\(secret)", "\(secret) \(id)", "id \(id)\nkey \(secret)\n",
      "[\"\(id)\",\n\"\(secret)\"]",
    ] {
      #expect(!leaks(of: secret, in: redact(text)), "\(text)")
    }
    let commit = randomText(hexDigits, 40)
    #expect(redact("\(id) at \(commit)").hasSuffix(" at \(commit)"))
    #expect(redact("x \(secret) without an id") == "x \(secret) without an id")
  }

  @Test("base64 of a private key that is cut into lines goes to its end")
  func wrappedBase64() {
    let text = base64Text(makePrivateKey(lines: 8).joined(separator: "\n"))
    let lines = stride(from: 0, to: text.utf8.count, by: 76).map { start in
      "    " + String(decoding: Array(text.utf8)[start..<min(text.utf8.count, start + 76)], as: UTF8.self)
    }
    let output = redact("key: |\n" + lines.joined(separator: "\n") + "\nnext: 1\n")
    #expect(!leaks(of: lines.map { $0.dropFirst(4) }.map(String.init), in: output), "\(output)")
    #expect(output.hasSuffix("\nnext: 1\n"))
  }

  private func base64Text(_ text: String) -> String {
    SecretContext("", "¤", .base64).render(text, key: "").text
  }
}
