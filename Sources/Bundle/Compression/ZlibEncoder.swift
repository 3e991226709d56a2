internal import CZlib

/// Deflate by zlib.
struct ZlibEncoder: SegmentEncoder, ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let output = Scratch(byteCount: 256 << 10)

  /// An encoder of zlib's compression level 1 to 9.
  init(level: Int32) throws(BundleError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let code = exhibit_deflate_init(stream, level, -MAX_WBITS)
    guard code == Z_OK else { throw .compression(call: "zlib's deflateInit2", code: code) }
  }

  deinit {
    deflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  mutating func encode(_ plain: UnsafeRawBufferPointer) throws(BundleError) -> [UInt8] {
    let code = deflateReset(stream)
    guard code == Z_OK else { throw .compression(call: "zlib's deflateReset", code: code) }
    // zlib reads through `next_in` and never writes through it.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: plain.baseAddress?.assumingMemoryBound(to: Bytef.self))
    stream.pointee.avail_in = UInt32(plain.count)
    var segment: [UInt8] = []
    repeat {
      stream.pointee.next_out = output.bytes.baseAddress?.assumingMemoryBound(to: Bytef.self)
      stream.pointee.avail_out = UInt32(output.bytes.count)
      // An empty stored block at the end aligns the segment to a byte.
      let code = deflate(stream, Z_FULL_FLUSH)
      // Z_BUF_ERROR: nothing was left to do, which is no error.
      guard code == Z_OK || code == Z_BUF_ERROR else {
        throw .compression(call: "zlib's deflate", code: code)
      }
      segment += output.prefix(output.bytes.count - Int(stream.pointee.avail_out))
    } while stream.pointee.avail_out == 0
    return segment
  }
}
