internal import Crypto
package import Evidence
internal import FoundationEssentials

/// Reads a sealed bundle, or any plain `.tar.gz` or `.tar.zst` of a bag, without unpacking it. Memory is bounded, whatever
/// the file holds; nothing is written.
package struct BundleReader: Sendable {
  /// How much a reader takes before it gives up.
  package struct Limits: Hashable, Sendable {
    /// Most bytes that the archive may unpack to.
    package var maximumBytes = 64 << 30
    package var maximumEntries = 100_000
    /// Most bytes of all names together.
    package var maximumNameBytes = 32 << 20
    package var maximumPaxBytes = 64 << 10
    /// Most bytes of a file that is read whole: tag files, manifests, JSON documents.
    package var maximumDocumentBytes = 64 << 20
    /// Most bytes of one line.
    package var maximumLineBytes = 64 << 20

    package init() {}
  }

  package let path: String
  package let limits: Limits

  package init(path: String, limits: Limits = Limits()) {
    self.path = path
    self.limits = limits
  }

  /// Calls `body` for each entry in the order of the archive; it may read the entry's content from the reader,
  /// and returns whether to go on.
  /// - Throws: `BundleError`, or what `body` throws.
  package func forEachEntry(
    _ body: (ArchiveEntry, inout ArchiveReader) throws -> Bool
  ) throws {
    var archive = try ArchiveReader(path: path, limits: limits)
    while let entry = try archive.next() {
      guard try body(entry, &archive) else { return }
    }
  }

  /// Reads one file whole, and nothing behind it.
  ///
  /// - Parameters:
  ///   - file: a payload file, relative to `data/`: `incident.json`.
  ///   - limit: most bytes to take.
  /// - Returns: the content.
  /// - Throws: `.notFound`, `.limitExceeded`, `.damaged`, `.system`.
  package func read(_ file: String, limit: Int) throws(BundleError) -> [UInt8] {
    var archive = try ArchiveReader(path: path, limits: limits)
    _ = try find(file, in: &archive)
    return try archive.readAll(limit: limit)
  }

  /// `evidence.json`, decoded.
  /// - Throws: as `read(_:limit:)`, and `.damaged` when it is not a manifest.
  package func manifest() throws(BundleError) -> EvidenceManifest {
    let bytes = try read("evidence.json", limit: limits.maximumDocumentBytes)
    do {
      return try JSONDecoder().decode(EvidenceManifest.self, from: Data(bytes))
    } catch {
      throw .damaged(place: "data/evidence.json", detail: describe(error))
    }
  }

  /// Calls `body` with each line of a file, without its newline, until it returns `false`.
  /// - Throws: as `read(_:limit:)`, and what `body` throws. A line of more than `maximumLineBytes` is
  ///   `.limitExceeded`.
  package func forEachLine(
    of file: String, _ body: (UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    var archive = try ArchiveReader(path: path, limits: limits)
    _ = try find(file, in: &archive)
    try archive.forEachLine(maximumBytes: limits.maximumLineBytes, body)
  }

  /// Length in bytes of a file, as a bundle's record has it.
  /// - Throws: `.system`, `.invalid` if it is no regular file.
  package static func size(ofFile path: String) throws(BundleError) -> Int {
    try OpenFile(reading: path).length()
  }

  /// Lower-case hex SHA-256 of a file.
  /// - Throws: `.system`, `.invalid` if it is no regular file.
  package static func sha256(ofFile path: String) throws(BundleError) -> String {
    var digest = SHA256()
    try OpenFile(reading: path).forEachChunk { digest.update(bufferPointer: $0) }
    return hexadecimal(digest.finalize())
  }

  func find(_ file: String, in archive: inout ArchiveReader) throws(BundleError) -> ArchiveEntry {
    while let entry = try archive.next() {
      if entry.path == BagIt.payloadFolder + file && !entry.isFolder { return entry }
    }
    throw .notFound(path: file)
  }
}

extension ArchiveReader {
  /// The rest of the entry's content.
  /// - Throws: `.limitExceeded` when it is longer than `limit`.
  package mutating func readAll(limit: Int) throws(BundleError) -> [UInt8] {
    let place = self.place
    var content: [UInt8] = []
    try forEachChunk { (chunk) throws(BundleError) in
      content += chunk
      guard content.count <= limit else {
        throw .limitExceeded(place: place, detail: "longer than \(limit) bytes")
      }
    }
    return content
  }

  /// Lends the rest of the entry's content, in pieces.
  package mutating func forEachChunk(
    _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
  ) throws(BundleError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try readContent(into: buffer)
      guard count > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Calls `body` with each line of the entry's content, without its newline, until it returns `false`.
  package mutating func forEachLine(
    maximumBytes: Int, _ body: (UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    var lines = LineSplitter(maximumBytes: maximumBytes)
    while true {
      let count = try readContent(into: buffer)
      guard count > 0 else { break }
      guard try lines.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]), body) else { return }
      guard !lines.isTooLong else {
        throw BundleError.limitExceeded(
          place: "\(place), line \(lines.number + 1)", detail: "longer than \(maximumBytes) bytes")
      }
    }
    _ = try lines.finish(body)
  }
}

/// Where and why JSON does not decode; never the text that does not.
func describe(_ error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, let context):
    "\(field(context.codingPath + [key])) is missing"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
    "\(field(context.codingPath)) is of the wrong type"
  case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
    "\(field(context.codingPath)) has an unknown value"
  default:
    "not valid JSON"
  }
}

private func field(_ path: [any CodingKey]) -> String {
  let names = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(printable(key.stringValue))" }
  return path.isEmpty ? "the document" : names.joined()
}
