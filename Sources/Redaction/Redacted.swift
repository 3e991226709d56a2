/// Bytes that have passed the redactor.
///
/// Only this module can make a value of it, so a function that takes `Redacted` cannot be handed raw evidence.
package struct Redacted: Sendable, Hashable {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The number of bytes.
  package var count: Int { bytes.count }

  /// Lends the bytes for the time of `body`.
  package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    var result: Result<R, E>?
    bytes.withUnsafeBytes { buffer in
      do throws(E) { result = .success(try body(buffer)) } catch { result = .failure(error) }
    }
    guard let result else { preconditionFailure("Array.withUnsafeBytes did not call its body") }
    return try result.get()
  }

  /// The bytes as UTF-8 text; what is not UTF-8 shows as U+FFFD.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}
