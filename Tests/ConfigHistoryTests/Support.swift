import ConfigHistory
import Evidence
import Foundation
import Redaction

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder of its own, removed when the value goes away.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/exhibit-config-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ToolFailure(text: "mkdtemp: errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ name: String, _ content: [UInt8], mode: mode_t = 0o644) throws -> String {
    let path = file(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(content).write(to: URL(fileURLWithPath: path))
    guard chmod(path, mode) == 0 else { throw ToolFailure(text: "chmod: errno \(errno)") }
    return path
  }

  @discardableResult
  func write(_ name: String, _ content: String, mode: mode_t = 0o644) throws -> String {
    try write(name, Array(content.utf8), mode: mode)
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: file(name))
  }

  func move(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: file(name), toPath: file(other))
  }

  func link(_ name: String, to target: String) throws {
    guard symlink(target, file(name)) == 0 else { throw ToolFailure(text: "symlink: errno \(errno)") }
  }

  deinit {
    // `rm` also removes names that are not UTF-8.
    _ = try? run("/bin/rm", ["-rf", path])
  }
}

struct ToolFailure: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

/// Runs a tool to its end.
/// - Returns: its exit status, and both of its outputs.
@discardableResult
func run(
  _ tool: String, _ arguments: [String], in folder: String = "/", input: Data = Data(),
  environment: [String: String] = [:]
) throws -> (status: Int32, output: Data) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: tool)
  process.arguments = arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"]
    .merging(environment) { $1 }
  let inputFile = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try input.write(to: inputFile)
  defer { try? FileManager.default.removeItem(at: inputFile) }
  process.standardInput = try FileHandle(forReadingFrom: inputFile)
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, output)
}

func exists(_ tool: String) -> Bool { access(tool, X_OK) == 0 }

let hasPatchTools = exists("/usr/bin/patch") && exists("/usr/bin/git")

/// Numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// A history over one watched folder.
struct Rig {
  let folder: TemporaryFolder
  let store: TemporaryFolder
  let history: ChangeHistory
  let redactor: Redactor
  var scope: ConfigScope

  init(secretPaths: [String] = [], exclude: [String] = []) throws {
    folder = try TemporaryFolder()
    store = try TemporaryFolder()
    history = try ChangeHistory(databasePath: store.file("config.sqlite"), key: Array(0..<32))
    redactor = Redactor(rules: .builtIn, key: RedactionKey(bytes: Array(0..<32)))
    let root = folder.path
    scope = ConfigScope(
      paths: [root], exclude: exclude.map { "\(root)/\($0)" },
      secretPaths: secretPaths.map { "\(root)/\($0)" })
  }

  @discardableResult
  func scan(at second: Int64, shouldStop: @escaping () -> Bool = { false }) throws -> ScanReport {
    try history.scan(scope, redactor: redactor, at: Timestamp(seconds: second), shouldStop: shouldStop)
  }

  func changes(from: Int64, to: Int64) throws -> [ConfigChange] {
    try history.changes(in: TimeWindow(from: Timestamp(seconds: from), to: Timestamp(seconds: to)))
  }

  /// Path below the watched folder → change.
  func changesByName(from: Int64, to: Int64) throws -> [String: ConfigChange] {
    let pairs = try changes(from: from, to: to).map { (String($0.path.dropFirst(folder.path.count + 1)), $0) }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  func patch(from: Int64, to: Int64, maximumBytes: Int = 1 << 24) throws -> (
    text: Data, summary: ConfigPatch.Summary
  ) {
    var text = Data()
    let patch = ConfigPatch(history: history.reader, redactor: redactor, maximumBytes: maximumBytes)
    let summary = try patch.write(changes(from: from, to: to)) { piece in
      piece.withUnsafeBytes { text.append(contentsOf: $0) }
    }
    return (text, summary)
  }
}
