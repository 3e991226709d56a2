import Foundation
import Testing

@testable import Redaction

@Suite("The second pass")
struct SweepTests {
  private func sweep(_ text: String, _ found: FoundSecrets, piecesOf size: Int = 1000) -> String {
    var sweep = found.makeSweep()
    var output: [UInt8] = []
    func take(_ chunk: Redacted) { chunk.withUnsafeBytes { output += $0 } }
    Array(text.utf8).withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: size) {
        sweep.write(UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + size)]), take)
      }
    }
    sweep.finish(take)
    return String(decoding: output, as: UTF8.self)
  }

  @Test("a secret that one place gives away is found in every form elsewhere, under the same token")
  func forms() throws {
    for _ in 0..<40 {
      let secret = makeSecret() + "/\"&é+" + randomText(lettersAndDigits, 6)
      let found = FoundSecrets()
      let redactor = testRedactor.collecting(into: found)
      let first = redactor.redact("password: '\(secret)'\n").text
      let token = try #require(first.firstMatch(of: /\[REDACTED:password:[a-z2-7]{8}\]/)).0
      var texts = ["bare \(secret) here", "q=\(secret.percentEncoded)&x", "{\"m\":\(secret.jsonQuoted)}"]
      for alignment in 0..<3 {
        let text = String(repeating: "x", count: alignment) + secret + "tail of it"
        texts.append("b64 " + Data(text.utf8).base64EncodedString())
      }
      for text in texts {
        let swept = sweep(text, found)
        #expect(swept.contains(token), "\(text) → \(swept)")
        #expect(!leaks(of: secret, in: swept))
      }
      #expect(sweep(first, found) == first)
    }
  }

  @Test(
    "a look finds what a sweep takes out, however many secrets there are", arguments: [1, 30, 3000, 20_000])
  func look(count: Int) {
    var known = KnownSecrets()
    let secrets = (0..<count).map { _ in makeSecret(Int.random(in: 8...30)) }
    for secret in secrets { _ = known.insert(literal: secret.utf8) }
    var search = SecretSearch(known: known)
    for _ in 0..<1000 {
      let filler = randomText(lettersAndDigits, Int.random(in: 0...40))
      for text in [filler, filler + secrets[Int.random(in: 0..<count)] + filler] {
        Array(text.utf8).withUnsafeBytes {
          #expect(search.finds(in: $0, before: $0.count, endingAfter: 0) == (text != filler))
        }
      }
    }
  }

  @Test("how the bytes are cut changes nothing", arguments: [1, 7, 4096, 100_000])
  func cuts(size: Int) {
    let found = FoundSecrets()
    let redactor = testRedactor.collecting(into: found)
    let secrets = (0..<20).map { _ in makeSecret(Int.random(in: 12...60)) }
    for secret in secrets { _ = redactor.redact("password=\(secret)") }
    let text = (0..<3_000).map { "line \($0) of text\($0 % 50 == 0 ? secrets[$0 / 50 % 20] : "")\n" }.joined()
    let swept = sweep(text, found, piecesOf: size)
    #expect(swept == sweep(text, found, piecesOf: text.utf8.count))
    #expect(!leaks(of: secrets, in: swept))
  }

  @Test(
    "a few hexadecimal digits are taken out where they are a word, and left where they are part of a hash")
  func digits() throws {
    let found = FoundSecrets()
    let first = testRedactor.collecting(into: found).redact("password=9c40a2c4 ").text
    let token = try #require(first.firstMatch(of: /\[REDACTED:password:[a-z2-7]{8}\]/)).0
    #expect(sweep("id=9c40a2c4, (9c40a2c4)", found) == "id=\(token), (\(token))")
    for text in ["1f8e539c40a2c45", "9c40a2c45", "x9c40a2c4"] { #expect(sweep(text, found) == text) }
    // Within a longer text in base64 no digit is a neighbour.
    let encoded = Data("bob:9c40a2c4".utf8).base64EncodedString()
    #expect(sweep("Basic \(encoded)", found) != "Basic \(encoded)")
  }

  @Test("a secret in a field that is no text is taken out of the list of its bytes, which stays one")
  func numbers() throws {
    let found = FoundSecrets()
    let secret = makeSecret() + "\\\u{1B}ü"
    let first = testRedactor.collecting(into: found).redact("password: '\(secret)'\n").text
    let token = try #require(first.firstMatch(of: /\[REDACTED:password:[a-z2-7]{8}\]/)).0
    for around in ["\u{1B}[1mkey ", "", "1"] {
      let message = around + secret + around
      let line = "{\"MESSAGE\":[\(message.utf8.map { "\($0)" }.joined(separator: ","))]}\n"
      let object = try JSONDecoder().decode([String: [UInt8]].self, from: Data(sweep(line, found).utf8))
      #expect(object == ["MESSAGE": Array((around + token + around).utf8)])
    }
  }

  @Test("words and numbers that are everywhere are not swept for")
  func common() {
    let found = FoundSecrets()
    let redactor = testRedactor.collecting(into: found)
    for value in [
      "changeme", "12345678", "postgres", "aaaaaaaaaaaa", "PostgreSQL",
      "2026-11-24T12:00:00".filter { $0 != "T" },
      "_SYSTEMD_INVOCATION_ID", "previous_seen_at",
    ] {
      _ = redactor.redact("db_password: \"\(value)\"")
    }
    #expect(found.count == 0)
  }
}

