internal import Crypto
package import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Writes the body of one payload file: takes redacted bytes, compresses them once, and spools them.
///
/// The spool file holds segments which `BundleWriter.seal` copies into the bundle as they are. A writer that is
/// dropped without `finish()` removes its file. Not to be shared between threads.
package struct ArtifactWriter: ~Copyable {
  package let path: PayloadPath
  /// Length of what was written so far, before compression.
  package private(set) var bytes = 0

  package let compression: Compression
  private var spool: CountedFile
  /// Made with the first segment: hundreds of small files may be open at a time.
  private var compressor: SegmentCompressor?
  /// What waits to become a segment; less than a block.
  private var gathered: [UInt8] = []
  private var checksum = Checksum()
  private var segments: [SpooledSegment] = []
  private var digest = SHA256()
  private var isFinished = false

  /// - Parameters:
  ///   - path: the file's name in the bundle.
  ///   - spoolFolder: where the compressed body waits; on the file system of the bundle if possible.
  ///   - compression: of the body; its container is that of the bundle.
  /// - Throws: `.system`, `.diskFull`.
  package init(path: PayloadPath, spoolFolder: String, compression: Compression) throws(BundleError) {
    let name = String(UInt64.random(in: 0 ... .max), radix: 36) + ".part"
    spool = CountedFile(try OpenFile(creating: "\(spoolFolder)/\(name)"))
    self.compression = compression
    self.path = path
  }

  deinit {
    // The body is of no use to anyone now; a leftover goes with the work folder.
    if !isFinished { unlink(spool.path) }
  }

  /// Appends `chunk` to the body. How the body is cut into chunks does not change what it becomes.
  /// - Throws: `.diskFull`, `.system`, `.compression`. The writer is of no use after that.
  package mutating func write(_ chunk: Redacted) throws(BundleError) {
    try chunk.withUnsafeBytes { (chunk) throws(BundleError) in
      digest.update(bufferPointer: chunk)
      bytes += chunk.count
      try cut(chunk)
    }
  }

  /// Appends a block that was compressed elsewhere, as a segment of its own, behind all that was written before.
  /// - Throws: `.invalid` when it was compressed for another container, `.diskFull`, `.system`, `.compression`.
  ///   The writer is of no use after that.
  package mutating func write(_ block: CompressedBlock) throws(BundleError) {
    guard block.container == compression.container else {
      throw .invalid(what: path.text, detail: "a block of it was compressed for another container")
    }
    try flush()
    block.plain.withUnsafeBytes { digest.update(bufferPointer: $0) }
    bytes += block.plain.count
    let plain = Checksum(crc32: block.crc32, length: block.plain.count)
    try append(block.bytes, plain)
  }

  /// Ends the body.
  /// - Throws: `.diskFull`, `.system`, `.compression`.
  package consuming func finish() throws(BundleError) -> SpooledArtifact {
    try flush()
    isFinished = true
    return SpooledArtifact(
      path: path, bytes: bytes, sha256: hexadecimal(digest.finalize()), crc32: checksum.crc32,
      spoolFile: spool.path, compressedBytes: spool.count, container: compression.container,
      segments: segments)
  }

  /// Makes segments of whole blocks, and keeps the rest.
  private mutating func cut(_ chunk: UnsafeRawBufferPointer) throws(BundleError) {
    let size = SegmentCompressor.blockSize
    var rest = chunk[...]
    while !rest.isEmpty {
      if gathered.isEmpty && rest.count >= size {
        try compress(UnsafeRawBufferPointer(rebasing: rest.prefix(size)))
        rest = rest.dropFirst(size)
      } else {
        let part = UnsafeRawBufferPointer(rebasing: rest.prefix(size - gathered.count))
        gathered += part
        rest = rest.dropFirst(part.count)
        if gathered.count == size { try flush() }
      }
    }
  }

  /// Makes a segment of what was gathered.
  private mutating func flush() throws(BundleError) {
    var block: [UInt8] = []
    swap(&block, &gathered)
    try block.span.withUnsafeBytes { (bytes) throws(BundleError) in try compress(bytes) }
    // Its memory serves the next block.
    block.removeAll(keepingCapacity: true)
    swap(&block, &gathered)
  }

  private mutating func compress(_ block: UnsafeRawBufferPointer) throws(BundleError) {
    guard !block.isEmpty else { return }
    if compressor == nil { compressor = try SegmentCompressor(compression) }
    guard let segment = try compressor?.segment(of: block) else { return }
    try append(segment.bytes, segment.checksum)
  }

  private mutating func append(_ segment: [UInt8], _ plain: Checksum) throws(BundleError) {
    try segment.span.withUnsafeBytes { (bytes) throws(BundleError) in try spool.write(bytes) }
    checksum.append(plain)
    segments.append(SpooledSegment(compressedBytes: segment.count, plain: plain))
  }

  /// Appends a segment of another artifact.
  /// - Parameters:
  ///   - segment: its bytes, for the same container.
  ///   - content: what it unpacks to.
  ///   - plain: checksum and length of that.
  /// - Throws: as `write`.
  mutating func copy(
    _ segment: [UInt8], content: UnsafeRawBufferPointer, _ plain: Checksum
  ) throws(BundleError) {
    try flush()
    digest.update(bufferPointer: content)
    bytes += content.count
    try append(segment, plain)
  }
}

/// One segment of a spool file.
package struct SpooledSegment: Hashable, Sendable {
  let compressedBytes: Int
  /// Checksum and length of what it unpacks to; of zstd, whose frames have checksums of their own, only the length.
  let plain: Checksum
}

/// A finished payload file on its way into a bundle.
package struct SpooledArtifact: Hashable, Sendable {
  package var path: PayloadPath
  /// Length before compression.
  package let bytes: Int
  /// Lower-case hex, of the uncompressed body.
  package let sha256: String
  /// Of the uncompressed body; 0 where the container has none.
  package let crc32: UInt32
  /// The file that holds the segments.
  package let spoolFile: String
  /// Length of the segments.
  package let compressedBytes: Int
  /// Where the segments may stand.
  package let container: ContainerFormat
  /// In the order of the file.
  let segments: [SpooledSegment]

  /// Removes the spool file; one that is gone already is no error.
  /// - Throws: `.system`.
  package func remove() throws(BundleError) {
    guard unlink(spoolFile) == 0 || errno == ENOENT else {
      throw .call("unlink", path: spoolFile, errno: errno)
    }
  }
}
