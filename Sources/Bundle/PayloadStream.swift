internal import Synchronization

/// One payload file of a bundle, unpacked piece by piece: memory is the same whatever it holds.
///
/// Every method blocks: for threads of their own.
package final class PayloadStream: Sendable {
  /// Bytes of the file.
  package let size: Int
  private let reader: Mutex<ArchiveReader>

  /// Unpacks as far as the file.
  ///
  /// - Parameters:
  ///   - file: relative to `data/`: `logs/journal.jsonl`. It is compared, and never becomes a path of this host.
  ///   - path: of the bundle.
  /// - Throws: `.notFound`, `.damaged`, `.limitExceeded`, `.system`.
  package init(_ file: String, ofBundle path: String) throws(BundleError) {
    var archive = try ArchiveReader(path: path)
    size = try BundleReader(path: path).find(file, in: &archive).size
    reader = Mutex(archive)
  }

  /// The next bytes, at most `limit` of them.
  ///
  /// - Parameter limit: above 0.
  /// - Returns: none at the end.
  /// - Throws: `.damaged`, `.limitExceeded`, `.system`.
  package func next(_ limit: Int) throws(BundleError) -> [UInt8] {
    try reader.withLock { (archive) throws(BundleError) in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 16)
      defer { buffer.deallocate() }
      var count = 0
      while count < limit {
        let read = try archive.readContent(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        guard read > 0 else { break }
        count += read
      }
      return Array(buffer[..<count])
    }
  }
}
