internal import CZlib

/// A raw deflate stream (RFC 1951) that ends on a byte boundary and has no final block, so that segments
/// can be put one after the other within one gzip member.
///
/// A segment refers to no byte outside itself: it may be moved.
struct DeflateSegment: ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let output: UnsafeMutableRawBufferPointer

  /// Begins a segment at zlib's compression level 1 to 9.
  init(level: Int32) throws(BundleError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    output = .allocate(byteCount: 64 << 10, alignment: 16)
    let code = (1...9).contains(level) ? exhibit_deflate_init(stream, level, -MAX_WBITS) : Z_STREAM_ERROR
    guard code == Z_OK else { throw .compression(call: "deflateInit2", code: code) }
  }

  deinit {
    deflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
    output.deallocate()
  }

  /// Compresses `bytes`; what is ready goes to `sink`.
  mutating func write(
    _ bytes: UnsafeRawBufferPointer, to sink: inout some ByteSink & ~Copyable
  ) throws(BundleError) {
    var rest = bytes[...]
    // `avail_in` is 32 bits wide.
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      try run(piece, flush: Z_NO_FLUSH, to: &sink)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Ends the segment with an empty stored block, which aligns it to a byte.
  mutating func finish(to sink: inout some ByteSink & ~Copyable) throws(BundleError) {
    try run(UnsafeRawBufferPointer(start: nil, count: 0), flush: Z_FULL_FLUSH, to: &sink)
  }

  private mutating func run(
    _ input: UnsafeRawBufferPointer, flush: Int32, to sink: inout some ByteSink & ~Copyable
  ) throws(BundleError) {
    // zlib reads through `next_in` and never writes through it.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
    stream.pointee.avail_in = UInt32(input.count)
    repeat {
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
      stream.pointee.avail_out = UInt32(output.count)
      let code = deflate(stream, flush)
      // Z_BUF_ERROR: nothing was left to do, which is no error.
      guard code == Z_OK || code == Z_BUF_ERROR else { throw .compression(call: "deflate", code: code) }
      let produced = output.count - Int(stream.pointee.avail_out)
      if produced > 0 { try sink.write(UnsafeRawBufferPointer(rebasing: output[..<produced])) }
    } while stream.pointee.avail_out == 0
  }
}
