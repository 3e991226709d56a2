import Foundation
import Testing

@testable import ConfigHistory

/// Thousands of files in a few patches: what a tool does with one file it does with a thousand.
@Suite("Any patch", .enabled(if: hasPatchTools, "needs patch and git"))
struct PatchPropertyTests {
  private static let filesPerTree = 400

  @Test("turns any old tree into any new one, by patch and by git apply", arguments: 0..<12)
  func reproduces(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var trees: [TreeCase] = []
    for number in 0..<Self.filesPerTree { trees.append(.random(number, &generator)) }
    for tool in PatchTool.allCases {
      let folder = try TemporaryFolder()
      var patch = Data()
      for tree in trees {
        if let before = tree.section.before { try tree.write(before, tree.oldName, in: folder) }
        patch += tree.section.bytes
      }
      try tool.apply(patch, in: folder)
      for tree in trees {
        #expect(tree.isResult(in: folder), "\(tool), \(tree.name): \(tree.label)")
      }
    }
  }
}

/// What happens to one file.
private struct TreeCase {
  var label: String
  var name: String
  var section: PatchSection

  var oldName: String { section.previousPath.map { String(decoding: $0, as: UTF8.self) } ?? name }

  static func random(_ number: Int, _ generator: inout SeededGenerator) -> TreeCase {
    // Names with what tools quote, cut or take for something else.
    let marks = ["", " ", "\t", "\"", "\\", "ö", " b", "a/", "- ", "@@", "\u{7f}"]
    let name = "d\(number % 7)/\(marks[Int.random(in: 0..<marks.count, using: &generator)])f\(number)"
    let old = text(&generator)
    let mode = Bool.random(using: &generator) ? "100644" : "100755"
    let before = PatchSection.Side(mode: mode, bytes: old)
    var section = PatchSection(path: Array(name.utf8), before: before, after: before)
    var label = ""
    repeat {
      (section.previousPath, section.before, section.after) = (nil, before, before)
      switch Int.random(in: 0..<10, using: &generator) {
      case 0: (label, section.before) = ("created", nil)
      case 1: (label, section.after) = ("deleted", nil)
      case 2:
        label = "renamed"
        section.previousPath = Array("from/\(name)".utf8)
        section.after?.mode = Bool.random(using: &generator) ? "100644" : "100755"
        if Bool.random(using: &generator) {
          section.after?.bytes = edit(old, times: Int.random(in: 1...12, using: &generator), &generator)
        }
      case 3: (label, section.after) = ("rewritten", PatchSection.Side(mode: mode, bytes: text(&generator)))
      case 4:
        label = "mode"
        section.after?.mode = mode == "100644" ? "100755" : "100644"
      default:
        label = "edited"
        section.after?.bytes = edit(old, times: Int.random(in: 1...12, using: &generator), &generator)
      }
    } while !isChange(section)
    return TreeCase(label: label, name: name, section: section)
  }

  private static func isChange(_ section: PatchSection) -> Bool {
    section.previousPath != nil || section.before?.mode != section.after?.mode
      || section.before?.bytes != section.after?.bytes
  }

  private static func text(_ generator: inout SeededGenerator) -> [UInt8] {
    switch Int.random(in: 0..<10, using: &generator) {
    case 0..<5: realTexts[Int.random(in: 0..<realTexts.count, using: &generator)]
    case 5: []
    default: randomText(&generator)
    }
  }

  func write(_ side: PatchSection.Side, _ name: String, in folder: TemporaryFolder) throws {
    try folder.write(name, side.bytes, mode: side.mode == "100755" ? 0o755 : 0o644)
  }

  func isResult(in folder: TemporaryFolder) -> Bool {
    if oldName != name, FileManager.default.fileExists(atPath: folder.file(oldName)) { return false }
    guard let after = section.after else { return !FileManager.default.fileExists(atPath: folder.file(name)) }
    return FileManager.default.contents(atPath: folder.file(name)).map([UInt8].init) == after.bytes
      && FileManager.default.isExecutableFile(atPath: folder.file(name)) == (after.mode == "100755")
  }
}

/// Texts that people wrote: this repository's, and the host's own configuration.
private let realTexts: [[UInt8]] = {
  let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized.path
  let own = [
    "Makefile", "Package.swift", "README.md", "config/exhibit.yaml", "systemd/exhibit.service",
    "docs/bundle-format.md", "Sources/ConfigHistory/UnifiedDiff.swift",
  ]
  let host = ["/etc/services", "/etc/protocols", "/etc/login.defs", "/etc/profile", "/etc/ssl/openssl.cnf"]
  let texts = (own.map { "\(root)/\($0)" } + host).compactMap { FileManager.default.contents(atPath: $0) }
  return texts.map([UInt8].init)
}()
