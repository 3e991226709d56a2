/// A compressed file that is no bundle: a rotated log.
package enum CompressedFile {
  /// Reads a whole file that is gzip or zstd, whatever its name.
  ///
  /// - Parameters:
  ///   - path: of a regular file.
  ///   - limit: most bytes that it may unpack to.
  /// - Returns: what is in it.
  /// - Throws: `BundleError`: `.damaged`, also for other compression, `.limitExceeded`, `.system`.
  package static func read(_ path: String, limit: Int) throws(BundleError) -> [UInt8] {
    var stream = try UnpackStream(OpenFile(reading: path), maximumBytes: limit)
    var content: [UInt8] = []
    let buffer = Scratch(byteCount: 256 << 10)
    while case let count = try stream.read(into: buffer.bytes), count > 0 {
      content.append(contentsOf: buffer.bytes[..<count])
    }
    return content
  }
}
