/// A text of at most 32 bytes, which is appended by one store.
struct ShortText: BitwiseCopyable {
  private var bytes = SIMD32<UInt8>()
  private let count: Int

  init(_ text: StaticString) {
    self.init(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// - Parameter text: of at most 32 bytes.
  init(_ text: UnsafeRawBufferPointer) {
    precondition(text.count <= 32)
    count = text.count
    for index in 0..<count { bytes[index] = text[index] }
  }

  @inline(__always)
  fileprivate func append(to output: inout ByteBuffer) {
    output.append(room: 32) {
      $0.storeBytes(of: bytes, as: SIMD32<UInt8>.self)
      return count
    }
  }
}

extension ByteBuffer {
  @inline(__always)
  mutating func append(_ text: ShortText) { text.append(to: &self) }
}
