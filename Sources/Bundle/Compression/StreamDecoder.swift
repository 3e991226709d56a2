/// Undoes one kind of compression, piece by piece.
protocol StreamDecoder: ~Copyable {
  /// Decodes on, with some input and some room.
  /// - Parameters:
  ///   - input: its front is taken off as it is decoded, up to the place of the damage on an error.
  ///   - output: filled from its start.
  /// - Returns: how far it came.
  /// - Throws: `DecodeError`.
  mutating func decode(
    _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecodeError) -> Decoded
}

/// How far a decoder came.
struct Decoded {
  /// Bytes put out, which may be none.
  var produced = 0
  /// Whether what was decoded so far is whole: only there may a file end.
  var isComplete = false
  /// Where, in compressed bytes from the first, the archive ends and a trailer may begin; `nil` while that is not
  /// known.
  var contentEnd: Int?
}

/// Why compressed bytes do not decode; where is for the caller to say.
enum DecodeError: Error {
  case damaged(String)
  /// Sound perhaps, but more than a reader takes.
  case refused(String)
  /// The library itself failed: there is no memory left.
  case failed(call: String, code: Int32)
}

extension ContainerFormat {
  func makeDecoder() throws(BundleError) -> any StreamDecoder & ~Copyable {
    switch self {
    case .gzip: try GzipDecoder()
    case .zstd: try ZstdDecoder()
    }
  }
}
