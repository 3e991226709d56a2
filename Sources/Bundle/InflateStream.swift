internal import CZlib

/// Reads gzip (RFC 1952), one member after the other, from a file of any origin.
///
/// zlib checks each member's header, CRC and length. Output is counted against a limit, so that a small file
/// cannot become an endless one.
struct InflateStream: ~Copyable {
  private let file: OpenFile
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private let maximumBytes: Int
  private var bytesRead = 0
  private var isInsideMember = true
  /// Offset in the compressed file of the end of the first member, once it was reached.
  private(set) var firstMemberEnd: Int?
  /// Bytes handed out so far.
  private(set) var count = 0

  /// Offset in the compressed file of the next byte to decode.
  var offset: Int { bytesRead - Int(stream.pointee.avail_in) }

  /// Puts out at most `maximumBytes`.
  init(_ file: consuming OpenFile, maximumBytes: Int) throws(BundleError) {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 64 << 10, alignment: 16)
    self.maximumBytes = maximumBytes
    // 16 more than the window bits: gzip members only.
    let code = exhibit_inflate_init(stream, MAX_WBITS + 16)
    guard code == Z_OK else { throw .compression(call: "inflateInit2", code: code) }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
    input.deallocate()
  }

  /// - Returns: the number of bytes put into `buffer`; 0 at the end of the last member.
  /// - Throws: `.damaged`, `.limitExceeded`, `.system`.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_out = UInt32(clamping: buffer.count)
    let wanted = Int(stream.pointee.avail_out)
    while Int(stream.pointee.avail_out) == wanted {
      if try !refill() {
        guard !isInsideMember else {
          throw .damaged(place: "offset \(offset)", detail: "the file is cut off")
        }
        return 0
      }
      try step()
    }
    let produced = wanted - Int(stream.pointee.avail_out)
    count += produced
    guard count <= maximumBytes else {
      throw .limitExceeded(place: "offset \(offset)", detail: "unpacks to more than \(maximumBytes) bytes")
    }
    return produced
  }

  private mutating func step() throws(BundleError) {
    if !isInsideMember {
      let code = inflateReset(stream)
      guard code == Z_OK else { throw .compression(call: "inflateReset", code: code) }
      isInsideMember = true
    }
    let code = inflate(stream, Z_NO_FLUSH)
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      isInsideMember = false
      firstMemberEnd = firstMemberEnd ?? offset
    case Z_MEM_ERROR: throw .compression(call: "inflate", code: code)
    default:
      // zlib's messages are constants.
      let message = stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
      throw .damaged(place: "offset \(offset)", detail: "the gzip stream is damaged: \(message)")
    }
  }

  /// - Returns: `false` at the end of the file.
  private mutating func refill() throws(BundleError) -> Bool {
    guard stream.pointee.avail_in == 0 else { return true }
    let count = try file.read(into: input)
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_in = UInt32(count)
    bytesRead += count
    return count > 0
  }
}
