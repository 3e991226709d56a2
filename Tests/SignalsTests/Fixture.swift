import Foundation

/// The bytes of `Tests/Fixtures/signals/{name}`.
func fixture(_ name: String) throws -> [UInt8] {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return Array(try Data(contentsOf: folder.appending(path: "Fixtures/signals/\(name)")))
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
