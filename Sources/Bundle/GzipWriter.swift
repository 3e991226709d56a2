/// The fixed bytes of the container; see `docs/bundle-format.md`.
enum GzipFormat {
  /// RFC 1952: deflate, no flags, no time, no compression hint, unknown operating system.
  static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
  /// An empty deflate block with the final bit.
  static let finalBlock: [UInt8] = [3, 0]
  static let trailerLength = 58

  /// The empty gzip member at the end, whose extra field `EX` holds the SHA-256 of all bytes before it.
  static func trailer(sha256: [UInt8]) -> [UInt8] {
    let header: [UInt8] = [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF]
    let field: [UInt8] = [36, 0, UInt8(ascii: "E"), UInt8(ascii: "X"), 32, 0] + sha256
    return header + field + finalBlock + [UInt8](repeating: 0, count: 8)
  }
}

/// Writes the container: one gzip member of deflate segments, and the trailer member.
struct GzipWriter: ~Copyable {
  private var file: DigestedFile
  private var checksum = Checksum()

  init(_ file: consuming OpenFile) throws(BundleError) {
    self.file = DigestedFile(file)
    try writeRaw(GzipFormat.header)
  }

  /// Compresses `bytes` as a segment of its own.
  mutating func append(_ bytes: [UInt8]) throws(BundleError) {
    var segment = try DeflateSegment(level: 6)
    try bytes.span.withUnsafeBytes { (buffer) throws(BundleError) in
      checksum.update(buffer)
      try segment.write(buffer, to: &file)
    }
    try segment.finish(to: &file)
  }

  /// Copies the deflate segment of a spooled artifact.
  /// - Throws: `.damaged` when the spool file is not as long as it was when it was finished.
  mutating func append(_ artifact: SpooledArtifact) throws(BundleError) {
    var copied = 0
    try OpenFile(reading: artifact.spoolFile).forEachChunk { (chunk) throws(BundleError) in
      try file.write(chunk)
      copied += chunk.count
    }
    guard copied == artifact.compressedBytes else {
      throw .damaged(
        place: artifact.spoolFile, detail: "\(copied) bytes instead of \(artifact.compressedBytes)")
    }
    checksum.append(Checksum(crc32: artifact.crc32, length: artifact.bytes))
  }

  /// Ends the member, appends the trailer, and makes the file read-only and durable.
  /// - Returns: length and SHA-256 (hex) of the whole file.
  consuming func finish() throws(BundleError) -> (bytes: Int, sha256: String) {
    let size = UInt32(truncatingIfNeeded: checksum.length)
    try writeRaw(GzipFormat.finalBlock + littleEndian(checksum.crc32) + littleEndian(size))
    try writeRaw(GzipFormat.trailer(sha256: file.sha256))
    try file.seal()
    return (file.count, hexadecimal(file.sha256))
  }

  private mutating func writeRaw(_ bytes: [UInt8]) throws(BundleError) {
    try bytes.span.withUnsafeBytes { (buffer) throws(BundleError) in try file.write(buffer) }
  }
}

/// The four bytes of `value`, least significant first.
func littleEndian(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
