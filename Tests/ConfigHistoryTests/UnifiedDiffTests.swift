import Foundation
import Testing

@testable import ConfigHistory

@Suite("The unified diff")
struct UnifiedDiffTests {
  @Test("is empty for equal texts", arguments: ["", "a", "a\n", "\n\n"])
  func equal(text: String) {
    #expect(UnifiedDiff.hunks(old: Array(text.utf8), new: Array(text.utf8)).isEmpty)
  }

  @Test(
    "has the form that the tools document",
    arguments: [
      ("", "a\n", "@@ -0,0 +1 @@\n+a\n"),
      ("a\n", "", "@@ -1 +0,0 @@\n-a\n"),
      ("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"),
      ("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"),
      (
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n",
        "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+x\n"
      ),
    ])
  func form(old: String, new: String, diff: String) {
    #expect(
      String(decoding: UnifiedDiff.hunks(old: Array(old.utf8), new: Array(new.utf8)), as: UTF8.self) == diff)
  }

  @Test(
    "of two sequences leaves a common subsequence, as long as the best where the search is exact",
    arguments: 0..<40)
  func longest(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let symbols = Int.random(in: 1...6, using: &generator)
    let sequences = (0..<2).map { _ in
      (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        Int.random(in: 0..<symbols, using: &generator)
      }
    }
    let difference = LineDifference(old: sequences[0], new: sequences[1])
    let kept = zip(sequences[0], difference.isDeleted).filter { !$0.1 }.map(\.0)
    #expect(kept == zip(sequences[1], difference.isInserted).filter { !$0.1 }.map(\.0))
    #expect(kept.count == longestCommon(sequences[0], sequences[1]))
  }

  @Test("of 100,000 lines against unrelated ones ends")
  func unrelated() {
    let texts = (0..<2).map { text in Array((0..<100_000).map { "\(text) \($0)\n" }.joined().utf8) }
    let diff = UnifiedDiff.hunks(old: texts[0], new: texts[1])
    #expect(diff.count(where: { $0 == 10 }) == 200_001)
  }

  @Test(
    "of the same lines in random order ends, though the shortest one would take hours",
    arguments: [100, 10_000])
  func shuffled(vocabulary: Int) {
    var generator = SeededGenerator(seed: UInt64(vocabulary))
    let texts = (0..<2).map { _ in (0..<20_000).map { _ in Int.random(in: 0..<vocabulary, using: &generator) }
    }
    let difference = LineDifference(old: texts[0], new: texts[1])
    let kept = zip(texts[0], difference.isDeleted).filter { !$0.1 }.map(\.0)
    #expect(kept == zip(texts[1], difference.isInserted).filter { !$0.1 }.map(\.0))
  }

  @Test(
    "is not longer than diff -u by more than 5 % on successive versions of real files",
    .enabled(if: exists("/usr/bin/diff")),
    arguments: ["Makefile", "exhibit.service", "exhibit.yaml", "operations.md", "Exhibit.swift"])
  func realPairs(name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/diff")
    let old = folder.appending(path: "\(name).old"), new = folder.appending(path: "\(name).new")
    let theirs = try diffLength(old.path, new.path)
    let ours = UnifiedDiff.hunks(
      old: [UInt8](try Data(contentsOf: old)), new: [UInt8](try Data(contentsOf: new))
    ).count
    #expect(ours > 0 && Double(ours) <= 1.05 * Double(theirs))
  }

  @Test(
    "is not longer than diff -u by more than 5 % on edited files of this host",
    .enabled(if: exists("/usr/bin/diff")),
    arguments: ["/etc/services", "/etc/protocols", "/etc/ssh/ssh_config", "/etc/login.defs", "/etc/profile"])
  func size(path: String) throws {
    guard let text = FileManager.default.contents(atPath: path) else { return }
    var generator = SeededGenerator(seed: UInt64(text.count))
    let folder = try TemporaryFolder()
    for _ in 0..<10 {
      let edited = edit([UInt8](text), times: 12, &generator)
      let old = try folder.write("old", [UInt8](text))
      let new = try folder.write("new", edited)
      let ours = UnifiedDiff.hunks(old: [UInt8](text), new: edited).count
      #expect(Double(ours) <= 1.05 * Double(try diffLength(old, new)), "\(path)")
    }
  }

  /// Bytes of the hunks of diff(1).
  private func diffLength(_ old: String, _ new: String) throws -> Int {
    let output = try run("/usr/bin/diff", ["-a", "-u", old, new]).output
    return output.count - output.split(separator: 10, maxSplits: 2).prefix(2).reduce(0) { $0 + $1.count + 1 }
  }

  @Test("moves a change to where it makes one edit with another one")
  func sliding() {
    let old = "a() {\n  1\n}\n\nc() {\n  3\n}\n"
    let new = "a() {\n  1\n}\n\nb() {\n  2\n}\n\nc() {\n  3\n}\n"
    #expect(
      String(
        decoding: UnifiedDiff.hunks(old: Array(old.utf8), new: Array(new.utf8), context: 0), as: UTF8.self)
        == "@@ -4,0 +5,4 @@\n+b() {\n+  2\n+}\n+\n")
  }

  @Test("of texts that repeat themselves ends, and is right", arguments: [(7, 11), (1, 2), (64, 65)])
  func periodic(periods: (Int, Int)) throws {
    let texts = [periods.0, periods.1].map { period in
      Array((0..<50_000).map { "\($0 % period)\n" }.joined().utf8)
    }
    let folder = try TemporaryFolder()
    try folder.write("f", texts[0])
    let side = { PatchSection.Side(mode: "100644", bytes: $0) }
    let section = PatchSection(path: [UInt8(ascii: "f")], before: side(texts[0]), after: side(texts[1]))
    try PatchTool.gitApply.apply(Data(section.bytes), in: folder)
    #expect(FileManager.default.contents(atPath: folder.file("f")).map([UInt8].init) == texts[1])
  }
}

