import Evidence
import Foundation
import Testing

@testable import Bundle

@Suite struct BundleReaderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A tar with one file a pair, packed as one plain gzip member.
  private func pack(_ blocks: [UInt8], trailing: [UInt8] = []) throws -> String {
    let path = folder.file(UUID().uuidString)
    var container = try ContainerWriter(OpenFile(creating: path), compression: .fast)
    try container.append(blocks)
    _ = try container.finish()
    let file = try bytes(of: path)
    try FileManager.default.removeItem(atPath: path)
    try write(Array(file.dropLast(ContainerFormat.gzip.trailerLength)) + trailing, to: path)
    return path
  }

  private func entry(_ name: String, _ content: String = "x") -> [UInt8] {
    TarHeader(name: name, size: content.utf8.count, modified: 0).encoded() + bytes(content)
      + TarHeader.padding(after: content.utf8.count)
  }

  /// A header with its bytes changed, under a checksum that fits.
  private func patched(_ header: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
    var block = header
    change(&block)
    block.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
    let sum = String(block.prefix(512).reduce(0) { $0 + Int($1) }, radix: 8)
    block.replaceSubrange(
      148..<156, with: Array(String(repeating: "0", count: 6 - sum.count).utf8) + Array(sum.utf8) + [0, 0x20])
    return block
  }

  private func walk(_ path: String, limits: BundleReader.Limits = .init()) throws -> [String] {
    var names: [String] = []
    try BundleReader(path: path, limits: limits).forEachEntry { entry, archive in
      _ = try archive.readAll(limit: 1 << 20)
      names.append(entry.path)
      return true
    }
    return names
  }

  @Test("single files, the manifest and lines are read without unpacking")
  func reading() throws {
    let sample = Sample()
    let reader = BundleReader(path: try sample.seal(in: folder).path)
    for (path, body) in sample.files { #expect(try reader.read(path, limit: 1000) == bytes(body)) }
    #expect(try reader.manifest().incident == "INC-1")
    var lines: [String] = []
    try reader.forEachLine(of: "logs/journal.jsonl") { line in
      lines.append(String(decoding: line, as: UTF8.self))
      return lines.count < 1
    }
    #expect(lines == [#"{"MESSAGE":"started","PRIORITY":"6"}"#])
    #expect(throws: BundleError.notFound(path: "logs/other")) { try reader.read("logs/other", limit: 1) }
    #expect(throws: BundleError.self) { try reader.read("logs/journal.jsonl", limit: 10) }
  }

  @Test("entries come in the documented order: small ones first, the logs last")
  func order() throws {
    var sample = Sample()
    sample.files += [
      ("timeline.md", ""), ("signals/0001.json", "{}"), ("host/os", ""), ("timeline.jsonl", ""),
    ]
    let names = try walk(try sample.seal(in: folder).path)
    #expect(
      names == [
        "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt",
        "tagmanifest-sha256.txt.sig",
        "data/evidence.json", "data/incident.json", "data/timeline.jsonl", "data/timeline.md",
        "data/deploys/packages.jsonl", "data/host/os", "data/signals/0001.json",
        "data/config/current/etc/hosts",
        "data/logs/journal.jsonl",
      ])
  }

  @Test("a plain .tar.gz without the trailer is read too")
  func plain() throws {
    let path = try pack(entry("top/data/a", "content") + TarHeader.endBlocks)
    #expect(try BundleReader(path: path).read("a", limit: 100) == bytes("content"))
  }

  @Test("an archive that GNU tar made is read", .enabled(if: hasTool("tar"), "needs tar"))
  func gnuTar() throws {
    let name = String(repeating: "n", count: 120) + "é"
    try FileManager.default.createDirectory(
      atPath: folder.file("top/data"), withIntermediateDirectories: true)
    try write(bytes("content"), to: folder.file("top/data/\(name)"))
    for format in ["gnu", "ustar", "pax"] {
      let file = format == "pax" ? name : "plain"
      try write(bytes("content"), to: folder.file("top/data/\(file)"))
      let made = try run(
        "tar", ["--format=\(format)", "-czf", folder.file("\(format).tar.gz"), "top/data/\(file)"],
        in: folder.path)
      #expect(made.status == 0, "\(made.errors)")
      let reader = BundleReader(path: folder.file("\(format).tar.gz"))
      #expect(try reader.read(file, limit: 100) == bytes("content"))
    }
  }

  @Test(
    "names that lead out of the folder, or mean two things, are refused",
    arguments: [
      "/top/a", "../a", "top/../../a", "top/./a", "top//a", "a", "top/a\u{1}b", "other/a", "top/first",
    ])
  func hostileNames(name: String) throws {
    let path = try pack(entry("top/first") + entry(name) + TarHeader.endBlocks)
    let error = #expect(throws: BundleError.self) { try walk(path) }
    guard case .damaged(let place, _) = error else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(place.contains("first"))
  }

  @Test("links, devices, FIFOs and unknown types are refused", arguments: Array("12346gLKSV".utf8))
  func hostileTypes(type: UInt8) throws {
    let header = patched(TarHeader(name: "top/a", size: 0, modified: 0).encoded()) { $0[156] = type }
    let path = try pack(header + TarHeader.endBlocks)
    #expect(throws: BundleError.self) { try walk(path) }
  }

  @Test(
    "numeric fields that are not octal are refused",
    arguments: [
      Array("99999999999\0".utf8), Array("-0000000001\0".utf8), [0x80] + [UInt8](repeating: 0xFF, count: 11),
      [UInt8](repeating: 0, count: 12), Array("00000 00001\0".utf8),
    ])
  func hostileNumbers(field: [UInt8]) throws {
    let header = patched(TarHeader(name: "top/a", size: 0, modified: 0).encoded()) {
      $0.replaceSubrange(124..<136, with: field)
    }
    #expect(throws: BundleError.self) { try walk(try pack(header + TarHeader.endBlocks)) }
  }

  @Test("bytes in the padding, one block of zeros, and bytes after the end are refused")
  func hostileEnds() throws {
    let good = entry("top/a")
    var padded = good
    padded[600] = 1
    let broken: [[UInt8]] = [
      padded + TarHeader.endBlocks, good, good + Array(TarHeader.endBlocks.prefix(512)),
      good + TarHeader.endBlocks + [1], good + TarHeader.endBlocks + entry("top/b"),
    ]
    for blocks in broken {
      #expect(throws: BundleError.self) { try walk(try pack(blocks)) }
    }
    let trailings: [[UInt8]] = [[0], bytes("garbage after the end"), [0x1F, 0x8B]]
    for trailing in trailings {
      #expect(throws: BundleError.self) { try walk(try pack(good + TarHeader.endBlocks, trailing: trailing)) }
    }
    #expect(try walk(try pack(good + TarHeader.endBlocks + TarHeader.endBlocks)) == ["a"])
  }

  @Test("limits hold: bytes, entries, names, pax headers, lines")
  func limits() throws {
    let long = String(repeating: "n", count: 200)
    let path = try pack(
      entry("top/data/a", String(repeating: "0", count: 100_000)) + entry("top/\(long)") + TarHeader.endBlocks
    )
    #expect(try walk(path).count == 2)
    for (key, value) in [
      (\BundleReader.Limits.maximumBytes, 50_000), (\.maximumEntries, 1), (\.maximumNameBytes, 100),
      (\.maximumPaxBytes, 100),
    ] {
      var limits = BundleReader.Limits()
      limits[keyPath: key] = value
      let error = #expect(throws: BundleError.self) { try walk(path, limits: limits) }
      guard case .limitExceeded = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
    var limits = BundleReader.Limits()
    limits.maximumLineBytes = 1000
    #expect(throws: BundleError.self) {
      try BundleReader(path: path, limits: limits).forEachLine(of: "a") { _ in true }
    }
  }

  @Test("cut off anywhere, a bundle is an error with a place", arguments: [Compression.fast, .zstd])
  func truncation(compression: Compression) throws {
    var sample = Sample()
    sample.compression = compression
    let bundle = try sample.seal(in: folder)
    let file = try bytes(of: bundle.path)
    let path = folder.file("cut")
    for length in 0..<(file.count - compression.container.trailerLength) {
      try write(Array(file.prefix(length)), to: path)
      let error = #expect(throws: BundleError.self) { try walk(path) }
      guard case .damaged(let place, _) = error, !place.isEmpty else {
        return #expect(Bool(false), "\(length): \(String(describing: error))")
      }
    }
  }

  @Test("any bytes in, no crash out")
  func randomBytes() throws {
    var generator = SystemRandomNumberGenerator()
    let good =
      entry("top/data/a", "content") + entry("top/" + String(repeating: "é", count: 80)) + TarHeader.endBlocks
    for round in 0..<600 {
      var blocks = good
      for _ in 0...(round % 8) {
        blocks[Int.random(in: blocks.indices, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      if round % 3 == 0 { blocks = patched(blocks) { _ in } }
      let path = try pack(blocks)
      do { _ = try walk(path) } catch is BundleError {}
      let noise = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      try write(round % 2 == 0 ? noise : ContainerFormat.gzip.header + noise, to: path)
      #expect(throws: BundleError.self) { try walk(path) }
    }
  }

  @Test(
    "a folder, a device and a missing file are errors, not hangs",
    arguments: ["/", "/dev/zero", "/nonexistent"])
  func notAFile(path: String) {
    #expect(throws: BundleError.self) { try walk(path) }
  }
}

@Suite struct LineSplitterTests {
  @Test("how the input is cut does not change the lines", arguments: 1...12)
  func cuts(size: Int) {
    let text = bytes("first\n\nthird line\nno newline")
    var lines: [String] = []
    var splitter = LineSplitter(maximumBytes: 100)
    for start in stride(from: 0, to: text.count, by: size) {
      let piece = Array(text[start..<min(start + size, text.count)])
      _ = piece.withUnsafeBytes { buffer in
        splitter.feed(buffer) { line in
          lines.append(String(decoding: line, as: UTF8.self))
          return true
        }
      }
    }
    _ = splitter.finish { line in
      lines.append(String(decoding: line, as: UTF8.self))
      return true
    }
    #expect(lines == ["first", "", "third line", "no newline"])
  }
}

@Suite struct JSONSyntaxTests {
  @Test(
    "well-formed values are accepted",
    arguments: [
      "{}", " [ ] ", "[1,-0.5e+10,true,false,null,\"\\u00e9\\n\"]", "{\"a\":{\"b\":[{}]},\"c\":\"é\"}", "0",
      "\"\"",
    ])
  func accepted(text: String) {
    #expect(bytes(text).withUnsafeBytes { JSONSyntax.isValue($0) })
  }

  @Test(
    "anything else is refused",
    arguments: [
      "", "{", "{a:1}", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "+1", "\"\t\"", "\"\\x\"", "\"\\u12g4\"",
      "nul", "{}{}", "{} x",
      "\"a", "-", "1e", "[1 2]", "{\"a\" 1}", String(repeating: "[", count: 100_000),
    ])
  func refused(text: String) {
    #expect(!bytes(text).withUnsafeBytes { JSONSyntax.isValue($0) })
  }

  @Test("bytes that are not UTF-8 are refused")
  func notUTF8() {
    #expect(![0x22, 0xFF, 0x22].withUnsafeBytes { JSONSyntax.isValue($0) })
  }
}
