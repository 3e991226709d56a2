import Foundation
import Testing

@testable import Redaction

@Suite("The key file")
struct RedactionKeyTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  private func token(_ key: RedactionKey) -> String {
    Redactor(rules: .builtIn, key: key).redact("password=Zebra-9x").text
  }

  @Test("is made once, for its owner only, and read after that")
  func createdOnce() throws {
    try withFolder { folder in
      let path = folder + "/key"
      let first = try RedactionKey.loadOrCreate(path: path)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(attributes[.size] as? Int == 32)
      #expect(token(try RedactionKey.loadOrCreate(path: path)) == token(first))
      #expect(token(try RedactionKey.loadOrCreate(path: folder + "/other")) != token(first))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["key", "other"])
    }
  }

  @Test("is refused where others may read it, with the remedy", arguments: [0o640, 0o604, 0o620, 0o666])
  func readableByOthers(mode: Int) throws {
    try withFolder { folder in
      let path = folder + "/key"
      _ = try RedactionKey.loadOrCreate(path: path)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let error = #expect(throws: RedactionKeyError.self) { try RedactionKey.loadOrCreate(path: path) }
      #expect(error?.description.contains("chmod 600 \(path)") == true)
    }
  }

  @Test(
    "is refused at a wrong length, as a link or a folder, and where no folder is", arguments: [0, 31, 33])
  func unusable(length: Int) throws {
    try withFolder { folder in
      let path = folder + "/key"
      let isMade = FileManager.default.createFile(
        atPath: path, contents: Data(repeating: 1, count: length), attributes: [.posixPermissions: 0o600])
      #expect(isMade)
      let error = #expect(throws: RedactionKeyError.self) { try RedactionKey.loadOrCreate(path: path) }
      #expect(error?.description.contains("holds \(length) bytes instead of 32") == true)
      try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: path)
      for bad in ["link", "", "missing/key"] {
        #expect(throws: RedactionKeyError.self) { try RedactionKey.loadOrCreate(path: folder + "/" + bad) }
      }
    }
  }
}
