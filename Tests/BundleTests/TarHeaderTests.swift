import Testing

@testable import Bundle

@Suite struct TarHeaderTests {
  private static func randomName(_ generator: inout some RandomNumberGenerator) -> String {
    let alphabet: [Character] = ["a", "Z", "0", ".", "_", "=", " ", "é", "日", "~", "-"]
    let parts = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
      String(
        (0..<Int.random(in: 1...60, using: &generator)).map { _ in
          alphabet.randomElement(using: &generator) ?? "a"
        })
    }
    return "top/" + parts.map { "x" + $0 }.joined(separator: "/")
  }

  private func decode(_ blocks: [UInt8]) throws -> TarHeader {
    var block = try TarBlock(Array(blocks.prefix(512)))
    var records = PaxRecords()
    if block.type == "x" {
      records = try PaxRecords(Array(blocks[512..<(512 + block.size)]))
      block = try TarBlock(Array(blocks.suffix(512)))
    }
    return TarHeader(
      name: records.path ?? block.name, size: records.size ?? block.size, modified: block.modified)
  }

  @Test("decoding an encoded header gives the header, for any name and size")
  func roundTrip() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let bits = Int.random(in: 0...50, using: &generator)
      let header = TarHeader(
        name: Self.randomName(&generator), size: Int.random(in: 0...(1 << bits), using: &generator),
        modified: Int.random(in: 0...TarHeader.largestOctal, using: &generator))
      let blocks = header.encoded()
      #expect(blocks.count % 512 == 0)
      #expect(try decode(blocks) == header)
    }
  }

  @Test(
    "a pax header is written only where ustar has no room",
    arguments: [
      (String(repeating: "a", count: 100), 0, 1),
      (String(repeating: "a", count: 101), 0, 3),
      (String(repeating: "p", count: 155) + "/" + String(repeating: "a", count: 100), 0, 1),
      (String(repeating: "p", count: 156) + "/" + String(repeating: "a", count: 100), 0, 3),
      ("é", 0, 3),
      ("a", 8_589_934_591, 1),
      ("a", 8_589_934_592, 3),
    ])
  func paxOnlyWhereNeeded(name: String, size: Int, blocks: Int) throws {
    let header = TarHeader(name: name, size: size, modified: 0)
    #expect(header.encoded().count == blocks * 512)
    #expect(try decode(header.encoded()) == header)
  }

  @Test("a changed bit in a header is refused or changes what is decoded or is not what we write")
  func changedHeader() throws {
    let header = TarHeader(name: "top/data/a", size: 5, modified: 7)
    let block = header.encoded()
    for index in block.indices {
      var changed = block
      changed[index] ^= 1
      #expect(changed != header.encoded())
      if let found = try? TarBlock(changed) {
        // Only the fill of the checksum field is under no checksum.
        #expect((148..<156).contains(index), "byte \(index) decodes to \(found)")
      }
    }
  }

  @Test(
    "malformed pax records are refused",
    arguments: [
      "", "5 a=", "9 path=a", "9 path=ab\n", "x path=a\n", "99 path=a\n", "0 a=\n", "7 nokey\n",
      "999999999999999999999 path=a\n", "12 size=1x2\n", "11 size=-1\n", "14 linkpath=a\n",
    ])
  func malformedPax(text: String) {
    if text.isEmpty { return #expect((try? PaxRecords([])) == PaxRecords()) }
    #expect(throws: TarError.self) { try PaxRecords(bytes(text)) }
  }
}
