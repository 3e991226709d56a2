import Testing

@testable import Journal

/// Sixteen bytes at once say what one byte after the other says.
@Suite("Sixteen bytes at once")
struct LanesTests {
  @Test("Each byte at each place, among ordinary ones and among random ones")
  func eachByte() {
    var generator = SystemRandomNumberGenerator()
    for byte in UInt8.min ... .max {
      for place in 0..<16 {
        var ordinary = Array("ordinary, a text".utf8)
        ordinary[place] = byte
        check(ordinary)
        var random = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        random[place] = byte
        check(random)
      }
    }
  }

  private func check(_ text: [UInt8]) {
    let plain = text.prefix { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    text.withUnsafeBytes { bytes in
      guard let lanes = bytes.lanes(at: 0), let last = bytes.lastLanes else {
        Issue.record("sixteen bytes are enough")
        return
      }
      #expect(lanes.isPrintableASCII == text.allSatisfy { (0x20...0x7E).contains($0) }, "\(text)")
      #expect(lanes.hasQuoteOrBackslash == text.contains { $0 == 0x22 || $0 == 0x5C }, "\(text)")
      #expect(lanes.countBeforeJSONEscape == plain.count, "\(text)")
      #expect(last.countBeforeJSONEscape == plain.count)
      #expect(bytes.lanes(at: 1) == nil && bytes.lanes(at: -1) == nil)
    }
  }
}
