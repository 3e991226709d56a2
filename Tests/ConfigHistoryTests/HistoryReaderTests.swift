import Evidence
import Foundation
import Redaction
import Testing

@testable import ConfigHistory

@Suite("The history's reader")
struct HistoryReaderTests {
  @Test("tells the state of a path at any time")
  func states() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    try rig.folder.write("a", "1\n")
    try rig.scan(at: 20)
    try rig.folder.write("a", "22\n", mode: 0o755)
    try rig.scan(at: 30)
    try rig.folder.remove("a")
    try rig.scan(at: 40)
    #expect(try rig.state("never", at: 50) == .neverSeen)
    #expect(try rig.state("a", at: 19) == .unknown)
    #expect(try rig.content("a", at: 20) == "1\n")
    #expect(try rig.content("a", at: 39) == "22\n")
    guard case .present(let state, let since) = try rig.state("a", at: 35) else {
      Issue.record("the file was there")
      return
    }
    #expect(state.mode == "0755" && since == Timestamp(seconds: 30))
    #expect(try rig.state("a", at: 40) == .absent(since: Timestamp(seconds: 40)))
  }

  @Test("lists the versions of a path, newest first, with what each changed")
  func versions() throws {
    let rig = try Rig()
    try rig.folder.write("a", "1\n")
    try rig.scan(at: 10)
    try rig.folder.write("a", "2\n")
    try rig.scan(at: 20)
    try rig.folder.write("a", "2\n", mode: 0o600)
    try rig.scan(at: 30)
    try rig.folder.remove("a")
    try rig.scan(at: 40)
    try rig.folder.write("a", "3\n")
    try rig.scan(at: 50)
    let versions = try rig.history.reader.versions(of: Array("\(rig.folder.path)//a/".utf8))
    #expect(versions.map(\.kind) == [.created, .deleted, .metadata, .modified, nil])
    #expect(versions.map(\.seenAt.seconds) == [50, 40, 30, 20, 10])
    #expect(versions.map { $0.state?.size } == [2, nil, 2, 2, 2])
    let two = try rig.history.reader.versions(of: Array("\(rig.folder.path)/a".utf8), limit: 2)
    #expect(two == Array(versions.prefix(2)))
  }

  @Test("does not call the oldest version that pruning left a creation")
  func prunedVersions() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    for second in [20, 30, 40] as [Int64] {
      try rig.folder.write("a", "\(second)\n")
      try rig.scan(at: second)
    }
    _ = try rig.history.prune(olderThan: Timestamp(seconds: 35), maximumBytes: 1 << 20)
    let versions = try rig.history.reader.versions(of: Array("\(rig.folder.path)/a".utf8))
    #expect(versions.map(\.kind) == [.modified, nil])
  }

  @Test("reads beside the agent's open history, and after it, without writing")
  func readOnly() throws {
    var rig: Rig? = try Rig()
    try rig?.folder.write("a", "1\n")
    try rig?.scan(at: 10)
    let store = try #require(rig?.store)
    let path = Array(try #require(rig?.folder).file("a").utf8)
    let beside = try HistoryReader(databasePath: store.file("config.sqlite"))
    #expect(try beside.versions(of: path).count == 1)
    try rig?.folder.write("a", "2\n")
    try rig?.scan(at: 20)
    #expect(try beside.versions(of: path).count == 2)
    rig = nil
    let before = try Data(contentsOf: URL(filePath: store.file("config.sqlite")))
    let after = try HistoryReader(databasePath: store.file("config.sqlite"))
    #expect(try after.versions(of: path).count == 2)
    #expect(try Data(contentsOf: URL(filePath: store.file("config.sqlite"))) == before)
  }

  @Test("says what to do where there is no history, or a file that is none")
  func failures() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: ConfigHistoryError.self) {
      try HistoryReader(databasePath: folder.file("none.sqlite"))
    }
    #expect(missing?.description.contains("the agent makes it") == true)
    let path = try folder.write(
      "text.sqlite", "this is no database, but long enough to be looked at as one\n")
    #expect(throws: ConfigHistoryError.self) { try HistoryReader(databasePath: path) }
    let empty = try folder.write("empty.sqlite", "")
    let old = #expect(throws: ConfigHistoryError.self) { try HistoryReader(databasePath: empty) }
    #expect(old?.description.contains("older version") == true)
  }
}

@Suite("A file that flaps")
struct FlappingTests {
  @Test("is one event of the timeline, with the number of versions and the first and the last time")
  func collapsed() throws {
    let rig = try Rig()
    try rig.folder.write("flapping", "0\n")
    try rig.scan(at: 10)
    for second in 11...40 as ClosedRange<Int64> {
      try rig.folder.write("flapping", "\(second % 2)\n")
      if second == 20 { try rig.folder.write("other", "once\n") }
      try rig.scan(at: second)
    }
    let changes = try rig.changes(from: 10, to: 40)
    #expect(changes.map(\.kind) == [.reverted, .created])
    let messages = changes.map { $0.timelineEvent().message }
    let first = messages[0]
    #expect(
      first.hasSuffix("(30 versions: first seen at 1970-01-01T00:00:11Z, last at 1970-01-01T00:00:40Z)"))
    #expect(messages[1] == "\(rig.folder.path)/other created")
  }
}

