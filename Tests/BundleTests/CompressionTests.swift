import Evidence
import Foundation
import Testing

@testable import Bundle
@testable import Redaction

@Suite struct SegmentTests {
  private static let sizes = [1, 2, 511, 65_536, 1 << 20, (1 << 20) + 1, 3 << 20]

  /// A file of these blocks, each a segment of its own.
  private func pack(_ blocks: [[UInt8]], _ compression: Compression) throws -> [UInt8] {
    var compressor = try SegmentCompressor(compression)
    var file = compression.container.opening
    var checksum = Checksum()
    for block in blocks {
      let made = try compressor.compress(Redacted(block))
      #expect(made.container == compression.container && made.plain == Redacted(block))
      file += made.bytes
      checksum.append(Checksum(crc32: made.crc32, length: block.count))
    }
    return file + compression.container.closing(checksum)
  }

  @Test("gzip and zstd give back what the segments were made of", arguments: Compression.allCases)
  func roundTrip(compression: Compression) throws {
    let tool = compression.container == .gzip ? "gzip" : "zstd"
    try #require(hasTool(tool))
    let folder = try TemporaryFolder()
    for size in Self.sizes {
      let blocks = [
        logText(byteCount: size), [], noise(byteCount: size), [UInt8](repeating: 0, count: size),
        logText(byteCount: 100),
      ]
      try write(try pack(blocks, compression), to: folder.file("packed"))
      let unpacked = try run(
        "sh", ["-c", "\(tool) -q -t < packed && \(tool) -dc < packed > plain"], in: folder.path)
      #expect(unpacked.status == 0 && unpacked.errors.isEmpty, "\(unpacked.errors)")
      #expect(try bytes(of: folder.file("plain")) == blocks.flatMap(\.self))
    }
  }

