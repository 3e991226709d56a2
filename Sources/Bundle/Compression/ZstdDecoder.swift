internal import CZstd

/// Frames of zstd (RFC 8878), one after the other; skippable ones are passed over.
struct ZstdDecoder: StreamDecoder, ~Copyable {
  /// The largest window that is decoded, as a power of two: 128 MiB, which is also what the `zstd` tool takes.
  private static let windowLog: Int32 = 27

  private let context: OpaquePointer
  /// The magic number of the frame, or as much of it as was seen. Held back until it is whole: the library would
  /// take frames of zstd's first drafts, too.
  private var magic: [UInt8] = []
  private var isInsideFrame = false
  private var consumed = 0
  /// The beginning of the first skippable frame.
  private var contentEnd: Int?

  init() throws(BundleError) {
    guard let context = ZSTD_createDCtx() else { throw .compression(call: "ZSTD_createDCtx", code: 0) }
    let code = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLog)
    guard ZSTD_isError(code) == 0 else {
      ZSTD_freeDCtx(context)
      throw .compression(call: "ZSTD_DCtx_setParameter", code: Int32(truncatingIfNeeded: code))
    }
    self.context = context
  }

  deinit {
    ZSTD_freeDCtx(context)
  }

  mutating func decode(
    _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecodeError) -> Decoded {
    guard isInsideFrame else {
      try beginFrame(&input)
      return Decoded(contentEnd: contentEnd)
    }
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    let produced = try step(&source, output)
    input = UnsafeRawBufferPointer(rebasing: input.dropFirst(source.pos))
    consumed += source.pos
    return Decoded(produced: produced, isComplete: !isInsideFrame, contentEnd: contentEnd)
  }

  /// Takes the magic number, and begins the frame once all of it is there.
  private mutating func beginFrame(_ input: inout UnsafeRawBufferPointer) throws(DecodeError) {
    let part = input.prefix(ContainerFormat.magicLength - magic.count)
    magic += part
    guard magic.count == ContainerFormat.magicLength else {
      advance(&input, by: part.count)
      return
    }
    guard ContainerFormat(startingWith: magic) == .zstd else {
      throw .damaged("the zstd stream is damaged: something else stands where a frame should begin")
    }
    advance(&input, by: part.count)
    if ContainerFormat.isSkippable(magic) { contentEnd = contentEnd ?? consumed - magic.count }
    isInsideFrame = true
    let begun = magic
    try begun.span.withUnsafeBytes { (bytes) throws(DecodeError) in
      var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
      _ = try step(&source, UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
  }

  private mutating func advance(_ input: inout UnsafeRawBufferPointer, by count: Int) {
    input = UnsafeRawBufferPointer(rebasing: input.dropFirst(count))
    consumed += count
  }

  private mutating func step(
    _ source: inout ZSTD_inBuffer, _ output: UnsafeMutableRawBufferPointer
  ) throws(DecodeError) -> Int {
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = ZSTD_decompressStream(context, &target, &source)
    guard ZSTD_isError(result) == 0 else { throw failure(result) }
    if result == 0 {
      isInsideFrame = false
      magic = []
    }
    return target.pos
  }

  private func failure(_ result: Int) -> DecodeError {
    let code = ZSTD_getErrorCode(result)
    switch code {
    case ZSTD_error_frameParameter_windowTooLarge:
      return .refused("a zstd frame asks for a window of more than \(1 << (Self.windowLog - 20)) MiB")
    case ZSTD_error_memory_allocation:
      return .failed(call: "ZSTD_decompressStream", code: Int32(bitPattern: code.rawValue))
    default:
      // zstd's messages are constants.
      return .damaged("the zstd stream is damaged: \(String(cString: ZSTD_getErrorName(result)))")
    }
  }
}
