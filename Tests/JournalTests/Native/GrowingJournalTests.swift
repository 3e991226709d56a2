import Evidence
import Foundation
import Synchronization
import Testing

@testable import Journal

@Suite(
  "A journal that is written while it is read",
  .enabled(if: Tool.canRunJournald, "needs root and systemd-journald"), .timeLimit(.minutes(2)))
struct GrowingJournalTests {
  @Test("Under load and rotation every reading is whole up to the moment it began")
  func underLoad() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    let state = Mutex<Result<Void, any Error>?>(nil)
    let writer = Thread {
      let result = Result {
        try Tool.runJournald(
          path,
          """
          (for i in $(seq 12); do sleep 0.1; kill -USR2 $JOURNALD; done) &
          for i in $(seq 0 29999); do echo "line $i"; done | systemd-cat -t load
          wait
          """)
      }
      state.withLock { $0 = result }
    }
    writer.start()
    var readings = 0
    var last = 0
    var outcome: Result<Void, any Error>?
    repeat {
      outcome = state.withLock { $0 }
      let (numbers, coverage) = try lines(path)
      #expect(numbers == Array(0..<numbers.count))
      #expect(numbers.count >= last)
      #expect(coverage.gaps.filter { $0.cause == .journalCorrupt || $0.cause == .journalRotated } == [])
      #expect(coverage.fallback == [])
      (last, readings) = (numbers.count, readings + 1)
    } while outcome == nil
    try outcome?.get()
    #expect(last == 30_000)
    #expect(readings > 1)
    #expect(try expectSame(JournalQuery(window: always, directory: path)) > 30_000)
  }

  /// The numbers of the lines that were logged, in the order of reading.
  private func lines(_ directory: String) throws -> ([Int], JournalCoverage) {
    var query = JournalQuery(window: always, directory: directory)
    query.identifiers = ["load"]
    var reader = try JournalReader(query)
    var numbers: [Int] = []
    while try reader.next() != nil {
      reader.forEachField { name, value in
        guard name.equals("MESSAGE"), value.hasPrefix("line ") else { return }
        numbers.append(Int(UnsafeRawBufferPointer(rebasing: value[5...]).decimal ?? 0))
      }
    }
    return (numbers, reader.finish(artifact: "a"))
  }
}