  @Test(
    "the same block makes the same segment, whatever came before it and on whichever thread",
    arguments: Compression.allCases)
  func deterministic(compression: Compression) async throws {
    let block = Redacted(logText(byteCount: 300_000))
    var compressor = try SegmentCompressor(compression)
    let first = try compressor.compress(block)
    _ = try compressor.compress(Redacted(noise(byteCount: 200_000)))
    #expect(try compressor.compress(block).bytes == first.bytes)
    let others = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for round in 0..<8 {
        group.addTask {
          var own = try SegmentCompressor(compression)
          if round % 2 == 0 { _ = try own.compress(Redacted(logText(byteCount: round * 70_001))) }
          return try own.compress(block).bytes
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(others.count == 8 && others.allSatisfy { $0 == first.bytes })
  }

  @Test("an empty block is an empty segment", arguments: Compression.allCases)
  func empty(compression: Compression) throws {
    var compressor = try SegmentCompressor(compression)
    let block = try compressor.compress(Redacted([]))
    #expect(block.bytes.isEmpty && block.crc32 == 0)
  }

  @Test("what cannot be made smaller grows by less than a thousandth", arguments: Compression.allCases)
  func incompressible(compression: Compression) throws {
    var compressor = try SegmentCompressor(compression)
    let block = try compressor.compress(Redacted(noise(byteCount: 1 << 20)))
    #expect(block.bytes.count < (1 << 20) + 1000)
  }

  @Test("checksums of runs join to that of the whole, which is gzip's")
  func checksum() throws {
    // The check value of CRC-32/ISO-HDLC is that of these nine digits.
    let digits = bytes("123456789")
    for cut in 0...digits.count {
      var joined = Checksum()
      for part in [digits[..<cut], digits[cut...]] {
        var own = Checksum()
        part.withUnsafeBytes { own.update($0) }
        joined.append(own)
      }
      #expect(joined == Checksum(crc32: 0xCBF4_3926, length: 9))
    }
  }
}

@Suite struct ArtifactWriterTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func writer(_ compression: Compression) throws -> ArtifactWriter {
    try ArtifactWriter(path: PayloadPath("logs/a"), spoolFolder: folder.path, compression: compression)
  }

  @Test("any chunks of the same body make the same bytes", arguments: Compression.allCases)
  func chunks(compression: Compression) throws {
    let body = logText(byteCount: (5 << 20) / 2)
    var spools: Set<[UInt8]> = []
    for size in [body.count, 1 << 20, (1 << 20) + 1, (1 << 20) - 1, 4097] {
      var writer = try writer(compression)
      for start in stride(from: 0, to: body.count, by: size) {
        try writer.write(Redacted(Array(body[start..<min(start + size, body.count)])))
      }
      #expect(writer.bytes == body.count)
      let artifact = try writer.finish()
      #expect(artifact.sha256 == hexadecimal(try sha256(body)) && artifact.bytes == body.count)
      spools.insert(try bytes(of: artifact.spoolFile))
    }
    #expect(spools.count == 1)
  }

  @Test("blocks that other threads compressed make the same bytes as chunks", arguments: Compression.allCases)
  func blocks(compression: Compression) throws {
    let body = logText(byteCount: (5 << 20) / 2)
    var whole = try writer(compression)
    try whole.write(Redacted(body))
    var cut = try writer(compression)
    for start in stride(from: 0, to: body.count, by: SegmentCompressor.blockSize) {
      let end = min(start + SegmentCompressor.blockSize, body.count)
      var compressor = try SegmentCompressor(compression)
      try cut.write(try compressor.compress(Redacted(Array(body[start..<end]))))
    }
    let (one, other) = (try whole.finish(), try cut.finish())
    #expect(one.sha256 == other.sha256 && one.crc32 == other.crc32 && one.bytes == other.bytes)
    #expect(try bytes(of: one.spoolFile) == bytes(of: other.spoolFile))
  }

  @Test("blocks and chunks stand in the order in which they were written", arguments: Compression.allCases)
  func mixed(compression: Compression) throws {
    let parts = [10, 100_000, (1 << 20) + 5, 0, 3, 1 << 20, 77].map { logText(byteCount: $0) }
    var sample = Sample()
    sample.compression = compression
    var artifacts = try sample.artifacts(in: folder).filter { $0.path.text == "evidence.json" }
    var writer = try writer(compression)
    var compressor = try SegmentCompressor(compression)
    for (index, part) in parts.enumerated() {
      if index % 2 == 0 {
        try writer.write(Redacted(part))
      } else {
        try writer.write(try compressor.compress(Redacted(part)))
      }
    }
    artifacts.append(try writer.finish())
    let body = parts.flatMap(\.self)
    #expect(artifacts.last?.sha256 == hexadecimal(try sha256(body)))
    let bundle = try BundleWriter.seal(
      name: sample.name, captureTime: Sample.captureTime, bagInfo: [], artifacts: artifacts, key: sample.key,
      compression: compression, into: folder.path)
    // gzip compares the joined CRC-32 and the length.
    #expect(try BundleReader(path: bundle.path).read("logs/a", limit: body.count) == body)
  }

  @Test("an empty body takes no byte, and is read as one", arguments: Compression.allCases)
  func empty(compression: Compression) throws {
    let artifact = try writer(compression).finish()
    #expect(artifact.bytes == 0 && artifact.compressedBytes == 0 && artifact.crc32 == 0)
    var sample = Sample()
    sample.compression = compression
    sample.files = [("logs/empty.jsonl", "")]
    let bundle = try sample.seal(in: folder)
    #expect(try BundleReader(path: bundle.path).read("logs/empty.jsonl", limit: 0) == [])
    #expect(try BundleVerifier().verify(path: bundle.path).passed)
  }

  @Test("blocks and artifacts of another container are refused")
  func otherContainer() throws {
    var writer = try writer(.zstd)
    var compressor = try SegmentCompressor(.fast)
    let block = try compressor.compress(Redacted(passed: "x"))
    #expect(throws: BundleError.self) { try writer.write(block) }
    var sample = Sample()
    let artifacts = try sample.artifacts(in: folder)
    sample.compression = .zstd
    let out = try TemporaryFolder()
    #expect(throws: BundleError.self) {
      try BundleWriter.seal(
        name: sample.name, captureTime: Sample.captureTime, bagInfo: [], artifacts: artifacts,
        key: sample.key, compression: .zstd, into: out.path)
    }
    #expect(try out.names == [])
  }
}
