package import Redaction

extension SpooledArtifact {
  /// The artifact without the secrets that were found after it was written, in a spool file of its own.
  ///
  /// It is unpacked once to see whether there are any; then segments without one are copied as they are.
  ///
  /// - Parameters:
  ///   - found: every secret that is known by now.
  ///   - spoolFolder: where the new body waits.
  ///   - compression: of what is written anew; its container is that of the bundle.
  /// - Returns: `nil` where nothing is to be taken out; else the new artifact, and what was. The old one's file stays.
  /// - Throws: `.damaged` when the body does not unpack to what was written; `.diskFull`, `.system`, `.compression`.
  package func swept(
    for found: FoundSecrets, spoolFolder: String, compression: Compression
  ) throws(BundleError) -> (artifact: SpooledArtifact, counts: RedactionCounts)? {
    let concerned = try segments(0..<segmentCount, with: found)
    guard !concerned.isEmpty else { return nil }
    return try rewritten(concerned, for: found, spoolFolder: spoolFolder, compression: compression)
  }

  /// In how many parts the body can be looked through.
  package var segmentCount: Int { segments.count }

  /// The numbers of those segments of a range that hold a secret, or a part of one.
  ///
  /// - Parameters:
  ///   - range: of the segments, not empty. What begins in the one before it and ends in it is found, too.
  ///   - found: every secret that is known by now.
  /// - Returns: none where nothing is to be taken out.
  /// - Throws: as `swept`.
  package func segments(_ range: Range<Int>, with found: FoundSecrets) throws(BundleError) -> Set<Int> {
    var concerned: Set<Int> = []
    var search = found.makeSearch()
    var tail: [UInt8] = []
    var reader = try SegmentReader(self, from: max(0, range.lowerBound - 1))
    while reader.index + 1 < range.upperBound, try reader.next() {
      let content = reader.content
      let seam = tail + content.prefix(SecretSweep.longest)
      if seam.span.withUnsafeBytes({ search.finds(in: $0, before: tail.count, endingAfter: tail.count) }) {
        concerned.formUnion([reader.index - 1, reader.index])
      }
      tail = Array((tail + content.suffix(SecretSweep.longest)).suffix(SecretSweep.longest))
      guard range.contains(reader.index) else { continue }
      if search.finds(in: content, before: content.count, endingAfter: 0) { concerned.insert(reader.index) }
    }
    return concerned
  }

  /// The artifact with the secrets taken out of some of its segments.
  ///
  /// - Parameters:
  ///   - concerned: what `segments(_:with:)` found, of the whole body.
  ///   - found: see `swept`, as the others.
  ///   - spoolFolder: where the new body waits.
  ///   - compression: of what is written anew.
  /// - Returns: see `swept`.
  /// - Throws: as `swept`.
  package func rewritten(
    _ concerned: Set<Int>, for found: FoundSecrets, spoolFolder: String, compression: Compression
  ) throws(BundleError) -> (artifact: SpooledArtifact, counts: RedactionCounts) {
    var writer = try ArtifactWriter(path: path, spoolFolder: spoolFolder, compression: compression)
    var counts = RedactionCounts()
    var sweep: SecretSweep?
    var reader = try SegmentReader(self)
    while try reader.next() {
      if concerned.contains(reader.index) {
        if sweep == nil { sweep = found.makeSweep() }
        try sweep?.write(reader.content) { (chunk) throws(BundleError) in try writer.write(chunk) }
        continue
      }
      try Self.end(&sweep, &writer, &counts)
      try writer.copy(reader.segment, content: reader.content, reader.plain)
    }
    try Self.end(&sweep, &writer, &counts)
    return (try writer.finish(), counts)
  }

  private static func end(
    _ sweep: inout SecretSweep?, _ writer: inout ArtifactWriter, _ counts: inout RedactionCounts
  ) throws(BundleError) {
    guard var ending = sweep.take() else { return }
    try ending.finish { (chunk) throws(BundleError) in try writer.write(chunk) }
    counts.add(ending.counts)
  }
}

extension SpooledArtifact {
  /// Reads the artifact back, as it was written and redacted.
  ///
  /// - Parameter body: takes the next bytes.
  /// - Throws: `.damaged` when the body does not unpack to what was written, `.system`; and what `body` throws.
  package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var reader = try SegmentReader(self)
    while try reader.next() { try body(reader.content) }
  }
}

/// Reads the segments of a spooled artifact one by one, and checks that each unpacks to what was written.
private struct SegmentReader: ~Copyable {
  private let artifact: SpooledArtifact
  private let file: OpenFile
  private var unpacker: SegmentUnpacker
  private var output: Scratch
  /// The number of the present segment; of the one before the first to begin with.
  private(set) var index: Int
  /// Its bytes.
  private(set) var segment: [UInt8] = []

  init(_ artifact: SpooledArtifact, from first: Int = 0) throws(BundleError) {
    let file = try OpenFile(reading: artifact.spoolFile)
    try file.seek(to: artifact.segments[..<first].reduce(0) { $0 + $1.compressedBytes })
    index = first - 1
    self.artifact = artifact
    self.file = file
    unpacker = SegmentUnpacker(artifact.container)
    output = Scratch(byteCount: 2 << 20)
  }

  /// Checksum and length of what it unpacks to.
  var plain: Checksum { artifact.segments[index].plain }

  /// What it unpacks to, until the next call of `next`.
  var content: UnsafeRawBufferPointer { output.prefix(plain.length) }

  /// - Returns: `false` after the last one.
  mutating func next() throws(BundleError) -> Bool {
    guard index + 1 < artifact.segments.count else { return false }
    index += 1
    let described = artifact.segments[index]
    segment = try file.readBlock(described.compressedBytes)
    output.reserve(described.plain.length)
    let room = UnsafeMutableRawBufferPointer(rebasing: output.bytes[..<described.plain.length])
    guard segment.count == described.compressedBytes, try unpacker.unpack(segment, plain, into: room) else {
      throw .damaged(
        place: artifact.path.text, detail: "segment \(index) of its spool file is not what was written")
    }
    return true
  }
}

extension OpenFile {
  /// The next `count` bytes, or what there is of them.
  fileprivate func readBlock(_ count: Int) throws(BundleError) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      var result: Result<Int, BundleError> = .success(0)
      block.withUnsafeMutableBytes { bytes in
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
        do throws(BundleError) { result = .success(try read(into: rest)) } catch { result = .failure(error) }
      }
      let length = try result.get()
      guard length > 0 else { break }
      filled += length
    }
    return Array(block.prefix(filled))
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
