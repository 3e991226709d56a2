import Testing

@testable import Redaction

@Suite("Private keys")
struct PrivateKeyTests {
  static let labels = [
    "RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
  ]

  /// What may stand before each line: nothing, indentation, a log's prefix, a diff's sign, a comment.
  static let prefixes = ["", "    ", "2026-11-23T00:00:01Z app[12]: ", "+", "-", " ", "+    ", "# ", "> "]

  @Test("no line of a key is left, the number of lines and their prefixes stay", arguments: labels, prefixes)
  func lineByLine(label: String, prefix: String) {
    let key = makePrivateKey(label: label)
    let text = (["before"] + key + ["after"]).map { prefix + $0 }.joined(separator: "\n") + "\n"
    let output = redact(text)
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == text.split(separator: "\n", omittingEmptySubsequences: false).count)
    #expect(lines.dropLast().allSatisfy { $0.hasPrefix(prefix) })
    #expect(!leaks(of: key.dropFirst().dropLast(), in: output))
    #expect(lines[0] == prefix + "before" && lines[key.count + 1] == prefix + "after")
    #expect(redact(output) == output)
  }

  @Test("a key on one line, with escapes for its line breaks, is one token")
  func escaped() {
    let key = makePrivateKey()
    for separator in ["\\n", "\\r\\n", "\\\\n", " ", ""] {
      let text = "{\"private_key\": \"\(key.joined(separator: separator))\(separator)\", \"id\": 7}"
      let output = redact(text)
      #expect(!leaks(of: key.dropFirst().dropLast(), in: output), "\(output)")
      #expect(output.hasPrefix("{\"private_key\": \"") && output.hasSuffix("\", \"id\": 7}"), "\(output)")
      #expect(redact(output) == output)
    }
  }

  @Test("a key as a list of quoted lines, on one line or on many, is found")
  func quotedLines() {
    let key = makePrivateKey()
    let texts = [
      "[" + key.map { "\"\($0)\"" }.joined(separator: ", ") + "]",
      key.map { "  \"\($0)\\n\" +" }.joined(separator: "\n"),
      key.map { "'\($0)'," }.joined(separator: "\n"),
    ]
    for text in texts {
      let output = redact(text)
      #expect(!leaks(of: key.dropFirst().dropLast(), in: output), "\(output)")
    }
  }

  @Test("a key without its end is redacted, and other lines of the log between stay")
  func truncated() {
    let key = makePrivateKey(lines: 900).dropLast()
    var lines = key.map { "app: " + $0 }
    lines.insert("GET /health 200 in 3 ms", at: 4)
    let output = redact(lines.joined(separator: "\n"))
    #expect(output.contains("\nGET /health 200 in 3 ms\n"))
    #expect(!leaks(of: key.dropFirst(), in: output))
    let cut = redact("{\"private_key\":\"" + makePrivateKey().dropLast().joined(separator: "\\n"))
    #expect(
      cut.contains(/^\{"private_key":"-----BEGIN RSA PRIVATE KEY-----\[REDACTED:private-key:[a-z2-7]{8}\]$/))
  }

  @Test("a key that is logged record by record is found, and counts once")
  func records() {
    let key = makePrivateKey()
    var records = testRedactor.makeRecordRedactor()
    var state = BlockState()
    var output: [UInt8] = []
    for line in key {
      var line = "worker: " + line
      line.withUTF8 { records.redact(UnsafeRawBufferPointer($0), state: &state, appendingTo: &output) }
      output.append(0x0A)
    }
    let text = String(decoding: output, as: UTF8.self)
    #expect(!leaks(of: key.dropFirst().dropLast(), in: text))
    #expect(records.counts.byRule == ["private-key": 1])
    #expect(state == BlockState())
  }

  @Test("the end is not taken for a key's, and certificates and public keys stay")
  func publicParts() {
    for label in ["CERTIFICATE", "PUBLIC KEY", "PGP SIGNATURE", "CERTIFICATE REQUEST"] {
      let text = makePrivateKey(label: label).joined(separator: "\n")
      #expect(redact(text) == text)
    }
    let prose = "error: expected -----BEGIN PRIVATE KEY----- but got <nil>\nnext line of the log"
    #expect(redact(prose) == prose)
  }

  @Test("PuTTY's format and YAML blocks are found")
  func otherFormats() {
    let body = (0..<3).map { _ in randomText(base64Alphabet, 64) }
    let putty = (["Private-Lines: 3"] + body + ["Private-MAC: \(randomText(hexDigits, 40))"]).joined(
      separator: "\n")
    let yaml = "tls:\n  private_key: |\n" + makePrivateKey().map { "    \($0)\n" }.joined() + "  name: x\n"
    #expect(!leaks(of: body, in: redact(putty)))
    let output = redact(yaml)
    #expect(output.hasPrefix("tls:\n  private_key: |\n    [REDACTED:") && output.hasSuffix("]\n  name: x\n"))
    #expect(redact(output) == output)
  }
}
