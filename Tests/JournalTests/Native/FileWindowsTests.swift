import Foundation
import Testing

@testable import Journal

/// What the windows show is what the file has, however it is read: a glimpse here, one block after the other there.
@Suite("Windows into files")
struct FileWindowsTests {
  private let folder: TemporaryFolder
  private let bytes: [UInt8] = (0..<700_001).map { _ in .random(in: .min ... .max) }
  private var path: String { folder.path + "/file" }

  init() throws {
    folder = try TemporaryFolder()
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test("Random places of two files, and runs of places that follow one another")
  func places() throws {
    let files = [try OpenJournalFile(path: path), try OpenJournalFile(path: path)]
    var windows = FileWindows()
    for _ in 0..<4_000 {
      var offset = Int.random(in: 0..<bytes.count + 4096)
      let index = Int.random(in: 0..<2)
      for _ in 0..<Int.random(in: 1...12) {
        let count = Int.random(in: 0...(Int.random(in: 0..<50) == 0 ? 40_000 : 600))
        let found = windows.bytes(files[index], index: index, at: offset, count: count)
        if offset + count <= bytes.count {
          #expect(found?.elementsEqual(bytes[offset..<offset + count]) == true, "\(count) bytes at \(offset)")
        } else if count > 0 {
          #expect(found == nil, "\(count) bytes at \(offset)")
        }
        offset += count
      }
    }
  }

  @Test("A file that is truncated meanwhile shows no more than it has")
  func truncated() throws {
    let file = try OpenJournalFile(path: path)
    var windows = FileWindows()
    #expect(windows.bytes(file, index: 0, at: 300_000, count: 64) != nil)
    try #require(truncate(path, 300_100) == 0)
    #expect(windows.bytes(file, index: 0, at: 400_000, count: 64) == nil)
    #expect(
      windows.bytes(file, index: 0, at: 300_064, count: 36)?.elementsEqual(bytes[300_064..<300_100]) == true)
    #expect(windows.bytes(file, index: 0, at: 310_000, count: 8) == nil)
    #expect(windows.bytes(file, index: 0, at: 310_000, count: 8) == nil)
  }
}
