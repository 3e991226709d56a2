import Evidence
import Foundation
import Testing

@testable import Bundle
@testable import Redaction

/// A folder that is gone when its test is over.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "exhibit-bundle-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Names in the folder, hidden ones too.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

struct ToolResult {
  var status: Int32
  var output: String
  var errors: String
}

/// Runs a tool found on the PATH; output goes through files, so that no pipe can fill up.
func run(_ tool: String, _ arguments: [String], input: [UInt8] = [], in folder: String? = nil) throws
  -> ToolResult
{
  let scratch = try TemporaryFolder()
  for (name, bytes) in [("in", input), ("out", []), ("err", [])] {
    try write(bytes, to: scratch.file(name))
  }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [tool] + arguments
  if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
  process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: scratch.file("in")))
  process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("out")))
  process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("err")))
  try process.run()
  process.waitUntilExit()
  return ToolResult(
    status: process.terminationStatus,
    output: String(decoding: try bytes(of: scratch.file("out")), as: UTF8.self),
    errors: String(decoding: try bytes(of: scratch.file("err")), as: UTF8.self))
}

func hasTool(_ tool: String, _ arguments: [String] = ["--version"]) -> Bool {
  // The answer is the point; a tool that cannot be started is one that is not there.
  ((try? run(tool, arguments).status) ?? 127) != 127
}

func hasPythonModule(_ name: String) -> Bool {
  (try? run("python3", ["-c", "import \(name)"]).status) == 0
}

func bytes(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Redacted {
  /// Stands for what a redactor let through.
  init(passed text: String) { self.init(Array(text.utf8)) }
}

func spool(
  _ path: String, _ body: String, in folder: TemporaryFolder, pieces: Int = 1,
  as compression: Compression = .fast
) throws -> SpooledArtifact {
  var writer = try ArtifactWriter(
    path: PayloadPath(path), spoolFolder: folder.path, compression: compression)
  let content = bytes(body)
  let size = max(1, (content.count + pieces - 1) / pieces)
  for start in stride(from: 0, to: content.count, by: size) {
    try writer.write(Redacted(Array(content[start..<min(start + size, content.count)])))
  }
  return try writer.finish()
}

func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

/// A bundle to test with: payload files by path, all of them described in `evidence.json`.
struct Sample {
  static let captureTime = Timestamp(nanoseconds: 1_795_492_174_123_456_789)

  static let bundleID = ULID.make(at: captureTime)

  var incident = "INC-1"
  var compression = Compression.fast
  var files: [(path: String, body: String)] = [
    ("logs/journal.jsonl", #"{"MESSAGE":"started","PRIORITY":"6"}"# + "\n" + #"{"MESSAGE":"failed"}"# + "\n"),
    ("deploys/packages.jsonl", ""),
    ("config/current/etc/hosts", "127.0.0.1 localhost\n"),
  ]
  var key = SealingKey.generate(comment: "test")
  /// Changes `evidence.json` before it is written.
  var amend: (inout EvidenceManifest) -> Void = { _ in }

  var name: BundleName {
    get throws { try BundleName(incident: incident, host: "web-1", sequence: 1, phase: .opened) }
  }

  func seal(in folder: TemporaryFolder) throws -> SealedBundle {
    let spoolFolder = try TemporaryFolder()
    return try BundleWriter.seal(
      name: name, captureTime: Self.captureTime,
      bagInfo: [("Bagging-Date", "2026-11-24"), ("External-Identifier", Self.bundleID)],
      artifacts: artifacts(in: spoolFolder).shuffled(), key: key, compression: compression,
      into: folder.path)
  }

  func artifacts(in spoolFolder: TemporaryFolder) throws -> [SpooledArtifact] {
    let start = Timestamp(seconds: 1_795_488_574)
    let record = Incident(
      id: incident, key: "k", source: "generic", title: "Checkout fails", openedAt: start, updatedAt: start)
    var spooled = try [("incident.json", json(record))].map {
      try spool($0.0, $0.1, in: spoolFolder, as: compression)
    }
    spooled += try files.map { try spool($0.path, $0.body, in: spoolFolder, as: compression) }
    var manifest = evidence(of: spooled)
    amend(&manifest)
    return spooled + [try spool("evidence.json", json(manifest), in: spoolFolder, as: compression)]
  }

  private func evidence(of spooled: [SpooledArtifact]) -> EvidenceManifest {
    let lines = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.body.utf8.count { $0 == 0x0A }) })
    let records = spooled.map {
      ArtifactRecord(
        path: $0.path.text, kind: .host, mediaType: "text/plain", bytes: $0.bytes, sha256: $0.sha256,
        records: lines[$0.path.text], state: .complete)
    }
    let time = Self.captureTime
    return EvidenceManifest(
      bundle: Self.bundleID, agent: "0", incident: incident, phase: .opened,
      host: HostFacts(hostname: "web-1"), window: TimeWindow(from: time, to: time),
      timings: .init(signalReceived: time, captureStarted: time, sealed: time), artifacts: records, gaps: [],
      completeness: Completeness(of: records), budgets: [],
      redaction: RedactionSummary(ruleset: "test", byRule: [:]))
  }
}

/// The 32 bytes that sha256sum(1) finds.
func sha256(_ content: [UInt8]) throws -> [UInt8] {
  let digits = Array(try run("sha256sum", ["-"], input: content).output.utf8.prefix(64))
  return try stride(from: 0, to: digits.count, by: 2).map {
    try #require(UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16))
  }
}

/// Numbers that are the same in every run.
struct Numbers {
  private var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 32)
  }
}

private let logLines = (0..<1000).map {
  bytes(#"{"PRIORITY":"\#($0 % 7)","_PID":"\#($0 * 7919)","MESSAGE":"request \#($0 * $0) served"}"# + "\n")
}

/// Log lines that are alike but not the same, the last of them cut off at `byteCount`.
func logText(byteCount: Int) -> [UInt8] {
  var numbers = Numbers()
  var text: [UInt8] = []
  text.reserveCapacity(byteCount + 200)
  while text.count < byteCount { text += logLines[Int(numbers.next() % 1000)] }
  return Array(text.prefix(byteCount))
}

/// Bytes that nothing can make smaller.
func noise(byteCount: Int) -> [UInt8] {
  var numbers = Numbers()
  let words = (0...(byteCount / 8)).map { _ in numbers.next() }
  return words.withUnsafeBytes { Array($0.prefix(byteCount)) }
}
