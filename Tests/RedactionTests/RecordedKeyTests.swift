import Testing

@testable import Redaction

@Suite("Private keys in records and addresses")
struct RecordedKeyTests {
  private func records(_ key: [String], _ form: (String) -> String) -> String {
    key.map(form).joined(separator: "\n") + "\n"
  }

  @Test("a key that was logged line by line as JSON goes, other records stay", arguments: 0..<4)
  func lines(number: Int) throws {
    let key = makePrivateKey()
    let forms: [(String) -> String] = [
      { "{\"log\":\"\($0)\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-23T00:00:00.123456789Z\"}" },
      {
        "{\"level\":\"info\",\"ts\":1795392000.123,\"msg\":\"\($0)\",\"trace\":\"0af7651916cd43dd8448eb211c80319c\"}"
      },
      { "{\"name\":\"app\",\"hostname\":\"h\",\"pid\":1,\"level\":30,\"msg\":\"\($0)\",\"v\":0}" },
      { "{\"log\":\"\($0)\\r\\n\"}" },
    ]
    let text = records(key, forms[number]) + forms[number]("done") + "\n"
    let output = redact(text)
    #expect(!leaks(of: key.dropFirst().dropLast(), in: output), "\(output)")
    let (old, new) = (text.split(separator: "\n"), output.split(separator: "\n"))
    #expect(old.first == new.first && old.last == new.last && old.count == new.count)
    #expect(!output.contains("trace") || output.contains("0af7651916cd43dd8448eb211c80319c"))
    #expect(redact(output) == output)
    #expect(redact(Array(text.utf8), piecesOf: [1, 7]) == Array(output.utf8))
    var stream = testRedactor.makeRecordRedactor()
    #expect(stream.count(in: text)["private-key"] == 1)
  }

  @Test("records after a BEGIN without a key stay")
  func noKey() {
    let line = "{\"log\":\"-----BEGIN PRIVATE KEY-----\\n\",\"stream\":\"stdout\"}\n"
    let rest = (0..<40).map { _ in "{\"log\":\"\(randomText(hexDigits, 64))\\n\",\"stream\":\"info\"}\n" }
    let text = line + rest.joined()
    #expect(redact(text) == text)
  }

  @Test("a percent-encoded key goes")
  func encoded() {
    for blank in ["+", "%20"] {
      let key = makePrivateKey()
      let text =
        "key=" + key.joined(separator: "%0A").replacing(" ", with: blank).replacing("/", with: "%2F") + "&x=1"
      let output = redact(text)
      #expect(!leaks(of: key.dropFirst().dropLast().map { $0.replacing("/", with: "%2F") }, in: output))
      #expect(output.hasSuffix("-----&x=1"), "\(output)")
      #expect(redact(output) == output)
    }
  }
}
