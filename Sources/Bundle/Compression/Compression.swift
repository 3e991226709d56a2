/// How hard, and into which container, evidence is compressed. What each costs and gives is measured in
/// `docs/operations.md`.
package enum Compression: String, Sendable, CaseIterable {
  /// ISA-L's level 1 into `.tar.gz`; where ISA-L was left out of the build, zlib's level 1.
  case fast
  /// zlib's level 5 into `.tar.gz`: beyond it, a third more CPU buys three per cent.
  case balanced
  /// zlib's level 9 into `.tar.gz`: the least that deflate needs.
  case small
  /// zstd's level 3 into `.tar.zst`: smaller than `small`, and many times faster.
  case zstd

  /// What compression without a configuration is.
  package static let `default` = Compression.fast

  /// What kind of file comes of it.
  package var container: ContainerFormat { self == .zstd ? .zstd : .gzip }
}

extension Compression {
  /// The library and level behind it.
  func makeEncoder() throws(BundleError) -> any SegmentEncoder & ~Copyable {
    switch self {
    case .fast:
      #if ISAL
        IsalEncoder()
      #else
        try ZlibEncoder(level: 1)
      #endif
    case .balanced: try ZlibEncoder(level: 5)
    case .small: try ZlibEncoder(level: 9)
    case .zstd: try ZstdEncoder(level: 3)
    }
  }
}