@Suite("The memory of found secrets")
struct FoundSecretsTests {
  private func note(_ secrets: [String], in found: FoundSecrets) {
    let redactor = testRedactor.collecting(into: found)
    for secret in secrets { _ = redactor.redact("{\"password\": \(secret.jsonQuoted)}") }
  }

  @Test("a redactor takes out what was found before its pass began, in records and in streams")
  func early() {
    let found = FoundSecrets()
    let secret = "q7/" + makeSecret()
    note([secret], in: found)
    let redactor = testRedactor.collecting(into: found)
    let encoded = Data("xy\(secret)".utf8).base64EncodedString()
    for text in ["bare \(secret)\n", "q=\(secret.percentEncoded)\n", "b64 \(encoded)\n"] {
      var stream = redactor.makeStream()
      var output: [UInt8] = []
      func take(_ chunk: Redacted) { chunk.withUnsafeBytes { output += $0 } }
      Array(text.utf8).withUnsafeBytes { stream.write($0, take) }
      stream.finish(take)
      #expect(String(decoding: output, as: UTF8.self).contains("[REDACTED:password:"), "\(text)")
      #expect(redactor.redact(text).text == String(decoding: output, as: UTF8.self))
      #expect(stream.counts.byRule == ["password": 1])
    }
    #expect(redactor.withoutMemory().redact("bare \(secret)").text == "bare \(secret)")
  }

  @Test("a secret that was found in an encoding is known as what it stands for")
  func decoded() {
    let secret = makeSecret() + "\"/ü" + makeSecret()
    for text in [
      "{\"password\": \(secret.jsonQuoted)}", "https://x.example/?password=\(secret.percentEncoded)&a=b",
      "kind: Secret\ndata:\n  key: \(Data((makeSecret() + "=" ).utf8).base64EncodedString())\n",
    ] {
      let found = FoundSecrets()
      _ = testRedactor.collecting(into: found).redact(text)
      #expect(found.count > 0)
      guard !text.hasPrefix("kind") else { continue }
      #expect(
        !leaks(of: secret, in: testRedactor.collecting(into: found).redact("it is \(secret)").text), "\(text)"
      )
    }
  }

  @Test(
    "a secret that was found in encodings within one another is known as what it stands for", arguments: 1..<4
  )
  func nested(depth: Int) {
    let secret = "ab\"" + makeSecret() + "\\x"
    var text = "{\"password\":\(secret.jsonQuoted)}"
    for _ in 1..<depth { text = "{\"log\":\(text.jsonQuoted)}" }
    let found = FoundSecrets()
    _ = testRedactor.collecting(into: found).redact(text)
    let redacted = testRedactor.collecting(into: found).redact("it is \(secret)").text
    #expect(!leaks(of: secret, in: redacted), "\(text)")
  }

  @Test("ids that evidence holds together by stay, with all that is part of them")
  func identifiers() {
    let found = FoundSecrets(keeping: ["INC-4711-checkout9"])
    note(["INC-4711-checkout9", "checkout9-x1"], in: found)
    let text = "INC-4711-checkout9 and checkout9-x1"
    let redacted = testRedactor.collecting(into: found).redact(text).text
    #expect(redacted.hasPrefix("INC-4711-checkout9 and [REDACTED:password:"))
    note(["4711-checkout9"], in: found)
    #expect(testRedactor.collecting(into: found).redact(text).text == redacted)
  }

  @Test("one capture holds so many and says that there were more; a process forgets the oldest")
  func limits() {
    let secrets = (0..<200).map { _ in makeSecret() }
    let capture = FoundSecrets(limit: 100)
    note(secrets, in: capture)
    #expect(capture.isFull && capture.count == 100)
    let lasting = makeSecret()
    let process = FoundSecrets(known: [Array(lasting.utf8)], key: testRedactor.key, after: nil, limit: 400)
    note(secrets, in: process)
    #expect(!process.isFull && process.count <= 420)
    let redactor = testRedactor.collecting(into: process)
    #expect(redactor.redact(lasting).text.hasPrefix("[REDACTED:known-secret:"))
    #expect(redactor.redact(secrets[199]).text.hasPrefix("[REDACTED:"))
    #expect(redactor.redact(secrets[0]).text == secrets[0])
    let next = FoundSecrets(known: [], key: testRedactor.key, after: process)
    #expect(testRedactor.collecting(into: next).redact(secrets[199]).text.hasPrefix("[REDACTED:"))
  }

  @Test("known texts are taken out whatever they look like, in every form, under one token")
  func known() throws {
    let text = "correct horse"
    let found = FoundSecrets(known: [Array(text.utf8)], key: testRedactor.key, after: nil)
    let redactor = testRedactor.collecting(into: found)
    let token = redactor.redact(text).text
    #expect(token.contains(/^\[REDACTED:known-secret:[a-z2-7]{8}\]$/))
    #expect(redactor.redact("a=\(text.percentEncoded)").text == "a=\(token)")
    #expect(redactor.redact(Data(text.utf8).base64EncodedString()).text.hasPrefix(token))
  }

  @Test("a text is found at each place, up to the last bytes")
  func places() {
    let found = FoundSecrets()
    let secret = makeSecret(12)
    note([secret], in: found)
    let redactor = testRedactor.collecting(into: found)
    for before in 0..<40 {
      for after in 0..<12 {
        let text = String(repeating: ".", count: before) + secret + String(repeating: ".", count: after)
        let redacted = redactor.redact(text).text
        #expect(redacted.hasPrefix(String(repeating: ".", count: before) + "[REDACTED:password:"))
        #expect(redacted.hasSuffix("]" + String(repeating: ".", count: after)))
      }
    }
  }

  @Test("texts made to look like a secret at both ends cost no more than others")
  func hostile() {
    let found = FoundSecrets()
    let secret = String(repeating: "ab1", count: 500) + "XYZ" + String(repeating: "ab1", count: 500)
    note([secret], in: found)
    #expect(found.count > 0)
    let text = String(repeating: "ab1", count: 200_000)
    var search = found.makeSearch()
    let isFound = Array(text.utf8).withUnsafeBytes { search.finds(in: $0, before: $0.count, endingAfter: 0) }
    // What it could not decide about within its bounds it takes for a secret.
    #expect(isFound)
  }
}