@Suite("A rename")
struct RenameTests {
  @Test("is one change, also of a folder with files of one content")
  func renames() throws {
    let rig = try Rig()
    try rig.folder.write("a", "content\n")
    for name in ["x", "y", "z"] { try rig.folder.write("old/\(name)", "the same\n") }
    try rig.scan(at: 10)
    try rig.folder.move("a", to: "b")
    try rig.folder.move("old", to: "new")
    try rig.scan(at: 20)
    let changes = try rig.changesByName(from: 10, to: 20)
    let renamed = changes.filter { $0.value.kind == .renamed }
    #expect(
      renamed.mapValues { $0.previousPath.map { String($0.dropFirst(rig.folder.path.count + 1)) } }
        == ["b": "a", "new/x": "old/x", "new/y": "old/y", "new/z": "old/z"])
    #expect(renamed["b"]?.before?.sha256 == renamed["b"]?.after?.sha256)
    #expect(changes["old"]?.kind == .deleted && changes["new"]?.kind == .created)
  }

  private static let lines = (0..<20).map { "line \($0)\n" }

  @Test(
    "of a file that was edited, too, is one change where both are alike, and a deletion and a creation where not",
    arguments: [
      (lines.joined(), lines.dropLast().joined() + "other\n", 94),
      (lines.joined(), lines.prefix(11).joined(), 52),
      (lines.joined(), lines.prefix(9).joined(), nil), ("content\n", "other content\n", nil), ("", "", nil),
    ] as [(String, String, Int?)])
  func alike(old: String, new: String, similarity: Int?) throws {
    let rig = try Rig()
    try rig.folder.write("a", old)
    try rig.scan(at: 10)
    // Written before the other one goes: not the same inode.
    try rig.folder.write("b", new)
    try rig.folder.remove("a")
    try rig.scan(at: 20)
    let changes = try rig.changesByName(from: 10, to: 20)
    guard let similarity else {
      return #expect(changes.mapValues(\.kind) == ["a": .deleted, "b": .created])
    }
    let change = try #require(changes["b"])
    #expect(changes.count == 1 && change.kind == .renamed && change.previousPath == rig.folder.file("a"))
    #expect(change.similarity == similarity && change.timelineEvent().message.hasSuffix("/a and edited"))
  }

  @Test(
    "of the same file is one change, whatever was written into it",
    .enabled(if: hasBirths, "needs times of birth"))
  func sameFile() throws {
    let rig = try Rig()
    for name in ["a", "empty", "gone"] { try rig.folder.write(name, name == "empty" ? "" : "\(name)\n") }
    try rig.scan(at: 10)
    for name in ["a", "empty"] { try rig.folder.move(name, to: "new-\(name)") }
    try rig.folder.remove("gone")
    let edited = try #require(FileHandle(forWritingAtPath: rig.folder.file("new-a")))
    edited.write(Data("something else\n".utf8))
    try edited.close()
    // It may well have the inode of the one that is gone.
    try rig.folder.write("unrelated", "1\n")
    try rig.scan(at: 20)
    let changes = try rig.changesByName(from: 10, to: 20)
    #expect(
      changes.mapValues(\.kind)
        == ["new-a": .renamed, "new-empty": .renamed, "gone": .deleted, "unrelated": .created])
    #expect(changes["new-a"]?.similarity == 0 && changes["new-empty"]?.similarity == nil)
    let (patch, summary) = try rig.patch(from: 10, to: 20)
    #expect(summary.gaps.isEmpty)
    let text = String(decoding: patch, as: UTF8.self)
    #expect(text.contains("similarity index 0%\nrename from ") && text.contains("\n-a\n+something else\n"))
  }

  @Test("is looked for within bounds")
  func bounds() throws {
    let rig = try Rig()
    for number in 0..<300 { try rig.folder.write("a\(number)", "\(number)\n" + Self.lines.joined()) }
    try rig.scan(at: 10)
    for number in 0..<300 {
      try rig.folder.write("b\(number)", "other \(number)\n" + Self.lines.joined())
      try rig.folder.remove("a\(number)")
    }
    try rig.scan(at: 20)
    let changes = try rig.changes(from: 10, to: 20)
    let renamed = changes.count { $0.kind == .renamed }
    #expect(renamed > 0 && renamed < 300)
    #expect(changes.count == 600 - renamed)
  }
}

/// Whether the file system of the tests keeps times of birth.
private let hasBirths: Bool = {
  do {
    let rig = try Rig()
    try rig.folder.write("a", "1\n")
    return try OpenFile(Array("a".utf8), in: OpenFolder(path: Array(rig.folder.path.utf8))).birth != nil
  } catch {
    return false
  }
}()

extension Rig {
  fileprivate func state(_ name: String, at second: Int64) throws -> PathState {
    try history.reader.state(of: Array("\(folder.path)/\(name)".utf8), at: Timestamp(seconds: second))
  }

  fileprivate func content(_ name: String, at second: Int64) throws -> String? {
    guard case .present(let state, _) = try state(name, at: second) else { return nil }
    return try history.content(of: state, redactor: redactor)?.text
  }
}
