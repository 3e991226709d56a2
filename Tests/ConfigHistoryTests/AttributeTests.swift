import CLinux
import Evidence
import Foundation
import Testing

@testable import ConfigHistory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether the file system of the tests keeps attributes that users set.
private let keepsAttributes: Bool = {
  guard let folder = try? TemporaryFolder(), let path = try? folder.write("a", "") else { return false }
  return setxattr(path, "user.test", "1", 1, 0) == 0
}()

@Suite("Extended attributes", .enabled(if: keepsAttributes, "needs a file system with user attributes"))
struct AttributeTests {
  private func set(_ path: String, _ name: String, _ value: [UInt8]) {
    #expect(setxattr(path, name, value, value.count, 0) == 0, "\(name)")
  }

  @Test("are part of a version: one that changes alone is a change of metadata")
  func change() throws {
    let rig = try Rig()
    let path = try rig.folder.write("a", "1\n")
    try rig.folder.write("sub/b", "1\n")
    try rig.scan(at: 10)
    set(path, "user.comment", Array("it's \"quoted\"".utf8))
    set(path, "user.binary", [0, 1, 0xFF])
    set(path, "user.long", [UInt8](repeating: 0x41, count: 2000))
    set(rig.folder.file("sub"), "user.folder", Array("x".utf8))
    try rig.scan(at: 20)
    let changes = try rig.changesByName(from: 10, to: 20)
    #expect(changes.mapValues(\.kind) == ["a": .metadata, "sub": .metadata])
    let lines = try #require(changes["a"]?.after?.attributes)
    #expect(lines.count == 3 && lines[0] == "user.binary=0x0001ff")
    #expect(lines[1] == #"user.comment="it's \"quoted\"""#)
    #expect(lines[2].hasPrefix("user.long=hmac:") && lines[2].count == 15 + 64)
    #expect(changes["a"]?.before?.attributes == nil)
    #expect(changes["sub"]?.after?.attributes == [#"user.folder="x""#])
    try rig.scan(at: 30)
    #expect(try rig.changes(from: 20, to: 30).isEmpty)
    removexattr(path, "user.comment")
    try rig.scan(at: 40)
    #expect(try rig.changesByName(from: 30, to: 40)["a"]?.after?.attributes?.count == 2)
  }

  @Test("are redacted, and of a secret file hashed")
  func secrets() throws {
    let rig = try Rig(secretPaths: ["key"])
    let secret = "Zk3vQ9pLx7Tn2RwY8mBc"
    try rig.scan(at: 10)
    set(try rig.folder.write("a", "1\n"), "user.password", Array("password=\(secret)".utf8))
    set(try rig.folder.write("key", "1\n"), "user.note", Array(secret.utf8))
    try rig.scan(at: 20)
    let changes = try rig.changesByName(from: 10, to: 20)
    #expect(changes["a"]?.after?.attributes?.first?.contains("REDACTED") == true)
    #expect(changes["key"]?.after?.attributes?.first?.hasPrefix("user.note=hmac:") == true)
    for name in try FileManager.default.contentsOfDirectory(atPath: rig.store.path) {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: rig.store.file(name)))
      #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
    }
  }

  @Test("of a symlink are its own, and never those of its target")
  func symlink() throws {
    let rig = try Rig()
    let outside = try TemporaryFolder()
    let target = try outside.write("target", "x")
    set(target, "user.hidden", Array("hidden".utf8))
    try rig.scan(at: 10)
    try rig.folder.link("link", to: target)
    try rig.scan(at: 20)
    let change = try #require(try rig.changesByName(from: 10, to: 20)["link"])
    #expect(change.after?.type == .symlink && change.after?.attributes == nil)
  }
}
