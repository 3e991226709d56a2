/// Writes the container: segments one after the other, and the trailer.
struct ContainerWriter: ~Copyable {
  private var file: DigestedFile
  private var compressor: SegmentCompressor
  private var checksum = Checksum()

  private var format: ContainerFormat { compressor.compression.container }

  init(_ file: consuming OpenFile, compression: Compression) throws(BundleError) {
    let compressor = try SegmentCompressor(compression)
    var digested = DigestedFile(file)
    try Self.write(compression.container.opening, to: &digested)
    self.file = digested
    self.compressor = compressor
  }

  /// Compresses `bytes` as a segment of its own.
  mutating func append(_ bytes: [UInt8]) throws(BundleError) {
    let segment = try bytes.span.withUnsafeBytes { (buffer) throws(BundleError) in
      try compressor.segment(of: buffer)
    }
    checksum.append(segment.checksum)
    try Self.write(segment.bytes, to: &file)
  }

  /// Copies the segments of a spooled artifact.
  /// - Throws: `.invalid` when they belong into another container, `.damaged` when the spool file is not as
  ///   long as it was when it was finished.
  mutating func append(_ artifact: SpooledArtifact) throws(BundleError) {
    guard artifact.container == format else {
      throw .invalid(what: artifact.path.text, detail: "compressed for another container than its bundle's")
    }
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

  /// Ends the archive, appends the trailer, and makes the file read-only and durable.
  /// - Returns: length and SHA-256 (hex) of the whole file.
  consuming func finish() throws(BundleError) -> (bytes: Int, sha256: String) {
    try Self.write(format.closing(checksum), to: &file)
    try Self.write(format.trailer(sha256: file.sha256), to: &file)
    try file.seal()
    return (file.count, hexadecimal(file.sha256))
  }

  private static func write(_ bytes: [UInt8], to file: inout DigestedFile) throws(BundleError) {
    try bytes.span.withUnsafeBytes { (buffer) throws(BundleError) in try file.write(buffer) }
  }
}
