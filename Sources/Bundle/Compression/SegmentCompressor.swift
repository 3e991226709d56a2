package import Redaction

/// One block of redacted bytes, and the segment that it became.
package struct CompressedBlock: Sendable {
  package let plain: Redacted
  /// The segment; empty for an empty block.
  package let bytes: [UInt8]
  /// CRC-32 of `plain` (RFC 1952); 0 for zstd, whose frames have checksums of their own.
  package let crc32: UInt32
  /// Where the segment may stand.
  package let container: ContainerFormat
}

/// What a block becomes, and the checksum that the block had.
struct Segment {
  let bytes: [UInt8]
  let checksum: Checksum
}

/// Compresses blocks, each for itself: the same block makes the same segment, whatever came before it and on
/// whichever thread. Keeps its memory between blocks; each thread makes one of its own.
package struct SegmentCompressor: ~Copyable {
  /// The length that blocks are cut to, in bytes. Larger ones would shrink by one per cent more.
  package static let blockSize = 1 << 20
  /// Most bytes of one block: what the libraries count is 32 bits wide.
  static let maximumBlockBytes = 1 << 30

  package let compression: Compression
  private var encoder: any SegmentEncoder & ~Copyable

  /// - Throws: `.compression` when there is no memory left.
  package init(_ compression: Compression) throws(BundleError) {
    encoder = try compression.makeEncoder()
    self.compression = compression
  }

  /// Makes `plain` a segment.
  /// - Throws: `.compression` when there is no memory left, `.invalid` for a block of more than 1 GiB.
  package mutating func compress(_ plain: Redacted) throws(BundleError) -> CompressedBlock {
    let made = try plain.withUnsafeBytes { (bytes) throws(BundleError) -> Segment in
      try segment(of: bytes)
    }
    return CompressedBlock(
      plain: plain, bytes: made.bytes, crc32: made.checksum.crc32, container: compression.container)
  }

  /// Compresses bytes that need no redaction, or had it.
  mutating func segment(of plain: UnsafeRawBufferPointer) throws(BundleError) -> Segment {
    guard plain.count <= Self.maximumBlockBytes else {
      throw .invalid(what: "a block to compress", detail: "longer than \(Self.maximumBlockBytes) bytes")
    }
    guard !plain.isEmpty else { return Segment(bytes: [], checksum: Checksum()) }
    let bytes = try encoder.encode(plain)
    guard compression.container == .gzip else {
      return Segment(bytes: bytes, checksum: Checksum(crc32: 0, length: plain.count))
    }
    var checksum = Checksum()
    checksum.update(plain)
    return Segment(bytes: bytes, checksum: checksum)
  }
}
