package import Redaction

extension SpooledArtifact {
  /// The artifact without the secrets that were found after it was written, in a spool file of its own.
  ///
  /// It is read once to see whether there are any, and written anew only then.
  ///
  /// - Parameters:
  ///   - found: every secret that is known by now.
  ///   - spoolFolder: where the new body waits.
  ///   - compression: of the new body; its container is that of the bundle.
  /// - Returns: `nil` where nothing is to be taken out; else the new artifact, and what was. The old one's file stays.
  /// - Throws: `.damaged` when the body does not unpack to what was written; `.diskFull`, `.system`, `.compression`.
  package func swept(
    for found: FoundSecrets, spoolFolder: String, compression: Compression
  ) throws(BundleError) -> (artifact: SpooledArtifact, counts: RedactionCounts)? {
    guard try holds(any: found) else { return nil }
    var writer = try ArtifactWriter(path: path, spoolFolder: spoolFolder, compression: compression)
    var sweep = found.makeSweep()
    try forEachPlainChunk { (bytes) throws(BundleError) in
      try sweep.write(bytes) { (chunk) throws(BundleError) in try writer.write(chunk) }
    }
    try sweep.finish { (chunk) throws(BundleError) in try writer.write(chunk) }
    return (try writer.finish(), sweep.counts)
  }

  private func holds(any found: FoundSecrets) throws(BundleError) -> Bool {
    var search = found.makeSearch()
    try forEachPlainChunk { (bytes) throws(BundleError) in search.look(at: bytes) }
    return search.finish()
  }

  /// Lends the body, uncompressed and in pieces.
  private func forEachPlainChunk(
    _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
  ) throws(BundleError) {
    let closing = container.closing(Checksum(crc32: crc32, length: bytes))
    var unpacking = SegmentUnpacking(decoder: try container.makeDecoder(), place: path.text)
    try unpacking.feed(container.opening, body)
    try OpenFile(reading: spoolFile).forEachChunk { (chunk) throws(BundleError) in
      try unpacking.feed(chunk, body)
    }
    try unpacking.feed(closing, body)
    guard unpacking.count == bytes else {
      throw .damaged(place: path.text, detail: "unpacks to \(unpacking.count) bytes instead of \(bytes)")
    }
  }
}

extension PayloadPath {
  /// The name of a copy of one of the host's files without the secrets that are in it.
  ///
  /// - Parameters:
  ///   - found: every secret that is known by now.
  ///   - taken: the names of all artifacts; the new one is added.
  /// - Returns: `nil` where there is nothing to be taken out.
  /// - Throws: `.invalid`, for no path that `init(hostPath:under:)` made.
  package func swept(
    for found: FoundSecrets, taken: inout Set<String>
  ) throws(BundleError) -> PayloadPath? {
    guard let host = hostPath(under: Self.currentFiles) else { return nil }
    var name: [UInt8] = []
    var sweep = found.makeSweep()
    func take(_ part: Redacted) { part.withUnsafeBytes { name += $0 } }
    host.withUnsafeBytes { sweep.write($0, take) }
    sweep.finish(take)
    guard name != host else { return nil }
    var new = try PayloadPath(hostPath: name, under: Self.currentFiles)
    var number = 2
    while !taken.insert(new.text).inserted {
      new = try PayloadPath(hostPath: name + Array("~\(number)".utf8), under: Self.currentFiles)
      number += 1
    }
    return new
  }
}

/// Undoes the compression of segments.
private struct SegmentUnpacking: ~Copyable {
  private var decoder: any StreamDecoder & ~Copyable
  private let place: String
  private let output = Scratch(byteCount: 256 << 10)
  private(set) var count = 0

  init(decoder: consuming any StreamDecoder & ~Copyable, place: String) {
    self.decoder = decoder
    self.place = place
  }

  mutating func feed(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
  ) throws(BundleError) {
    try bytes.span.withUnsafeBytes { (bytes) throws(BundleError) in try feed(bytes, body) }
  }

  mutating func feed(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
  ) throws(BundleError) {
    var rest = bytes
    var isFull = false
    // Output may wait in the decoder after the last byte of input was taken.
    while !rest.isEmpty || isFull {
      let decoded: Decoded
      do throws(DecodeError) {
        decoded = try decoder.decode(&rest, into: output.bytes)
      } catch {
        throw .damaged(place: place, detail: "the spooled body does not unpack: \(error)")
      }
      isFull = decoded.produced == output.bytes.count
      count += decoded.produced
      if decoded.produced > 0 { try body(output.prefix(decoded.produced)) }
    }
  }
}
