internal import CZlib

/// Gzip (RFC 1952), one member after the other, by zlib, which checks each member's header, CRC and length.
struct GzipDecoder: StreamDecoder, ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>
  private var isInsideMember = true
  private var consumed = 0
  /// The end of the first member.
  private var contentEnd: Int?

  init() throws(BundleError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 16 more than the window bits: gzip members only.
    let code = exhibit_inflate_init(stream, MAX_WBITS + 16)
    guard code == Z_OK else { throw .compression(call: "zlib's inflateInit2", code: code) }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  mutating func decode(
    _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecodeError) -> Decoded {
    try beginMember()
    let room = UInt32(clamping: output.count)
    // zlib reads through `next_in` and never writes through it.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
    stream.pointee.avail_in = UInt32(clamping: input.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_out = room
    let offered = stream.pointee.avail_in
    let code = inflate(stream, Z_NO_FLUSH)
    let taken = Int(offered - stream.pointee.avail_in)
    input = UnsafeRawBufferPointer(rebasing: input.dropFirst(taken))
    consumed += taken
    try settle(code)
    return Decoded(
      produced: Int(room - stream.pointee.avail_out), isComplete: !isInsideMember, contentEnd: contentEnd)
  }

  private mutating func beginMember() throws(DecodeError) {
    guard !isInsideMember else { return }
    let code = inflateReset(stream)
    guard code == Z_OK else { throw .failed(call: "zlib's inflateReset", code: code) }
    isInsideMember = true
  }

  private mutating func settle(_ code: Int32) throws(DecodeError) {
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      isInsideMember = false
      contentEnd = contentEnd ?? consumed
    case Z_MEM_ERROR: throw .failed(call: "zlib's inflate", code: code)
    default:
      // zlib's messages are constants.
      let message = stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
      throw .damaged("the gzip stream is damaged: \(message)")
    }
  }
}
