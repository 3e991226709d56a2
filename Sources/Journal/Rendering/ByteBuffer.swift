/// Bytes that are appended and taken away as a whole, without the bookkeeping of an array for each append.
struct ByteBuffer: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(64, capacity)
    base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit {
    base.deallocate()
  }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  @inline(__always)
  func slice(_ start: UInt32, _ length: UInt32) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<(Int(start) &+ Int(length))])
  }

  mutating func removeAll() { count = 0 }

  /// Forgets what was appended after the first `count` bytes.
  mutating func truncate(to count: Int) { self.count = min(self.count, count) }

  /// Makes room for that many more bytes.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if capacity &- count < more { grow(more) }
  }

  private mutating func grow(_ more: Int) {
    let larger = max(count + more, capacity * 2)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    moved.copyMemory(from: base, byteCount: count)
    base.deallocate()
    (base, capacity) = (moved, larger)
  }

  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).copyMemory(from: start, byteCount: bytes.count)
    count &+= bytes.count
  }

  mutating func append(_ array: [UInt8]) {
    array.withUnsafeBytes { append($0) }
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    (base + count).storeBytes(of: byte, as: UInt8.self)
    count &+= 1
  }

  mutating func append(decimal value: UInt64) {
    reserve(20)
    // Two digits at a time, from the last pair to the first.
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var rest = value
      var start = 20
      while rest >= 100 {
        start &-= 2
        digits.storeBytes(of: Self.pair(rest % 100), toByteOffset: start, as: UInt16.self)
        rest /= 100
      }
      start &-= 2
      digits.storeBytes(of: Self.pair(rest), toByteOffset: start, as: UInt16.self)
      if rest < 10 { start &+= 1 }
      append(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
  }

  /// Two decimal digits, the tens in the byte that stands first in memory.
  @inline(__always)
  private static func pair(_ value: UInt64) -> UInt16 {
    let tens = UInt16(truncatingIfNeeded: value / 10)
    return (tens | (UInt16(truncatingIfNeeded: value) &- tens &* 10) << 8 | 0x3030).littleEndian
  }

  /// As few lower-case digits as needed.
  mutating func append(hexadecimal value: UInt64) {
    let length = max(1, (64 - value.leadingZeroBitCount + 3) / 4)
    let digits = (
      Self.digits(UInt32(truncatingIfNeeded: value >> 32)), Self.digits(UInt32(truncatingIfNeeded: value))
    )
    withUnsafeBytes(of: digits) { append(UnsafeRawBufferPointer(rebasing: $0[(16 &- length)...])) }
  }

  /// Eight hexadecimal digits, the first of them in the byte that stands first in memory.
  @inline(__always)
  private static func digits(_ value: UInt32) -> UInt64 {
    // A nibble into each byte.
    var spread = UInt64(value)
    spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
    spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
    spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
    let isLetter = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return (spread &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27).bigEndian
  }
}

extension ByteBuffer: ByteOutput {
  @inline(__always)
  mutating func append(room: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
    reserve(room)
    count &+= write(base + count)
  }
}
