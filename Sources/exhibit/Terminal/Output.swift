#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Standard output with a buffer: bytes, not `print`, so that a closed pipe and a full disk are errors that
/// the command sees.
final class Output {
  private static let capacity = 64 * 1024
  private let file = OpenFile.standardOutput()
  private var buffer: [UInt8] = []

  init() {
    buffer.reserveCapacity(Output.capacity)
  }

  func write(_ text: String) throws(FileError) {
    buffer.append(contentsOf: text.utf8)
    try flushIfFull()
  }

  func write(_ bytes: [UInt8]) throws(FileError) {
    buffer.append(contentsOf: bytes)
    try flushIfFull()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    buffer.append(contentsOf: bytes)
    try flushIfFull()
  }

  /// Hands everything to the system; must be called at the end.
  func flush() throws(FileError) {
    var pending = exchange(&buffer, with: [])
    try pending.span.withUnsafeBytes { (bytes) throws(FileError) in try file.writeAll(bytes) }
    pending.removeAll(keepingCapacity: true)
    buffer = pending
  }

  /// Writes one text and flushes it.
  static func print(_ text: String) throws(FileError) {
    try print(Array(text.utf8))
  }

  static func print(_ text: [UInt8]) throws(FileError) {
    let output = Output()
    try output.write(text)
    try output.flush()
  }

  private func flushIfFull() throws(FileError) {
    if buffer.count >= Output.capacity { try flush() }
  }
}

/// Notes to the person at the terminal, on standard error. They must never fail the command: a closed
/// standard error loses the note and nothing else.
enum Note {
  static func print(_ text: String) {
    draw(text + "\n")
  }

  /// Writes the text as it is, without a line break.
  static func draw(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(0, count))
    }
  }
}
