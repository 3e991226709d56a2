import Foundation
import Testing

@testable import Bundle
@testable import Redaction

@Suite struct BundleWriterTests {
  @Test("the same evidence makes the same bytes")
  func deterministic() throws {
    let first = try TemporaryFolder()
    let second = try TemporaryFolder()
    let sample = Sample()
    let one = try sample.seal(in: first)
    let other = try sample.seal(in: second)
    #expect(try bytes(of: one.path) == bytes(of: other.path))
    let count = try bytes(of: one.path).count
    #expect(one.sha256 == other.sha256 && one.bytes == count)
    #expect(try BundleReader.sha256(ofFile: one.path) == one.sha256)
  }

  @Test("how a body is cut into pieces does not change the bundle", arguments: [1, 2, 7, 1000])
  func pieces(count: Int) throws {
    let folder = try TemporaryFolder()
    let body = (0..<5000).map { "line \($0 * 7919 % 1000)\n" }.joined()
    let whole = try spool("logs/a", body, in: folder)
    let cut = try spool("logs/a", body, in: folder, pieces: count)
    #expect(whole.sha256 == cut.sha256 && whole.crc32 == cut.crc32 && whole.bytes == cut.bytes)
    #expect(try bytes(of: whole.spoolFile) == bytes(of: cut.spoolFile))
  }

  @Test("a sealed bundle is read-only and nothing else is left in the folder")
  func published() throws {
    let folder = try TemporaryFolder()
    let bundle = try Sample().seal(in: folder)
    #expect(try folder.names == [bundle.file])
    let attributes = try FileManager.default.attributesOfItem(atPath: bundle.path)
    #expect(attributes[.posixPermissions] as? Int == 0o440)
  }

  @Test("a bundle of the same name is never overwritten")
  func neverOverwritten() throws {
    let folder = try TemporaryFolder()
    let bundle = try Sample().seal(in: folder)
    let before = try bytes(of: bundle.path)
    #expect(throws: BundleError.alreadyExists(path: bundle.path)) { try Sample().seal(in: folder) }
    #expect(try bytes(of: bundle.path) == before)
    #expect(try folder.names == [bundle.file])
  }

  @Test("the leftover of a crash does not stand in the way")
  func leftover() throws {
    let folder = try TemporaryFolder()
    try write(bytes("half"), to: folder.file(".\(try Sample().name.file(as: .gzip)).partial"))
    let bundle = try Sample().seal(in: folder)
    #expect(try folder.names == [bundle.file])
  }

  @Test(
    "artifacts that do not make a bag are refused, and nothing is written",
    arguments: [
      ["a", "a", "evidence.json"], ["a", "a/b", "evidence.json"], ["a"],
    ])
  func refused(paths: [String]) throws {
    let folder = try TemporaryFolder()
    let spoolFolder = try TemporaryFolder()
    let artifacts = try paths.map { try spool($0, "x", in: spoolFolder) }
    #expect(throws: BundleError.self) {
      try BundleWriter.seal(
        name: Sample().name, captureTime: Sample.captureTime, bagInfo: [], artifacts: artifacts,
        key: .generate(comment: ""), compression: .fast, into: folder.path)
    }
    #expect(try folder.names == [])
  }

  @Test(
    "bag-info takes no value that could hold captured text",
    arguments: [
      ("Label", "a\nPayload-Oxum: 1.1"), ("Label", ""), ("La bel", "a"), ("Payload-Oxum", "1.1"),
      ("L", "a=b"), ("L", "é"),
    ])
  func bagInfo(label: String, value: String) throws {
    #expect(throws: BundleError.self) {
      try BagIt.info([(label, value)], captureTime: Sample.captureTime, payloadOxum: "1.1")
    }
  }

  @Test("a spool file that lost its end is refused, and the partial bundle removed")
  func truncatedSpool() throws {
    let folder = try TemporaryFolder()
    let spoolFolder = try TemporaryFolder()
    let artifacts = try Sample().artifacts(in: spoolFolder)
    try write([], to: artifacts[0].spoolFile)
    #expect(
      throws: BundleError.damaged(
        place: artifacts[0].spoolFile, detail: "0 bytes instead of \(artifacts[0].compressedBytes)")
    ) {
      try BundleWriter.seal(
        name: Sample().name, captureTime: Sample.captureTime, bagInfo: [], artifacts: artifacts,
        key: .generate(comment: ""), compression: .fast, into: folder.path)
    }
    #expect(try folder.names == [])
  }

  @Test("a writer that is dropped removes its spool file; a finished one is removed on request")
  func spoolFiles() throws {
    let folder = try TemporaryFolder()
    do {
      var writer = try ArtifactWriter(path: PayloadPath("a"), spoolFolder: folder.path, compression: .fast)
      try writer.write(Redacted(passed: "x"))
      #expect(try folder.names.count == 1)
    }
    #expect(try folder.names == [])
    let artifact = try spool("a", "x", in: folder)
    try artifact.remove()
    try artifact.remove()
    #expect(try folder.names == [])
  }

  @Test(
    "a full disk is told apart, and the partial bundle is gone",
    .enabled(if: geteuid() == 0 && hasTool("mount"), "needs root, to mount a small tmpfs"))
  func diskFull() throws {
    let folder = try TemporaryFolder()
    let spoolFolder = try TemporaryFolder()
    let mounted = try run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path])
    try #require(mounted.status == 0, "\(mounted.errors)")
    defer { _ = try? run("umount", [folder.path]) }
    var generator = SystemRandomNumberGenerator()
    let noise = (0..<100_000).map { _ in String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36) }
    var sample = Sample()
    sample.files.append(("logs/noise", noise.joined()))
    let artifacts = try sample.artifacts(in: spoolFolder)
    let error = #expect(throws: BundleError.self) {
      try BundleWriter.seal(
        name: sample.name, captureTime: Sample.captureTime, bagInfo: [], artifacts: artifacts,
        key: sample.key, compression: .fast, into: folder.path)
    }
    #expect(error?.isDiskFull == true)
    #expect(try folder.names == [])
    var writer = try ArtifactWriter(path: PayloadPath("a"), spoolFolder: folder.path, compression: .fast)
    // A whole block: less than one waits in memory.
    let block = String(noise.joined().prefix(SegmentCompressor.blockSize))
    let writing = #expect(throws: BundleError.self) { try writer.write(Redacted(passed: block)) }
    #expect(writing?.isDiskFull == true)
  }
}
