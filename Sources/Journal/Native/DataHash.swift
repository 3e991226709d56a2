/// The hashes by which a journal file finds and checks its DATA objects ("Hash Tables").
enum DataHash {
  /// SipHash-2-4 with the file's id as key (incompatible flag `keyed-hash`;
  /// https://www.aumasson.jp/siphash/siphash.pdf).
  static func sip(_ bytes: UnsafeRawBufferPointer, key: JournalID) -> UInt64 {
    let (k0, k1) = (key.high.byteSwapped, key.low.byteSwapped)
    var state = SipState(
      v0: k0 ^ 0x736f_6d65_7073_6575, v1: k1 ^ 0x646f_7261_6e64_6f6d, v2: k0 ^ 0x6c79_6765_6e65_7261,
      v3: k1 ^ 0x7465_6462_7974_6573)
    let words = bytes.count / 8
    for index in 0..<words { state.absorb(bytes.le64(index &* 8)) }
    var tail = UInt64(truncatingIfNeeded: bytes.count) << 56
    for index in (words &* 8)..<bytes.count { tail |= UInt64(bytes[index]) << UInt64((index & 7) &* 8) }
    state.absorb(tail)
    return state.finish()
  }

  /// Bob Jenkins' lookup3 `hashlittle2` (https://burtleburtle.net/bob/c/lookup3.c, public domain), with the
  /// first result as the upper half: the hash of files without keys.
  static func jenkins(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var a = 0xdead_beef &+ UInt32(truncatingIfNeeded: bytes.count)
    var (b, c) = (a, a)
    var start = 0
    while bytes.count &- start > 12 {
      a = a &+ bytes.le32(start)
      b = b &+ bytes.le32(start &+ 4)
      c = c &+ bytes.le32(start &+ 8)
      mix(&a, &b, &c)
      start &+= 12
    }
    guard start < bytes.count else { return UInt64(c) << 32 | UInt64(b) }
    var rest: (UInt32, UInt32, UInt32) = (0, 0, 0)
    for index in start..<bytes.count {
      let byte = UInt32(bytes[index]) << UInt32((index &- start) % 4 * 8)
      switch (index &- start) / 4 {
      case 0: rest.0 |= byte
      case 1: rest.1 |= byte
      default: rest.2 |= byte
      }
    }
    a = a &+ rest.0
    b = b &+ rest.1
    c = c &+ rest.2
    finalMix(&a, &b, &c)
    return UInt64(c) << 32 | UInt64(b)
  }

  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    a = (a &- c) ^ c.rotated(4)
    c = c &+ b
    b = (b &- a) ^ a.rotated(6)
    a = a &+ c
    c = (c &- b) ^ b.rotated(8)
    b = b &+ a
    a = (a &- c) ^ c.rotated(16)
    c = c &+ b
    b = (b &- a) ^ a.rotated(19)
    a = a &+ c
    c = (c &- b) ^ b.rotated(4)
    b = b &+ a
  }

  private static func finalMix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    c = (c ^ b) &- b.rotated(14)
    a = (a ^ c) &- c.rotated(11)
    b = (b ^ a) &- a.rotated(25)
    c = (c ^ b) &- b.rotated(16)
    a = (a ^ c) &- c.rotated(4)
    b = (b ^ a) &- a.rotated(14)
    c = (c ^ b) &- b.rotated(24)
  }
}

private struct SipState {
  var v0: UInt64
  var v1: UInt64
  var v2: UInt64
  var v3: UInt64

  @inline(__always)
  private mutating func round() {
    v0 = v0 &+ v1
    v1 = v1.rotated(13) ^ v0
    v0 = v0.rotated(32)
    v2 = v2 &+ v3
    v3 = v3.rotated(16) ^ v2
    v0 = v0 &+ v3
    v3 = v3.rotated(21) ^ v0
    v2 = v2 &+ v1
    v1 = v1.rotated(17) ^ v2
    v2 = v2.rotated(32)
  }

  @inline(__always)
  mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  mutating func finish() -> UInt64 {
    v2 ^= 0xFF
    for _ in 0..<4 { round() }
    return v0 ^ v1 ^ v2 ^ v3
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  @inline(__always)
  fileprivate func rotated(_ bits: Self) -> Self { self &<< bits | self &>> (Self(Self.bitWidth) &- bits) }
}
