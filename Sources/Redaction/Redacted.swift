/// Bytes that have passed the redactor.
///
/// Only this module can make a value of it, so a function that takes `Redacted` cannot be handed raw evidence.
package struct Redacted: Sendable {
  private enum Storage {
    case array([UInt8])
    case memory(FilledMemory)
  }

  private let storage: Storage

  init(_ bytes: [UInt8]) {
    storage = .array(bytes)
  }

  init(_ memory: FilledMemory) {
    storage = .memory(memory)
  }

  /// The number of bytes.
  package var count: Int {
    switch storage {
    case .array(let bytes): bytes.count
    case .memory(let memory): memory.bytes.count
    }
  }

  /// Lends the bytes for the time of `body`.
  package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    switch storage {
    case .array(let bytes): return try bytes.span.withUnsafeBytes(body)
    case .memory(let memory): return try memory.withUnsafeBytes(body)
    }
  }

  /// The bytes as UTF-8 text; what is not UTF-8 shows as U+FFFD.
  package var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

extension Redacted: Hashable {
  package static func == (left: Redacted, right: Redacted) -> Bool {
    left.withUnsafeBytes { left in right.withUnsafeBytes { left.elementsEqual($0) } }
  }

  package func hash(into hasher: inout Hasher) {
    withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// Memory that is not written to any more, and given back with the last reference.
package final class FilledMemory: @unchecked Sendable {
  // Unchecked, since pointers are not Sendable. Whoever made it gave the memory away: nobody writes to it, and it is
  // freed in `deinit`, when nobody has the object any more.
  fileprivate let bytes: UnsafeRawBufferPointer

  /// - Parameters:
  ///   - memory: that was allocated, and belongs to this object from now on.
  ///   - count: bytes of it that were filled.
  package init(taking memory: UnsafeMutableRawPointer, count: Int) {
    bytes = UnsafeRawBufferPointer(start: memory, count: count)
  }

  deinit {
    bytes.deallocate()
  }

  /// Lends the bytes for the time of `body`.
  package func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    // The memory stays as long as the object does.
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }
}
