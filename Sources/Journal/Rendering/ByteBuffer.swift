internal import Redaction

/// Bytes that are appended and taken away as a whole, without the bookkeeping of an array for each append.
struct ByteBuffer: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private let firstCapacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    firstCapacity = max(64, capacity)
    self.capacity = firstCapacity
    base = .allocate(byteCount: firstCapacity, alignment: 16)
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

  /// Gives the bytes away with their memory, and goes on with other memory.
  mutating func give() -> FilledMemory {
    let filled = FilledMemory(taking: base, count: count)
    // Not what one long entry made of it.
    (capacity, count) = (firstCapacity, 0)
    base = .allocate(byteCount: capacity, alignment: 16)
    return filled
  }

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
    // Two digits at a time, from the last pair to the first.
    let length = Self.decimalLength(value)
    append(room: length) { output in
      var rest = value
      var start = length
      while start >= 2 {
        start &-= 2
        output.storeBytes(of: Self.pair(rest % 100), toByteOffset: start, as: UInt16.self)
        rest /= 100
      }
      if start == 1 { output.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x30, as: UInt8.self) }
      return length
    }
  }

  private static func decimalLength(_ value: UInt64) -> Int {
    var length = 1
    var bound: UInt64 = 10
    while length < 20, value >= bound {
      length &+= 1
      bound = bound &* 10
    }
    return length
  }

  /// - Parameter value: below a million.
  @inline(__always)
  mutating func append(sixDigits value: UInt64) {
    append(room: 6) {
      $0.storeBytes(of: Self.pair(value / 10_000), as: UInt16.self)
      $0.storeBytes(of: Self.pair(value / 100 % 100), toByteOffset: 2, as: UInt16.self)
      $0.storeBytes(of: Self.pair(value % 100), toByteOffset: 4, as: UInt16.self)
      return 6
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
    // The digits that count first; zeros behind them are written over.
    let aligned = value << UInt64(64 - 4 * length)
    append(room: 16) {
      $0.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: aligned >> 32)), as: UInt64.self)
      $0.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: aligned)), toByteOffset: 8, as: UInt64.self)
      return length
    }
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
