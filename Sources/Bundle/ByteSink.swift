internal import Crypto

/// Where compressed bytes go.
protocol ByteSink: ~Copyable {
  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError)
}

/// A file that is written front to back, and how much of it is there.
struct CountedFile: ByteSink, ~Copyable {
  private let file: OpenFile
  /// Bytes written.
  private(set) var count = 0

  var path: String { file.path }

  init(_ file: consuming OpenFile) {
    self.file = file
  }

  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
    try file.write(bytes)
    count += bytes.count
  }
}

/// A file that is written front to back, with the SHA-256 of all that it holds so far.
struct DigestedFile: ByteSink, ~Copyable {
  private let file: OpenFile
  private var digest = SHA256()
  /// Bytes written.
  private(set) var count = 0
  /// Bytes that the disk has begun with.
  private var begun = 0
  /// Bytes after which it begins with the next ones.
  private static let writeback = 4 << 20

  var path: String { file.path }

  /// The 32 bytes of the SHA-256 of everything written so far.
  var sha256: [UInt8] { Array(digest.finalize()) }

  init(_ file: consuming OpenFile) {
    self.file = file
  }

  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
    try file.write(bytes)
    digest.update(bufferPointer: bytes)
    count += bytes.count
    if count - begun >= Self.writeback {
      file.beginWriting(begun..<count)
      begun = count
    }
  }

  /// Makes the file read-only and durable.
  func seal() throws(BundleError) {
    try file.setMode(0o440)
    try file.synchronise()
  }
}
