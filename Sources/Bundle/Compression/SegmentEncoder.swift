/// One compression library at one level. Used by one thread at a time.
protocol SegmentEncoder: ~Copyable {
  /// Compresses `plain`, which is not empty, into a segment that can stand behind any other of its container:
  /// one whole zstd frame, or raw deflate (RFC 1951) that ends on a byte boundary without a final block.
  ///
  /// A segment refers to no byte outside itself, and depends on nothing but `plain`.
  /// - Throws: `.compression`; only lack of memory leads there.
  mutating func encode(_ plain: UnsafeRawBufferPointer) throws(BundleError) -> [UInt8]
}

/// Memory that an encoder's output passes through. Never copied, freed with its owner.
struct Scratch: ~Copyable {
  private(set) var bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: 64)
  }

  deinit {
    bytes.deallocate()
  }

  /// Makes room for `byteCount` bytes; what was there is gone then.
  mutating func reserve(_ byteCount: Int) {
    guard bytes.count < byteCount else { return }
    bytes.deallocate()
    bytes = .allocate(byteCount: byteCount, alignment: 64)
  }

  /// The first `count` bytes.
  func prefix(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[..<count])
  }
}
