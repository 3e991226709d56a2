#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Cuts a stream of bytes into lines, however it arrives, and holds at most one line.
struct LineSplitter {
  private let maximumBytes: Int
  private var held: [UInt8] = []
  /// Number of the last line that was handed out, from 1.
  private(set) var number = 0
  /// Whether a line was longer than allowed; the rest of the input is then not looked at.
  private(set) var isTooLong = false

  init(maximumBytes: Int) {
    self.maximumBytes = maximumBytes
  }

  /// Calls `body` with each line that is complete, without its newline, until it returns `false`.
  mutating func feed<E: Error>(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(E) -> Bool
  ) throws(E) -> Bool {
    var rest = bytes[...]
    while !isTooLong, let length = lengthOfLine(UnsafeRawBufferPointer(rebasing: rest)) {
      let isGoingOn = try emit(UnsafeRawBufferPointer(rebasing: rest.prefix(length)), body)
      rest = rest.dropFirst(length + 1)
      guard isGoingOn else { return false }
    }
    guard !isTooLong, held.count + rest.count <= maximumBytes else {
      isTooLong = true
      return true
    }
    held += rest
    return true
  }

  /// Hands out a last line that has no newline.
  mutating func finish<E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Bool
  ) throws(E) -> Bool {
    guard !isTooLong, !held.isEmpty else { return true }
    return try emit(UnsafeRawBufferPointer(start: nil, count: 0), body)
  }

  private mutating func emit<E: Error>(
    _ tail: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(E) -> Bool
  ) throws(E) -> Bool {
    guard held.count + tail.count <= maximumBytes else {
      isTooLong = true
      return true
    }
    number += 1
    guard !held.isEmpty else { return try body(tail) }
    held += tail
    defer { held.removeAll(keepingCapacity: true) }
    return try held.span.withUnsafeBytes { (line) throws(E) in try body(line) }
  }
}

/// Bytes before the first newline, by the C library's vectorised search.
private func lengthOfLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
  guard let start = bytes.baseAddress, let end = memchr(start, 0x0A, bytes.count) else { return nil }
  return UnsafeRawPointer(end) - start
}
