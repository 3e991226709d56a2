/// Sixteen bytes of text at once, in one register of the baseline of x86-64 and of arm64.
///
/// Questions are answered by arithmetic, each byte's in its top bit: the standard library compares lane by lane.
struct Lanes {
  private typealias Vector = SIMD16<UInt8>
  private let bytes: Vector

  /// - Parameter place: of sixteen bytes.
  @inline(__always)
  init(at place: UnsafeRawPointer) { bytes = place.loadUnaligned(as: Vector.self) }

  /// - Parameter place: with room for sixteen bytes.
  @inline(__always)
  func store(to place: UnsafeMutableRawPointer) { place.storeBytes(of: bytes, as: Vector.self) }

  /// All bytes are 0x20…0x7E.
  @inline(__always)
  var isPrintableASCII: Bool {
    let words = Self.tops(bytes | (bytes &+ Vector(repeating: 1)) | (bytes &- Vector(repeating: 0x20)))
    return words[0] | words[1] == 0
  }

  @inline(__always)
  var hasQuoteOrBackslash: Bool {
    let words = Self.tops(~(differs(from: 0x22) & differs(from: 0x5C)))
    return words[0] | words[1] != 0
  }

  /// How many bytes can stand in a JSON string as they are before one that cannot; 16 for all.
  @inline(__always)
  var countBeforeJSONEscape: Int {
    let isControl = (bytes &- Vector(repeating: 0x20)) & ~bytes
    let words = Self.tops(~(differs(from: 0x22) & differs(from: 0x5C)) | isControl)
    let (low, high) = (UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
    return low != 0 ? low.trailingZeroBitCount >> 3 : 8 &+ high.trailingZeroBitCount >> 3
  }

  /// The top bit of each byte that is another one.
  @inline(__always)
  private func differs(from byte: UInt8) -> Vector {
    let difference = bytes ^ Vector(repeating: byte)
    return difference | ((difference & Vector(repeating: 0x7F)) &+ Vector(repeating: 0x7F))
  }

  @inline(__always)
  private static func tops(_ vector: Vector) -> SIMD2<UInt64> {
    unsafeBitCast(vector & Vector(repeating: 0x80), to: SIMD2<UInt64>.self)
  }
}
