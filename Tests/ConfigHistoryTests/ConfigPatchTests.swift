import ConfigHistory
import Evidence
import Foundation
import Redaction
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("The patch of a window", .enabled(if: hasPatchTools, "needs patch and git"))
struct ConfigPatchTests {
  @Test("turns the old state into the new one by both tools", arguments: PatchTool.allCases)
  func applies(tool: PatchTool) throws {
    let rig = try Rig(secretPaths: ["secret"])
    try makeOld(rig.folder)
    try rig.scan(at: 10)
    let old = try copy(rig.folder)
    try makeNew(rig.folder)
    try rig.scan(at: 20)
    let (text, summary) = try rig.patch(from: 10, to: 20)
    #expect(summary.sections == 15 && summary.bytes == text.count)
    // The patch is against `/`: apply it where the watched folder's path leads.
    let root = try TemporaryFolder()
    try root.makeFolder(String((rig.folder.path as NSString).deletingLastPathComponent.dropFirst()))
    try FileManager.default.moveItem(atPath: old.file("tree"), toPath: root.path + rig.folder.path)
    try tool.apply(text, in: root)
    #expect(try listing(root.path + rig.folder.path) == listing(rig.folder.path))
  }

  @Test("names what it leaves out before the first section, and writes no patch of comments only")
  func notes() throws {
    let rig = try Rig(secretPaths: ["secret"])
    try rig.folder.write("secret", "1")
    try rig.scan(at: 10)
    try rig.folder.write("secret", "2")
    try rig.scan(at: 20)
    let alone = try rig.patch(from: 10, to: 20)
    #expect(alone.text.isEmpty && alone.summary.sections == 0 && alone.summary.gaps.count == 1)
    try rig.folder.write("a", "x\n")
    try rig.scan(at: 30)
    let patch = String(decoding: try rig.patch(from: 10, to: 30).text, as: UTF8.self)
    #expect(
      patch.hasPrefix("# \(rig.folder.path)/secret: modified; its content is not kept (secret)\ndiff --git "))
  }

  @Test("leaves out paths that git refuses, so that the rest applies")
  func refusedPaths() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    for name in [".git/config", "GIT~1", "a/.Git ", "x/.git::$INDEX_ALLOCATION", "b\n", ".gitignore", "ok"] {
      try rig.folder.write(name, "1\n")
    }
    try rig.scan(at: 20)
    let (text, summary) = try rig.patch(from: 10, to: 20)
    #expect(summary.sections == 2 && summary.gaps.count == 5)
    for tool in PatchTool.allCases { try tool.apply(text, in: TemporaryFolder()) }
  }

  @Test(
    "leaves out files and folders that changed places, so that the rest applies",
    arguments: PatchTool.allCases)
  func exchange(tool: PatchTool) throws {
    let rig = try Rig()
    try rig.folder.write("file", "x\n")
    try rig.folder.write("folder/inner", "x\n")
    try rig.scan(at: 10)
    try rig.folder.remove("file")
    try rig.folder.write("file/inner", "x\n")
    try rig.folder.remove("folder")
    try rig.folder.write("folder", "x\n")
    try rig.folder.write("ok", "x\n")
    try rig.scan(at: 20)
    let (text, summary) = try rig.patch(from: 10, to: 20)
    #expect(summary.sections == 1 && summary.gaps.count == 4)
    try tool.apply(text, in: TemporaryFolder())
  }

  @Test("leaves out what does not fit, with a gap")
  func limit() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    try rig.folder.write("a", Array(repeating: 97, count: 5000))
    try rig.folder.write("b", "small\n")
    try rig.scan(at: 20)
    let (text, summary) = try rig.patch(from: 10, to: 20, maximumBytes: 1000)
    #expect(text.count <= 1000 && summary.sections == 1 && summary.gaps.map(\.cause) == [.budget])
  }

  private func makeOld(_ folder: TemporaryFolder) throws {
    try folder.write("modified", "a\nb\nc\n")
    try folder.write("no newline", "a\nb")
    try folder.write("deleted", "gone\n")
    try folder.write("emptied", "x\n")
    try folder.write("script", "#!/bin/sh\n")
    try folder.write("crlf", "a\r\nb\r\n")
    try folder.write("becomes-link", "x\n")
    try folder.link("becomes-file", to: "modified")
    try folder.write("secret", "1")
    try folder.write("größe \"q\"\t", "1\n")
    try folder.link("link", to: "modified")
    try folder.write("name", "renamed\n")
    try folder.write("old folder/inner\"1", "moved\n")
  }

  private func makeNew(_ folder: TemporaryFolder) throws {
    try folder.write("modified", "a\nB\nc\n")
    try folder.write("no newline", "a\nb\nc")
    try folder.remove("deleted")
    try folder.write("emptied", "")
    try folder.write("script", "#!/bin/sh\n", mode: 0o755)
    try folder.write("crlf", "a\r\nB\r\n")
    try folder.remove("becomes-link")
    try folder.link("becomes-link", to: "modified")
    try folder.remove("becomes-file")
    try folder.write("becomes-file", "x\n")
    try folder.write("größe \"q\"\t", "2\n")
    try folder.write("new/deep/file", "n", mode: 0o755)
    try folder.remove("link")
    try folder.link("link", to: "elsewhere/no newline")
    try folder.move("name", to: "other name")
    try folder.move("old folder", to: "new folder")
  }

  private func copy(_ folder: TemporaryFolder) throws -> TemporaryFolder {
    let copy = try TemporaryFolder()
    try run("/bin/cp", ["-a", folder.path, copy.file("tree")])
    return copy
  }

  /// Type, mode, target and content of everything but folders.
  private func listing(_ path: String) throws -> [String] {
    let script = """
      find . -mindepth 1 ! -type d -printf '%y %m %l %P\\n' | sort
      find . -mindepth 1 -type f -print0 | sort -z | xargs -0 sha256sum
      """
    let text = String(decoding: try run("/bin/sh", ["-c", script], in: path).output, as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }
}