@Suite("Identities")
struct IdentityTests {
  private func redactor(_ change: (inout IdentityPolicy) -> Void) -> Redactor {
    var policy = IdentityPolicy()
    change(&policy)
    return testRedactor.applying(policy)
  }

  @Test("stay by default")
  func kept() {
    let text = "bob@example.net from 10.1.2.3 (52:54:00:12:34:56) paid with 4539578763621486"
    #expect(redact(text) == text)
  }

  @Test("neighbours in a subnet stay neighbours, loopback stays itself")
  func subnets() throws {
    let redactor = redactor { $0.addresses = .pseudonym }
    let output = redactor.redact(
      "10.1.2.3 10.1.2.77:443 10.1.9.3 127.0.0.1 0.0.0.0 2001:db8:1:2::3 2001:db8:1:2::4 ::1\n"
    ).text
    let codes = output.matches(of: /\[REDACTED:ip-address:([a-z2-7]{14})\]/).map(\.1)
    try #require(codes.count == 5)
    #expect(codes[0].prefix(8) == codes[1].prefix(8) && codes[0] != codes[1])
    #expect(codes[0].prefix(8) != codes[2].prefix(8))
    #expect(codes[3].prefix(8) == codes[4].prefix(8) && codes[3] != codes[4])
    #expect(output.contains("]:443 ") && output.hasSuffix(" ::1\n") && output.contains(" 127.0.0.1 0.0.0.0 "))
    #expect(redactor.redact(output).text == output)
  }

  @Test("what looks like an address and is none stays")
  func notAddresses() {
    let redactor = redactor {
      $0.addresses = .pseudonym
      $0.hardwareAddresses = .pseudonym
      $0.emails = .pseudonym
      $0.cards = .drop
      $0.bankAccounts = .drop
    }
    for text in [
      "at 12:34:56 and 12:34", "v1.2.3.4-rc1", "1.2.3", "std::vector", "user@host", "order 4539578763621487",
      "256.1.1.1", "a::b::c", "DE00123", "2026-11-24T00:00:00.123456Z", "sha256:abcdef",
    ] {
      #expect(redactor.redact(text).text == text)
    }
  }

  @Test("each kind is treated as the policy says, and counted")
  func kinds() {
    let redactor = redactor {
      $0.emails = .pseudonym
      $0.hardwareAddresses = .drop
      $0.persons = .pseudonym
      $0.people = ["alice", "Bob Smith"]
      $0.hostNames = .pseudonym
      $0.hosts = ["web-1"]
      $0.cards = .drop
      $0.bankAccounts = .drop
    }
    let output = redactor.redact(
      "Alice <Alice@Example.net> alice@example.net on web-1.example.net 52:54:00:12:34:56 card 4539 5787 6362 1486, GB82 WEST 1234 5698 7654 32."
    )
    #expect(
      output.text.contains(
        /^\[REDACTED:person:[a-z2-7]{8}\] <\[REDACTED:email:([a-z2-7]{8})\]> \[REDACTED:email:\1\] on \[REDACTED:host-name:[a-z2-7]{8}\]\.example\.net \[REDACTED:mac-address:xxxxxxxx\] card \[REDACTED:payment-card:xxxxxxxx\], \[REDACTED:iban:xxxxxxxx\]\.$/
      ),
      "\(output.text)")
    var records = redactor.makeRecordRedactor()
    #expect(records.count(in: "alice and 4539578763621486") == ["person": 1, "payment-card": 1])
  }
}
