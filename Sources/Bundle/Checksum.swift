internal import CZlib

/// The CRC-32 of gzip (RFC 1952, section 8) of a run of bytes, with its length, so that runs can be joined.
struct Checksum: Hashable, Sendable {
  private(set) var crc32: UInt32 = 0
  /// Number of bytes.
  private(set) var length = 0

  init() {}

  init(crc32: UInt32, length: Int) {
    self.crc32 = crc32
    self.length = length
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let start = bytes.baseAddress?.assumingMemoryBound(to: Bytef.self)
    // With a null pointer, `crc32_z` would answer the initial value instead of the running one.
    guard !bytes.isEmpty else { return }
    crc32 = UInt32(truncatingIfNeeded: crc32_z(UInt(crc32), start, bytes.count))
    length += bytes.count
  }

  /// Appends the run that `next` was computed of.
  mutating func append(_ next: Checksum) {
    crc32 = UInt32(truncatingIfNeeded: crc32_combine(UInt(crc32), UInt(next.crc32), next.length))
    length += next.length
  }
}
