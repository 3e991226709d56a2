import Redaction
import Testing

@testable import Journal

@Suite("A buffer of bytes")
struct ByteBufferTests {
  /// Where the number of digits changes, and what lies between.
  private static var numbers: [UInt64] {
    var numbers: [UInt64] = [0, .max]
    var power: UInt64 = 1
    while power <= .max / 10 {
      power *= 10
      numbers += [power - 1, power, power + 1]
    }
    for shift in 0..<64 { numbers += [(1 << UInt64(shift)) - 1, 1 << UInt64(shift)] }
    return numbers + (0..<1000).map { _ in .random(in: .min ... .max) }
  }

  @Test("writes numbers with the digits that they have, one behind the other")
  func numbers() {
    for number in Self.numbers {
      var buffer = ByteBuffer(capacity: 1)
      buffer.append(decimal: number)
      buffer.append(UInt8(ascii: " "))
      buffer.append(hexadecimal: number)
      buffer.append(UInt8(ascii: " "))
      buffer.append(sixDigits: number % 1_000_000)
      let padded = String(String(number % 1_000_000 + 1_000_000).dropFirst())
      #expect(
        String(decoding: buffer.bytes, as: UTF8.self) == "\(number) \(String(number, radix: 16)) \(padded)")
    }
  }

  @Test("gives its bytes away, and goes on with others")
  func give() {
    var buffer = ByteBuffer(capacity: 64)
    buffer.append(Array(repeating: UInt8(ascii: "a"), count: 1000))
    let given = buffer.give()
    buffer.append(Array(repeating: UInt8(ascii: "b"), count: 1000))
    #expect(given.withUnsafeBytes { Array($0) } == Array(repeating: UInt8(ascii: "a"), count: 1000))
    #expect(buffer.bytes.elementsEqual(Array(repeating: UInt8(ascii: "b"), count: 1000)))
  }
}
