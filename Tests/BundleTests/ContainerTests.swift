import Evidence
import Foundation
import Testing

@testable import Bundle

/// Both containers, opened with the tools that are there already and by a reader that trusts nobody.
@Suite struct ContainerTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func sample(_ compression: Compression) -> Sample {
    var sample = Sample()
    sample.compression = compression
    let lines = logText(byteCount: 2_500_000)
    let whole = lines[...(lines.lastIndex(of: UInt8(ascii: "\n")) ?? 0)]
    sample.files += [
      ("logs/empty.jsonl", ""), ("logs/large.jsonl", String(decoding: whole, as: UTF8.self)),
    ]
    return sample
  }

  /// A tar of one file in these bytes of a container.
  private func tar(_ content: String) -> [UInt8] {
    TarHeader(name: "top/data/a", size: content.utf8.count, modified: 0).encoded() + bytes(content)
      + TarHeader.padding(after: content.utf8.count) + TarHeader.endBlocks
  }

  private func frame(_ content: [UInt8]) throws -> [UInt8] {
    var encoder = try ZstdEncoder(level: 3)
    return try content.withUnsafeBytes { try encoder.encode($0) }
  }

  private func read(_ file: [UInt8], limits: BundleReader.Limits = .init()) throws -> [UInt8] {
    let path = folder.file("file")
    try write(file, to: path)
    var content: [UInt8] = []
    try BundleReader(path: path, limits: limits).forEachEntry { _, archive in
      content = try archive.readAll(limit: 1 << 30)
      return true
    }
    return content
  }

  @Test(
    "GNU tar, bsdtar and the decompressor itself take it without a word",
    .enabled(if: hasTool("bsdtar") && hasTool("zstd"), "needs bsdtar and zstd"),
    arguments: Compression.allCases)
  func tools(compression: Compression) throws {
    let sample = sample(compression)
    let bundle = try sample.seal(in: folder)
    #expect(bundle.file == bundle.name.file(as: compression.container) && bundle.path.hasSuffix(bundle.file))
    let tool = compression.container == .gzip ? "gzip" : "zstd"
    for command in [
      "\(tool) -t \(bundle.file)", "tar -xf \(bundle.file) --one-top-level=gnu",
      "mkdir bsd && bsdtar -xf \(bundle.file) -C bsd",
      "mkdir pipe && \(tool) -dc \(bundle.file) | tar -x -C pipe",
    ] {
      let result = try run("sh", ["-c", command], in: folder.path)
      let errors = result.errors.split(separator: "\n").filter { !$0.contains(bundle.file) }
      #expect(result.status == 0 && errors.isEmpty, "\(command): \(result.errors)")
    }
    for unpacked in ["gnu", "bsd", "pipe"] {
      for (path, body) in sample.files {
        let found = try bytes(of: folder.file("\(unpacked)/\(bundle.name.folder)/data/\(path)"))
        #expect(found == bytes(body), "\(unpacked): \(path)")
      }
    }
  }

  @Test("the trailer of a .tar.zst ends in the SHA-256 of all bytes before it")
  func trailer() throws {
    let bundle = try sample(.zstd).seal(in: folder)
    let file = try bytes(of: bundle.path)
    let result = try run("sha256sum", ["-"], input: Array(file.dropLast(42)))
    #expect(result.output.hasPrefix(hexadecimal(file.suffix(32))))
    #expect(file.suffix(42).prefix(10) == [0x58, 0x2A, 0x4D, 0x18, 34, 0, 0, 0, 0x45, 0x58])
  }

  @Test("a bundle passes every check, and its bytes are the same each time", arguments: Compression.allCases)
  func verifies(compression: Compression) throws {
    let sample = sample(compression)
    let bundle = try sample.seal(in: folder)
    let report = try BundleVerifier().verify(path: bundle.path)
    #expect(report.passed && report.problems == [])
    #expect(report.facts.sha256 == bundle.sha256 && report.facts.bytes == bundle.bytes)
    #expect(try sample.seal(in: TemporaryFolder()).sha256 == bundle.sha256)
    for (path, body) in sample.files {
      #expect(try BundleReader(path: bundle.path).read(path, limit: 3_000_000) == bytes(body))
    }
  }

  @Test("what a file is, its first bytes say, and not its name", arguments: [Compression.fast, .zstd])
  func sniffing(compression: Compression) throws {
    let bundle = try sample(compression).seal(in: folder)
    for name in ["a.tar.gz", "a.tar.zst", "a"] {
      try FileManager.default.copyItem(atPath: bundle.path, toPath: folder.file(name))
      #expect(try BundleVerifier().verify(path: folder.file(name)).passed, "\(name)")
    }
  }

  @Test("what is neither gzip nor zstd is refused at its first byte")
  func otherKinds() throws {
    let old: [UInt8] = [0x25, 0xB5, 0x2F, 0xFD]
    for file in try [
      tar("x"), bytes("BZh91AY&SY"), [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], old + frame(tar("x")),
    ] {
      #expect(throws: BundleError.damaged(place: "offset 0", detail: "neither gzip nor zstd")) {
        try read(file)
      }
      let report = try BundleVerifier().verify(path: folder.file("file"))
      #expect(!report.passed && report.problems.contains { $0.check == .container && $0.place == "offset 0" })
    }
  }

  @Test("a .tar.zst that the zstd tool made is read", .enabled(if: hasTool("zstd"), "needs zstd"))
  func foreign() throws {
    let content = String(repeating: "line of a log\n", count: 300_000)
    try write(tar(content), to: folder.file("a.tar"))
    for options in ["-1", "-19 --no-check", "--long=27", "-T2 -B1MiB", "--rsyncable"] {
      let packed = try run("sh", ["-c", "zstd -q \(options) < a.tar > a.tar.zst"], in: folder.path)
      try #require(packed.status == 0, "\(packed.errors)")
      let reader = BundleReader(path: folder.file("a.tar.zst"))
      #expect(try reader.read("a", limit: content.utf8.count) == bytes(content), "\(options)")
    }
  }

  @Test("frames are joined wherever they are cut, and skippable ones passed over")
  func frames() throws {
    let archive = tar("content")
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 5, 0, 0, 0] + bytes("aside")
    for cut in stride(from: 0, through: archive.count, by: 100) {
      let file = try frame(Array(archive[..<cut])) + skippable + frame(Array(archive[cut...]))
      #expect(try read(skippable + file) == bytes("content"))
    }
  }

  @Test("a frame whose window is larger than 128 MiB is refused")
  func windows() throws {
    // No content size, window descriptor, and an empty last block: RFC 8878, section 3.1.1.
    func emptyFrame(window: UInt8) -> [UInt8] { [0x28, 0xB5, 0x2F, 0xFD, 0, window, 1, 0, 0] }
    let archive = try frame(tar("content"))
    #expect(try read(emptyFrame(window: 17 << 3) + archive) == bytes("content"))
    // One segment of 2^40 bytes.
    let vast: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    for hostile in [emptyFrame(window: 17 << 3 | 1), emptyFrame(window: 31 << 3 | 7), vast] {
      let error = #expect(throws: BundleError.self) { try read(hostile + archive) }
      guard case .limitExceeded(let place, let detail) = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      #expect(place.hasPrefix("offset ") && detail.contains("128 MiB"))
    }
  }

  @Test("a small file cannot become an endless one", arguments: [Compression.fast, .zstd])
  func bomb(compression: Compression) throws {
    var container = try ContainerWriter(OpenFile(creating: folder.file("bomb")), compression: compression)
    try container.append(tar(String(repeating: "0", count: 50 << 20)))
    #expect(try container.finish().bytes < 1 << 20)
    var limits = BundleReader.Limits()
    limits.maximumBytes = 1 << 20
    let error = #expect(throws: BundleError.self) { try read(bytes(of: folder.file("bomb")), limits: limits) }
    guard case .limitExceeded(let place, _) = error else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(place.hasPrefix("offset "))
  }

  @Test("something else where a frame should begin is damage with its offset")
  func garbage() throws {
    let archive = try frame(tar("content"))
    let old: [UInt8] = [0x25, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0]
    for garbage in [bytes("garbage"), [0], old, Array(archive.prefix(3)), [0x50, 0x2A, 0x4D, 0x18, 9, 0, 0]] {
      let error = #expect(throws: BundleError.self) { try read(archive + garbage) }
      guard case .damaged(let place, _) = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      let offset = place.dropFirst("offset ".count).prefix { $0.isNumber }
      #expect(archive.count...(archive.count + garbage.count) ~= Int(offset) ?? -1)
    }
  }

  @Test(
    "nothing can be hidden between the archive and its trailer, by someone who knows the format",
    arguments: [Compression.fast, .zstd])
  func hidden(compression: Compression) throws {
    let format = compression.container
    let bundle = try sample(compression).seal(in: folder)
    let archive = Array(try bytes(of: bundle.path).dropLast(format.trailerLength))
    let aside: [UInt8] =
      format == .gzip
      ? format.trailer(sha256: [UInt8](repeating: 1, count: 32))
      : [0x50, 0x2A, 0x4D, 0x18, 5, 0, 0, 0] + bytes("aside")
    let forged = archive + aside
    try write(forged + format.trailer(sha256: sha256(forged)), to: folder.file("forged"))
    let report = try BundleVerifier().verify(path: folder.file("forged"))
    #expect(report.problems.map(\.place) == ["offset \(archive.count)"])
    #expect(report.problems.map(\.check) == [.container])
  }

  @Test("any bytes in, no crash out")
  func randomBytes() throws {
    var generator = SystemRandomNumberGenerator()
    let good = try frame(Array(tar("content").prefix(700))) + frame(Array(tar("content").dropFirst(700)))
    for round in 0..<2000 {
      var file = good
      for _ in 0...(round % 4) {
        file[Int.random(in: file.indices, using: &generator)] ^=
          1 << UInt8.random(in: 0..<8, using: &generator)
      }
      if round % 3 == 0 {
        file = Array(good.prefix(Int.random(in: 4...40, using: &generator))) + noise(byteCount: 99)
      }
      do { _ = try read(file) } catch is BundleError {}
    }
  }
}
