internal import Crypto

/// The outermost check: the fixed bytes of the container, and the digest in the trailer over every byte before
/// it.
struct ContainerCheck {
  /// Length of the file.
  let bytes: Int
  /// Lower-case hex, of the file.
  let sha256: String
  /// By the first bytes; `nil` for a file of another kind.
  private let format: ContainerFormat?
  private let head: [UInt8]
  private let tail: [UInt8]
  /// SHA-256 of all but the trailer.
  private let digest: [UInt8]

  /// Where the trailer begins.
  var trailerOffset: Int { max(0, bytes - (format?.trailerLength ?? 0)) }

  /// Reads the file once.
  init(path: String) throws(BundleError) {
    let file = try OpenFile(reading: path)
    let format = ContainerFormat(startingWith: try file.head(ContainerFormat.magicLength))
    let trailerLength = format?.trailerLength ?? 0
    let end = max(0, try file.length() - trailerLength)
    var whole = SHA256()
    var body = SHA256()
    var tail: [UInt8] = []
    var count = 0
    try file.forEachChunk { chunk in
      whole.update(bufferPointer: chunk)
      let inBody = min(max(0, end - count), chunk.count)
      body.update(bufferPointer: UnsafeRawBufferPointer(rebasing: chunk.prefix(inBody)))
      tail += chunk.dropFirst(inBody).prefix(trailerLength - tail.count)
      count += chunk.count
    }
    bytes = count
    sha256 = hexadecimal(whole.finalize())
    digest = Array(body.finalize())
    head = try file.head(format?.header.count ?? 0)
    self.format = format
    self.tail = tail
  }

  func report(to findings: inout Findings) {
    guard let format else {
      return findings.add(.container, at: "offset 0", "no bundle: neither gzip nor zstd")
    }
    if let offset = difference(head, format.header) {
      findings.add(.container, at: "offset \(offset)", "not the fixed header of a bundle")
    }
    let expected = format.trailer(sha256: digest)
    let digestRange = format.digestRange
    var frame = tail
    if frame.count == expected.count { frame.replaceSubrange(digestRange, with: expected[digestRange]) }
    if let offset = difference(frame, expected) {
      findings.add(
        .container, at: "offset \(trailerOffset + offset)",
        "no seal at the end: the file is cut off, was packed anew, or is no bundle")
    } else if tail[digestRange] != expected[digestRange] {
      findings.add(
        .container, at: "offset 0 to \(trailerOffset + digestRange.upperBound - 1)",
        "the bytes of the file do not match the SHA-256 in its trailer: the file was changed")
    }
    findings.conclude(.container, "\(bytes) bytes match the SHA-256 in the trailer")
  }

  private func difference(_ found: [UInt8], _ expected: [UInt8]) -> Int? {
    guard found.count == expected.count else { return 0 }
    return found.indices.first { found[$0] != expected[$0] }
  }
}
