extension [UInt8] {
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    append(contentsOf: bytes)
  }

  mutating func append(decimal value: UInt64) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var rest = value
      var start = 20
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      append(contentsOf: digits[start...])
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these bytes are exactly that text.
  func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount
      && elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  func hasPrefix(_ text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount
      && UnsafeRawBufferPointer(rebasing: self[..<text.utf8CodeUnitCount]).equals(text)
  }

  /// The bytes as an unsigned decimal number; `nil` when they are not one, or it is too large.
  var decimal: UInt64? {
    guard !isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in self {
      let digit = byte &- UInt8(ascii: "0")
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      guard digit < 10, !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }
}

enum Hexadecimal {
  /// - Returns: `nil` for no digits, more than 16, or anything that is not a hexadecimal digit.
  static func parse(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    guard (1...16).contains(bytes.count) else { return nil }
    var value: UInt64 = 0
    for byte in bytes {
      guard let digit = digit(byte) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }

  static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Appends lower-case digits: 16 of them when padded, else as few as needed.
  static func append(_ value: UInt64, padded: Bool, to output: inout [UInt8]) {
    let digits = padded ? 16 : max(1, (64 - value.leadingZeroBitCount + 3) / 4)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { text in
      for index in 0..<digits {
        let nibble = UInt8(truncatingIfNeeded: value >> UInt64((digits - 1 - index) * 4)) & 15
        text[index] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
      }
      output.append(contentsOf: text[..<digits])
    }
  }
}
