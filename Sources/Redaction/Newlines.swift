#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#endif

extension UnsafeRawBufferPointer {
  /// The first newline at or behind a place.
  func firstNewline(from start: Int) -> Int? {
    guard let base = baseAddress, let found = memchr(base + start, 0x0A, count - start) else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// The last newline of a range. Not memrchr(3), which is an extension that Swift does not see.
  func lastNewline(in range: Range<Int>) -> Int? {
    var stop = range.upperBound
    while stop - 8 >= range.lowerBound, !hasNewline(inEightBytesAt: stop - 8) { stop -= 8 }
    while stop > range.lowerBound {
      stop -= 1
      if self[stop] == 0x0A { return stop }
    }
    return nil
  }

  /// A byte of zero borrows from its high bit, in a word where newlines were made zero.
  @inline(__always)
  private func hasNewline(inEightBytesAt position: Int) -> Bool {
    let word = loadUnaligned(fromByteOffset: position, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
    return (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0
  }
}
