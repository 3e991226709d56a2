#if ISAL
  internal import CIsal
#endif

/// Undoes single segments of known length. Used by one thread at a time.
struct SegmentUnpacker: ~Copyable {
  private let container: ContainerFormat
  #if ISAL
    /// Some 90 KB: not for the stack.
    private let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
  #endif

  init(_ container: ContainerFormat) {
    self.container = container
  }

  deinit {
    #if ISAL
      state.deallocate()
    #endif
  }

  /// - Parameters:
  ///   - segment: as a `SegmentEncoder` made it.
  ///   - plain: checksum and length of what it was made of.
  ///   - output: has just the room for that.
  /// - Returns: whether it unpacked to that.
  /// - Throws: `.compression` when there is no memory left.
  mutating func unpack(
    _ segment: [UInt8], _ plain: Checksum, into output: UnsafeMutableRawBufferPointer
  ) throws(BundleError) -> Bool {
    #if ISAL
      if container == .gzip { return unpackDeflate(segment, plain, into: output) }
    #endif
    // A container of this one segment.
    let whole = container.opening + segment + container.closing(plain)
    var decoder = try container.makeDecoder()
    return whole.span.withUnsafeBytes { bytes in
      var rest = bytes
      var filled = 0
      do throws(DecodeError) {
        while !rest.isEmpty {
          let room = UnsafeMutableRawBufferPointer(rebasing: output[filled...])
          var spare: UInt8 = 0
          let decoded = try withUnsafeMutableBytes(of: &spare) { (spare) throws(DecodeError) -> Decoded in
            try decoder.decode(&rest, into: room.isEmpty ? spare : room)
          }
          filled += decoded.produced
          guard filled <= output.count else { return false }
        }
      } catch {
        return false
      }
      return filled == output.count
    }
  }

  #if ISAL
    /// Twice as fast as zlib.
    private func unpackDeflate(
      _ segment: [UInt8], _ plain: Checksum, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
      isal_inflate_init(state)
      state.pointee.crc_flag = UInt32(ISAL_DEFLATE)
      state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      state.pointee.avail_out = UInt32(clamping: output.count)
      let code = segment.withUnsafeBufferPointer { bytes in
        // ISA-L reads through `next_in` and never writes through it.
        state.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        state.pointee.avail_in = UInt32(clamping: bytes.count)
        return isal_inflate(state)
      }
      guard code == ISAL_DECOMP_OK, state.pointee.avail_out == 0 else { return false }
      var checksum = Checksum()
      checksum.update(UnsafeRawBufferPointer(output))
      return checksum == plain
    }
  #endif
}
