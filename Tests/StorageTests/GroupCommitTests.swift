import Evidence
import Foundation
import Redaction
import Storage
import Testing

@Suite("Signals that come at the same time")
struct GroupCommitTests {
  private let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test("are each taken in once, those that are refused without the others")
  func many() async throws {
    let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<600 {
        group.addTask { [state] in
          do {
            try await state.accept(.alert("k\(index)"), queueLimit: 400)
            return true
          } catch StorageError.queueFull {
            return false
          }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(accepted == 400)
    #expect(try await state.database.queueLength() == 400)
    // Nothing of a refused one is there.
    var incidents = 0
    var cursor: String?
    repeat {
      let page = try await state.database.incidents(state: nil, after: cursor, limit: 500)
      incidents += page.elements.count
      cursor = page.next
    } while cursor != nil
    #expect(incidents == 400)
  }

  @Test("open one incident where they are of one")
  func same() async throws {
    let opened = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<300 { group.addTask { [state] in try await !state.accept(.alert("k")).duplicate } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(opened == 1)
    #expect(try await state.database.queueLength() == 1)
  }

  @Test("are on the disk when they are acknowledged: another connection sees them")
  func durable() async throws {
    let acceptance = try await state.accept(.alert("k"))
    let other = try StateDatabase(path: state.folder.path + "/exhibit.sqlite")
    let id = try #require(acceptance.incidentID)
    #expect(try await other.incident(id) != nil)
  }

  @Test("do not keep other writers waiting for long")
  func fair() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<1000 { group.addTask { [state] in try await state.accept(.alert("k\(index % 7)")) } }
      _ = try await state.database.claimCapture(at: Timestamp.start.adding(seconds: 60))
      try await group.waitForAll()
    }
    #expect(try await state.database.queueLength() == 7)
  }
}
