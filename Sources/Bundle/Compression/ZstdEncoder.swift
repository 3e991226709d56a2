internal import CZstd

/// Frames of zstd (RFC 8878), each with its length and a checksum of its content.
struct ZstdEncoder: SegmentEncoder, ~Copyable {
  private let context: OpaquePointer
  private var output: Scratch

  /// An encoder of zstd's compression level 1 to 19.
  init(level: Int32) throws(BundleError) {
    context = try Self.makeContext(level: level)
    output = Scratch(byteCount: 0)
  }

  deinit {
    ZSTD_freeCCtx(context)
  }

  mutating func encode(_ plain: UnsafeRawBufferPointer) throws(BundleError) -> [UInt8] {
    // With this much room the frame is made in one go, so that its bytes depend on nothing else.
    output.reserve(ZSTD_compressBound(plain.count))
    let count = ZSTD_compress2(
      context, output.bytes.baseAddress, output.bytes.count, plain.baseAddress, plain.count)
    try Self.check(count, call: "ZSTD_compress2")
    return Array(output.prefix(count))
  }

  private static func makeContext(level: Int32) throws(BundleError) -> OpaquePointer {
    guard let context = ZSTD_createCCtx() else { throw .compression(call: "ZSTD_createCCtx", code: 0) }
    for (parameter, value) in [(ZSTD_c_compressionLevel, level), (ZSTD_c_checksumFlag, 1)] {
      do throws(BundleError) {
        try check(ZSTD_CCtx_setParameter(context, parameter, value), call: "ZSTD_CCtx_setParameter")
      } catch {
        ZSTD_freeCCtx(context)
        throw error
      }
    }
    return context
  }

  private static func check(_ result: Int, call: String) throws(BundleError) {
    guard ZSTD_isError(result) == 0 else {
      throw .compression(call: call, code: Int32(bitPattern: ZSTD_getErrorCode(result).rawValue))
    }
  }
}
