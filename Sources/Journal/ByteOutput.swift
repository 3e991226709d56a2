/// What text is rendered into.
protocol ByteOutput: ~Copyable {
  mutating func append(_ bytes: UnsafeRawBufferPointer)
  mutating func append(_ byte: UInt8)
  /// Appends what `write` puts there.
  ///
  /// - Parameters:
  ///   - room: bytes that `write` may touch.
  ///   - write: returns how many of them are to stay.
  mutating func append(room: Int, _ write: (UnsafeMutableRawPointer) -> Int)
}

extension ByteOutput where Self: ~Copyable {
  /// Appends text that is known at compile time, without making a `String`.
  @inline(__always)
  mutating func append(literal: StaticString) {
    append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }
}

extension [UInt8]: ByteOutput {
  mutating func append(room: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
    withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { buffer in
      guard let start = buffer.baseAddress else { return }
      append(UnsafeRawBufferPointer(start: start, count: write(start)))
    }
  }
}
