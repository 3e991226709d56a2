internal import CLZ4
internal import CLZMA
internal import CZstd

/// Unpacks the payloads of DATA objects ("Data Objects": one zstd frame; LZ4 block behind its length in 8 bytes;
/// xz stream), into memory that is reused. Not to be shared between threads.
struct Decompressor: ~Copyable {
  private var output = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private let zstd: OpaquePointer?

  init() {
    zstd = ZSTD_createDCtx()
    // 16 MiB: levels as journald uses need 2, and a frame could ask for 128. The parameter exists: no error.
    ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, 24)
  }

  deinit {
    output.deallocate()
    ZSTD_freeDCtx(zstd)
  }

  /// What was unpacked, and whether there was more.
  struct Unpacked {
    /// Valid until the next call.
    var bytes: UnsafeRawBufferPointer
    var isCut: Bool
  }

  /// Unpacks at most `limit` bytes.
  /// - Returns: `nil` when the bytes are damaged, or there is no memory for them.
  mutating func unpack(_ bytes: UnsafeRawBufferPointer, flag: UInt8, limit: Int) -> Unpacked? {
    switch flag {
    case JournalFormat.ObjectFlag.zstd: unpackZstd(bytes, limit)
    case JournalFormat.ObjectFlag.lz4: unpackLZ4(bytes, limit)
    case JournalFormat.ObjectFlag.xz: unpackXZ(bytes, limit)
    default: nil
    }
  }

  /// Gives back the memory of a large payload.
  mutating func shrink() {
    guard output.count > 1 << 20 else { return }
    output.deallocate()
    output = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  private mutating func reserve(_ count: Int) {
    guard output.count < count else { return }
    output.deallocate()
    output = .allocate(byteCount: max(count, 64 << 10), alignment: 16)
  }

  /// Twice what there is, with what is in it.
  private mutating func grow(keeping count: Int, limit: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(limit, max(64 << 10, output.count * 2)), alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: output[..<count]))
    output.deallocate()
    output = larger
  }

  private func unpacked(_ count: Int, isCut: Bool) -> Unpacked {
    Unpacked(bytes: UnsafeRawBufferPointer(rebasing: output[..<count]), isCut: isCut)
  }

  private mutating func unpackZstd(_ bytes: UnsafeRawBufferPointer, _ limit: Int) -> Unpacked? {
    let size = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
    // Two large numbers mean "unknown" and "damaged": journald writes the size.
    guard size <= UInt64(JournalFormat.payloadLimit) else { return nil }
    reserve(min(Int(size), limit))
    if Int(size) <= limit {
      let count = ZSTD_decompressDCtx(zstd, output.baseAddress, output.count, bytes.baseAddress, bytes.count)
      return ZSTD_isError(count) == 0 ? unpacked(count, isCut: false) : nil
    }
    guard ZSTD_isError(ZSTD_initDStream(zstd)) == 0 else { return nil }
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: limit, pos: 0)
    while target.pos < limit {
      let before = (input.pos, target.pos)
      let result = ZSTD_decompressStream(zstd, &target, &input)
      guard ZSTD_isError(result) == 0, (input.pos, target.pos) != before else { return nil }
    }
    return unpacked(limit, isCut: true)
  }

  private mutating func unpackLZ4(_ bytes: UnsafeRawBufferPointer, _ limit: Int) -> Unpacked? {
    guard bytes.count > 8, let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else {
      return nil
    }
    let size = bytes.le64(0)
    guard size <= UInt64(JournalFormat.payloadLimit) else { return nil }
    let wanted = min(Int(size), limit)
    reserve(wanted)
    guard let target = output.baseAddress?.assumingMemoryBound(to: CChar.self) else { return nil }
    let count = LZ4_decompress_safe_partial(
      base + 8, target, Int32(bytes.count - 8), Int32(wanted), Int32(output.count))
    guard count >= wanted else { return nil }
    return unpacked(wanted, isCut: Int(size) > limit)
  }

  private mutating func unpackXZ(_ bytes: UnsafeRawBufferPointer, _ limit: Int) -> Unpacked? {
    var stream = lzma_stream()
    // The memory that its presets need at most; what journald writes needs some hundred KiB.
    guard lzma_stream_decoder(&stream, 64 << 20, 0) == LZMA_OK else { return nil }
    defer { lzma_end(&stream) }
    stream.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_in = bytes.count
    reserve(min(limit, 64 << 10))
    var done = 0
    while true {
      if done == output.count { grow(keeping: done, limit: limit) }
      stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self).advanced(by: done)
      stream.avail_out = min(output.count, limit) - done
      let room = stream.avail_out
      let result = lzma_code(&stream, LZMA_FINISH)
      let produced = room - stream.avail_out
      done += produced
      if result == LZMA_STREAM_END { return unpacked(done, isCut: false) }
      guard result == LZMA_OK, produced > 0 else { return nil }
      if done == limit { return unpacked(done, isCut: true) }
    }
  }
}
