internal import Crypto
package import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Writes the body of one payload file: takes redacted bytes, compresses them once, and spools them.
///
/// The spool file holds a deflate segment which `BundleWriter.seal` copies into the bundle as it is. A writer
/// that is dropped without `finish()` removes its file. Not to be shared between threads.
package struct ArtifactWriter: ~Copyable {
  package let path: PayloadPath
  /// Length of what was written so far, before compression.
  package var bytes: Int { checksum.length }

  private var spool: CountedFile
  private var segment: DeflateSegment
  private var checksum = Checksum()
  private var digest = SHA256()
  private var isFinished = false

  /// - Parameters:
  ///   - path: the file's name in the bundle.
  ///   - spoolFolder: where the compressed body waits; on the file system of the bundle if possible.
  ///   - level: zlib's compression level, 1 to 9.
  /// - Throws: `.system`, `.diskFull`, `.compression`.
  package init(path: PayloadPath, spoolFolder: String, level: Int32) throws(BundleError) {
    let segment = try DeflateSegment(level: level)
    let name = String(UInt64.random(in: 0 ... .max), radix: 36) + ".part"
    spool = CountedFile(try OpenFile(creating: "\(spoolFolder)/\(name)"))
    self.segment = segment
    self.path = path
  }

  deinit {
    // The body is of no use to anyone now; a leftover goes with the work folder.
    if !isFinished { unlink(spool.path) }
  }

  /// Appends `chunk` to the body.
  /// - Throws: `.diskFull`, `.system`. The writer is of no use after that.
  package mutating func write(_ chunk: Redacted) throws(BundleError) {
    try chunk.withUnsafeBytes { (bytes) throws(BundleError) in
      checksum.update(bytes)
      digest.update(bufferPointer: bytes)
      try segment.write(bytes, to: &spool)
    }
  }

  /// Ends the body.
  /// - Throws: `.diskFull`, `.system`.
  package consuming func finish() throws(BundleError) -> SpooledArtifact {
    try segment.finish(to: &spool)
    isFinished = true
    return SpooledArtifact(
      path: path, bytes: checksum.length, sha256: hexadecimal(digest.finalize()), crc32: checksum.crc32,
      spoolFile: spool.path, compressedBytes: spool.count)
  }
}

/// A finished payload file on its way into a bundle.
package struct SpooledArtifact: Hashable, Sendable {
  package let path: PayloadPath
  /// Length before compression.
  package let bytes: Int
  /// Lower-case hex, of the uncompressed body.
  package let sha256: String
  package let crc32: UInt32
  /// The file that holds the deflate segment.
  package let spoolFile: String
  /// Length of the deflate segment.
  package let compressedBytes: Int

  /// Removes the spool file; one that is gone already is no error.
  /// - Throws: `.system`.
  package func remove() throws(BundleError) {
    guard unlink(spoolFile) == 0 || errno == ENOENT else {
      throw .call("unlink", path: spoolFile, errno: errno)
    }
  }
}
