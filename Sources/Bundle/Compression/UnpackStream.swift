/// Reads a compressed file of any origin as what is in it. The file's first bytes say how it is compressed, not
/// its name.
///
/// Output is counted against a limit, so that a small file cannot become an endless one.
struct UnpackStream: ~Copyable {
  private let file: OpenFile
  private var decoder: any StreamDecoder & ~Copyable
  private let buffer = Scratch(byteCount: 64 << 10)
  /// What of the buffer is not decoded yet.
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)
  private var progress = Decoded()
  private let maximumBytes: Int
  private var bytesRead = 0
  /// Bytes handed out so far.
  private(set) var count = 0

  /// Offset in the compressed file of the next byte to decode.
  var offset: Int { bytesRead - input.count }

  /// Offset in the compressed file where a trailer should begin, once it was reached.
  var contentEnd: Int? { progress.contentEnd }

  /// Puts out at most `maximumBytes`.
  /// - Throws: `.damaged` when the file is neither gzip nor zstd, `.system`, `.compression`.
  init(_ file: consuming OpenFile, maximumBytes: Int) throws(BundleError) {
    let head = try file.head(ContainerFormat.magicLength)
    guard let format = ContainerFormat(startingWith: head) else {
      throw .damaged(place: "offset 0", detail: "neither gzip nor zstd")
    }
    decoder = try format.makeDecoder()
    self.file = file
    self.maximumBytes = maximumBytes
  }

  /// - Returns: the number of bytes put into `buffer`, which is not empty; 0 at the end of the file.
  /// - Throws: `.damaged`, `.limitExceeded`, `.system`, `.compression`.
  mutating func read(into output: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
    progress.produced = 0
    while progress.produced == 0 {
      if try !refill() {
        guard progress.isComplete else { throw .damaged(place: place, detail: "the file is cut off") }
        return 0
      }
      progress = try decode(into: output)
    }
    count += progress.produced
    guard count <= maximumBytes else {
      throw .limitExceeded(place: place, detail: "unpacks to more than \(maximumBytes) bytes")
    }
    return progress.produced
  }

  private var place: String { "offset \(offset)" }

  private mutating func decode(into output: UnsafeMutableRawBufferPointer) throws(BundleError) -> Decoded {
    do throws(DecodeError) {
      return try decoder.decode(&input, into: output)
    } catch {
      switch error {
      case .damaged(let detail): throw .damaged(place: place, detail: detail)
      case .refused(let detail): throw .limitExceeded(place: place, detail: detail)
      case .failed(let call, let code): throw .compression(call: call, code: code)
      }
    }
  }

  /// - Returns: `false` at the end of the file.
  private mutating func refill() throws(BundleError) -> Bool {
    guard input.isEmpty else { return true }
    let length = try file.read(into: buffer.bytes)
    input = buffer.prefix(length)
    bytesRead += length
    return length > 0
  }
}