/// The tools that have to take our patches.
enum PatchTool: CaseIterable {
  case patch, gitApply

  func apply(_ text: Data, in folder: TemporaryFolder) throws {
    let result =
      switch self {
      case .patch:
        try run("/usr/bin/patch", ["-p1", "--no-backup-if-mismatch"], in: folder.path, input: text)
      case .gitApply:
        try run("/usr/bin/git", ["apply", "--whitespace=nowarn", "-"], in: folder.path, input: text)
      }
    let output = String(decoding: result.output, as: UTF8.self)
    guard result.status == 0, !output.contains("fuzz"), !output.contains("offset") else {
      throw ToolFailure(text: "\(self): status \(result.status): \(output.suffix(2000))")
    }
  }
}

private func longestCommon(_ old: [Int], _ new: [Int]) -> Int {
  var lengths = Array(repeating: 0, count: new.count + 1)
  for element in old {
    var diagonal = 0
    for (place, other) in new.enumerated() {
      let above = lengths[place + 1]
      lengths[place + 1] = element == other ? diagonal + 1 : max(above, lengths[place])
      diagonal = above
    }
  }
  return lengths[new.count]
}

/// Up to sixty lines, sometimes without a line feed at the end, rarely with a line of 1 MiB.
func randomText(_ generator: inout SeededGenerator) -> [UInt8] {
  var text: [UInt8] = []
  for _ in 0..<Int.random(in: 0...60, using: &generator) { text += randomLine(&generator) }
  if Bool.random(using: &generator), !text.isEmpty { text.removeLast() }
  if Int.random(in: 0..<100, using: &generator) == 0 {
    text += [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20) + [10]
  }
  return text
}

/// From few words, so that lines repeat, with the line ends and the bytes that tools get wrong.
private func randomLine(_ generator: inout SeededGenerator) -> [UInt8] {
  let words: [[UInt8]] = [
    Array("}".utf8), Array("key = 1".utf8), Array("--- a/x".utf8), Array("+++ b/x".utf8),
    Array("@@ -1 +1 @@".utf8),
    [0xFF, 0xFE], Array("\\ No newline at end of file".utf8), [], Array("\tgröße".utf8),
    [UInt8(ascii: "\r"), 0x41],
    Array("diff --git a/x b/x".utf8), Array("From 1234".utf8), Array("*** 1,2 ****".utf8),
    Array("1,2c3".utf8), [0x0C], [0x41, 0, 0x42], [0], [0xC3], [0xED, 0xA0, 0x80], Array("-- ".utf8),
    Array("Index: x".utf8), Array("=== x".utf8), Array("GIT binary patch".utf8),
  ]
  let word = words[Int.random(in: 0..<words.count, using: &generator)]
  return word + (Int.random(in: 0..<4, using: &generator) == 0 ? [13, 10] : [10])
}

func edit(_ text: [UInt8], times: Int, _ generator: inout SeededGenerator) -> [UInt8] {
  var lines = text.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) + [10] }
  for _ in 0..<times {
    let place = Int.random(in: 0..<max(1, lines.count), using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: lines.insert(randomLine(&generator), at: min(place, lines.count))
    case 1 where !lines.isEmpty: lines.remove(at: min(place, lines.count - 1))
    case 2 where !lines.isEmpty: lines[min(place, lines.count - 1)] = randomLine(&generator)
    default:
      lines.insert(contentsOf: (0..<3).map { _ in randomLine(&generator) }, at: min(place, lines.count))
    }
  }
  let joined = Array(lines.joined())
  return joined.isEmpty || Int.random(in: 0..<8, using: &generator) == 0 ? joined : Array(joined.dropLast())
}
