import Crypto
import Evidence
import Foundation
import Testing

@testable import ConfigHistory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("A storm", .serialized)
struct StormTests {
  private static let files = 20_000
  private static let folders = 200

  @Test(
    "of 20,000 files changed, renamed and deleted while scans run and queues overflow ends in the tree as it is",
    arguments: eventMechanisms)
  func storm(mechanism: WatchPreference) throws {
    let rig = try Rig()
    var tree = StormTree(root: rig.folder.path, seed: 7)
    for number in 0..<Self.folders { tree.makeFolder("d\(number)") }
    for number in 0..<Self.files { tree.write("d\(number % Self.folders)/f\(number)") }
    let limit = 500
    let running = try RunningWatch(rig, mechanism) {
      $0.maximumPending = limit
      $0.settle = .milliseconds(20)
      $0.overflowShare = 1
    }
    var mostPending = 0
    for _ in 0..<Self.files {
      tree.act()
      mostPending = max(mostPending, rig.history.pending.count)
    }
    // The events of a storm come faster than they are looked at: the bound was reached. It is what bounds the memory,
    // whose peak is that of all tests of this process together.
    #expect(mostPending <= limit)
    try wait("an overflow") { running.overflows > 0 }
    // Not asked for more often than needed: each question holds the watch up.
    try wait("the storm to be over") {
      running.wholeScans > 1 && rig.history.pending.count == 0 && !rig.history.pending.isOverflown
    }
    let expected = try tree.states(rig.history.hashKey)
    try wait("the history to be what the tree is") { try rig.liveStates() == expected }
    running.stop()
    #expect(running.failures.isEmpty)
    #expect(try rig.history.scan(rig.scope, redactor: rig.redactor, at: .now()).changed == 0)
  }
}

/// A tree that random acts change, by system calls alone.
struct StormTree {
  let root: String
  private var generator: SeededGenerator
  private var counter = 0
  private var names: [String] = []

  init(root: String, seed: UInt64) {
    self.root = root
    generator = SeededGenerator(seed: seed)
  }

  mutating func makeFolder(_ name: String) { mkdir("\(root)/\(name)", 0o755) }

  mutating func write(_ name: String) {
    counter += 1
    let text = Array("value = \(counter)\n".utf8)
    let file = open("\(root)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { return }
    _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
    close(file)
    names.append(name)
  }

  /// One random change.
  mutating func act() {
    let place = Int.random(in: 0..<names.count, using: &generator)
    let name = names[place]
    let path = "\(root)/\(name)"
    counter += 1
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<35: write(name)
    case 35..<50:
      let other = "d\(Int.random(in: 0..<200, using: &generator))/r\(counter)"
      if rename(path, "\(root)/\(other)") == 0 { names[place] = other }
    case 50..<65: unlink(path)
    case 65..<75: chmod(path, mode_t([0o600, 0o640, 0o644].randomElement(using: &generator) ?? 0o644))
    case 75..<85:
      let temporary = "\(name).tmp\(counter)"
      write(temporary)
      rename("\(root)/\(temporary)", path)
    case 85..<92:
      unlink(path)
      symlink("target-\(counter)", path)
    case 92..<96:
      let folder = "d\(Int.random(in: 0..<200, using: &generator))/n\(counter)"
      makeFolder(folder)
      write("\(folder)/inner")
    default:
      // Folders change their names, too, and sometimes come back.
      let number = Int.random(in: 0..<200, using: &generator)
      let (from, to) = ("\(root)/d\(number)", "\(root)/moved\(number)")
      if rename(from, to) != 0 { rename(to, from) }
    }
  }

  /// What is at each path, as `Rig.liveStates` tells it.
  func states(_ key: SymmetricKey) throws -> [String: String] {
    var states: [String: String] = [:]
    var paths = [root]
    while let path = paths.popLast() {
      var status = stat()
      guard lstat(path, &status) == 0 else { throw ToolFailure(text: "lstat \(path): errno \(errno)") }
      let metadata = Metadata(status)
      var content: Data?
      switch metadata.type {
      case .file: content = try Data(contentsOf: URL(fileURLWithPath: path))
      case .symlink: content = Data(try FileManager.default.destinationOfSymbolicLink(atPath: path).utf8)
      default: paths += try FileManager.default.contentsOfDirectory(atPath: path).map { "\(path)/\($0)" }
      }
      let hash = content.map { Data(HMAC<SHA256>.authenticationCode(for: $0, using: key)).hexadecimal }
      states[path] = describe(metadata.type, metadata.mode, hash)
    }
    return states
  }
}
