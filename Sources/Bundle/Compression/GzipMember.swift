/// A text as one gzip member (RFC 1952).
package enum GzipMember {
  /// - Parameter bytes: at most 1 GiB.
  /// - Returns: the member.
  /// - Throws: `.compression` when there is no memory left, `.invalid` for more than 1 GiB.
  package static func compress(_ bytes: [UInt8]) throws(BundleError) -> [UInt8] {
    var compressor = try SegmentCompressor(.fast)
    let segment = try bytes.span.withUnsafeBytes { (buffer) throws(BundleError) in
      try compressor.segment(of: buffer)
    }
    return ContainerFormat.gzip.opening + segment.bytes + ContainerFormat.gzip.closing(segment.checksum)
  }
}
