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

  mutating func append(literal: StaticString) {
    append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    (base + count).storeBytes(of: byte, as: UInt8.self)
    count &+= 1
  }

  mutating func append(decimal value: UInt64) {
    var rest = value
    var length = 1
    while rest >= 10 {
      rest /= 10
      length &+= 1
    }
    reserve(length)
    rest = value
    for index in stride(from: length &- 1, through: 0, by: -1) {
      let digit = UInt8(truncatingIfNeeded: rest % 10) | UInt8(ascii: "0")
      (base + (count &+ index)).storeBytes(of: digit, as: UInt8.self)
      rest /= 10
    }
    count &+= length
  }

  /// As few lower-case digits as needed.
  mutating func append(hexadecimal value: UInt64) {
    let length = max(1, (64 - value.leadingZeroBitCount + 3) / 4)
    reserve(length)
    for index in 0..<length {
      let nibble = UInt8(truncatingIfNeeded: value >> UInt64((length &- 1 &- index) &* 4)) & 15
      let digit = nibble < 10 ? UInt8(ascii: "0") &+ nibble : UInt8(ascii: "a") &+ nibble &- 10
      (base + (count &+ index)).storeBytes(of: digit, as: UInt8.self)
    }
    count &+= length
  }
}
