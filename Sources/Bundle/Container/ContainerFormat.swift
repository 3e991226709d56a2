/// What kind of file a bundle is. `docs/bundle-format.md` describes both, byte by byte.
package enum ContainerFormat: Sendable, CaseIterable {
  /// A gzip member of deflate segments, and an empty member as trailer (RFC 1952).
  case gzip
  /// Zstandard frames, and a skippable frame as trailer (RFC 8878).
  case zstd

  /// What file names end in, `.tar.gz` or `.tar.zst`.
  package var fileExtension: String {
    switch self {
    case .gzip: ".tar.gz"
    case .zstd: ".tar.zst"
    }
  }

  /// As registered: RFC 6713, RFC 8878.
  package var mediaType: String {
    switch self {
    case .gzip: "application/gzip"
    case .zstd: "application/zstd"
    }
  }

  /// What a file of this name should be; `nil` for other names than those of bundles.
  package init?(fileName: String) {
    let format = Self.allCases.first { fileName.hasSuffix($0.fileExtension) }
    guard let format else { return nil }
    self = format
  }
}

/// The fixed bytes.
extension ContainerFormat {
  /// The most bytes that `init(startingWith:)` looks at.
  static let magicLength = 4

  /// Recognises a file, or a part of one, by its first bytes, or as many as there are.
  init?(startingWith bytes: [UInt8]) {
    func begins(with magic: [UInt8]) -> Bool { zip(bytes, magic).allSatisfy(==) }
    if begins(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if begins(with: Self.frameMagic) || Self.isSkippable(bytes) {
      self = .zstd
    } else {
      return nil
    }
  }

  /// Whether a frame that begins like this holds no content: 16 magic numbers (RFC 8878, section 3.1.2).
  static func isSkippable(_ magic: [UInt8]) -> Bool {
    guard let first = magic.first, first & 0xF0 == 0x50 else { return false }
    return zip(magic, [first, 0x2A, 0x4D, 0x18]).allSatisfy(==)
  }

  /// RFC 8878, section 3.1.1.
  private static let frameMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
  /// An empty deflate block with the final bit.
  private static let finalBlock: [UInt8] = [3, 0]

  /// What every bundle begins with.
  var header: [UInt8] {
    switch self {
    // RFC 1952: deflate, no flags, no time, no compression hint, unknown operating system.
    case .gzip: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    case .zstd: Self.frameMagic
    }
  }

  /// What stands before the first segment: a frame brings its own header.
  var opening: [UInt8] { self == .gzip ? header : [] }

  /// What stands between the last segment and the trailer.
  func closing(_ checksum: Checksum) -> [UInt8] {
    guard self == .gzip else { return [] }
    let size = UInt32(truncatingIfNeeded: checksum.length)
    return Self.finalBlock + littleEndian(checksum.crc32) + littleEndian(size)
  }

  /// The last bytes of a bundle, with the SHA-256 of all bytes before them: an empty gzip member whose extra
  /// field `EX` holds it, or a skippable frame of `EX` and it.
  func trailer(sha256: [UInt8]) -> [UInt8] {
    switch self {
    case .gzip:
      let header: [UInt8] = [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF]
      let field: [UInt8] = [36, 0, UInt8(ascii: "E"), UInt8(ascii: "X"), 32, 0] + sha256
      return header + field + Self.finalBlock + [UInt8](repeating: 0, count: 8)
    case .zstd:
      let header: [UInt8] = [0x58, 0x2A, 0x4D, 0x18, 34, 0, 0, 0]
      return header + [UInt8(ascii: "E"), UInt8(ascii: "X")] + sha256
    }
  }

  /// Bytes of the trailer.
  var trailerLength: Int { self == .gzip ? 58 : 42 }

  /// Where in the trailer the SHA-256 stands.
  var digestRange: Range<Int> { self == .gzip ? 16..<48 : 10..<42 }
}

/// The four bytes of `value`, least significant first.
func littleEndian(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
