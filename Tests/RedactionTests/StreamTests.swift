import Testing

@testable import Redaction

@Suite("Streams")
struct StreamTests {
  static let mixed: [UInt8] = {
    let lines =
      contextTemplates.map { $0.text.replacing("%", with: makeSecret()) } + makePrivateKey() + harmlessLines
    return Array(lines.joined(separator: "\n").utf8)
  }()

  @Test("one cut at every place changes nothing")
  func everyCut() {
    let expected = redact(Self.mixed, piecesOf: [Self.mixed.count])
    for cut in stride(from: 1, to: Self.mixed.count, by: 41) {
      #expect(redact(Self.mixed, piecesOf: [cut, Self.mixed.count]) == expected, "cut at \(cut)")
    }
    let small = Array(
      "a password=Zebra-9x\n-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n".utf8)
    for cut in 1..<small.count {
      #expect(redact(small, piecesOf: [cut, small.count]) == redact(small, piecesOf: [small.count]))
    }
  }

  @Test("pieces of any size change nothing", arguments: [1, 7, 4096])
  func everySize(size: Int) {
    #expect(redact(Self.mixed, piecesOf: [size]) == redact(Self.mixed, piecesOf: [Self.mixed.count]))
  }

  @Test("a whole record and a stream of it give the same")
  func sameAsRecord() {
    let record = Self.mixed.withUnsafeBytes { testRedactor.redact($0) }
    #expect(record.withUnsafeBytes { Array($0) } == redact(Self.mixed, piecesOf: [1000]))
  }

  @Test("a secret anywhere in a line longer than the window is found, however the line is cut")
  func overlongLine() {
    let secret = makeSecret()
    let edges = [RedactionStream.window, RedactionStream.window - RedactionStream.lookahead]
    for edge in edges {
      for offset in [-40, -21, -9, -4, 0] {
        let filler = String(repeating: "word ", count: edge / 5 + 2)
        let text =
          filler.prefix(edge + offset) + " password=\(secret) " + filler + filler
          + "\nnext password=\(secret)\n"
        let bytes = Array(text.utf8)
        let whole = redact(bytes, piecesOf: [bytes.count])
        let output = String(decoding: whole, as: UTF8.self)
        #expect(!leaks(of: secret, in: output))
        #expect(output.split(separator: "[REDACTED:").count == 3)
        #expect(redact(bytes, piecesOf: [1_000, 77_777, 65_536]) == whole)
      }
    }
  }

  @Test("a secret longer than the window takes its line with it, and no more")
  func overlongSecret() {
    let secret = randomText(lettersAndDigits, RedactionStream.window * 3)
    let bytes = Array("a\nx password=\(secret) tail\nnext line\n".utf8)
    let output = redact(bytes, piecesOf: [10_000])
    #expect(
      String(decoding: output, as: UTF8.self).contains(
        /^a\nx password=\[REDACTED:password:[a-z2-7]{8}\]\nnext line\n$/))
    #expect(redact(bytes, piecesOf: [bytes.count]) == output)
  }

  @Test("chunks have at least 64 KiB, except the last, and the stream holds no more than its window")
  func chunks() {
    var stream = testRedactor.makeStream()
    var sizes: [Int] = []
    let line = Array("an ordinary line of some length that holds nothing of interest\n".utf8)
    for _ in 0..<10_000 { line.withUnsafeBytes { bytes in stream.write(bytes) { sizes.append($0.count) } } }
    stream.finish { sizes.append($0.count) }
    #expect(sizes.dropLast().allSatisfy { $0 >= 65_536 && $0 < 65_536 + RedactionStream.window })
    #expect(sizes.reduce(0, +) == line.count * 10_000)
  }

  @Test("what the sink throws comes out of the stream")
  func failingSink() {
    struct Full: Error {}
    var stream = testRedactor.makeStream()
    #expect(throws: Full.self) {
      try [UInt8](repeating: 0x0A, count: 100_000).withUnsafeBytes { bytes in
        try stream.write(bytes) { (_) throws(Full) in throw Full() }
      }
    }
  }

  @Test("empty input gives nothing")
  func empty() {
    #expect(redact([], piecesOf: [1]) == [])
    #expect(redact("") == "")
    #expect(redact("\n\n") == "\n\n")
  }
}
