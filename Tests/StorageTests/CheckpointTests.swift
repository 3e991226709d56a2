import Evidence
import Foundation
import Storage
import Testing

@Suite("The write-ahead log")
struct CheckpointTests {
  private let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test("is moved into the database while signals come, and no signal with it is lost")
  func moves() async throws {
    let before = try size()
    var accepted: [String] = []
    // Far fewer than make the log so long that a commit moves it.
    while try size() < before + 65_536, accepted.count < 200 {
      let acceptance = try await state.accept(.alert("k\(accepted.count)"))
      accepted.append(try #require(acceptance.incidentID))
    }
    let deadline = ContinuousClock.now + .seconds(30)
    while try size() < before + 65_536, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(try size() >= before + 65_536)
    // The database without its log, once nothing is moved any more: it has what was moved, and is whole.
    let copy = state.folder.path + "/copy.sqlite"
    var kept = 0
    while kept == 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(200))
      if FileManager.default.fileExists(atPath: copy) { try FileManager.default.removeItem(atPath: copy) }
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      let moved = try StateDatabase(path: copy)
      for id in accepted where try await moved.incident(id) != nil { kept += 1 }
    }
    #expect(kept > 0 && kept <= accepted.count)
    let other = try StateDatabase(path: path)
    for id in accepted { #expect(try await other.incident(id) != nil) }
  }

  private var path: String { state.folder.path + "/exhibit.sqlite" }

  /// Bytes of the database without its log.
  private func size() throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
  }
}
