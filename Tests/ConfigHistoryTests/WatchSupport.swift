import Evidence
import Foundation
import GRDB
import Redaction
import Synchronization
import Testing

@testable import ConfigHistory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A watch over a rig's folder, on a thread of its own, until the value goes away.
final class RunningWatch: Sendable {
  fileprivate struct Seen {
    var wholeScans = 0
    var isReady = false
    var overflows = 0
    var failures: [String] = []
    var counters = WatchCounters()
  }

  let watch: HistoryWatch
  private let seen: Box
  private let ended: DispatchSemaphore

  fileprivate final class Box: Sendable {
    let value = Mutex(Seen())

    func note(_ news: WatchNews) {
      value.withLock { seen in
        switch news {
        case .status: break
        case .scanned(_, let isWhole, _): if isWhole { seen.wholeScans += 1 }
        case .counted(let counters): seen.counters = counters
        case .overflow: seen.overflows += 1
        case .failed(let error): seen.failures.append(error.description)
        }
      }
    }
  }

  init(_ rig: Rig, _ preference: WatchPreference, adjust: (inout WatchSettings) -> Void = { _ in }) throws {
    var settings = WatchSettings(scope: rig.scope, redactor: rig.redactor)
    settings.preference = preference
    settings.settle = .milliseconds(50)
    settings.timeout = .seconds(300)
    adjust(&settings)
    let (box, semaphore, fixed) = (Box(), DispatchSemaphore(value: 0), settings)
    let watch = try HistoryWatch(history: rig.history, settings: { fixed }, tell: { box.note($0) })
    (seen, ended, self.watch) = (box, semaphore, watch)
    Thread {
      watch.run()
      semaphore.signal()
    }.start()
    try wait("the first scan") { self.wholeScans > 0 }
  }

  var wholeScans: Int { seen.value.withLock { $0.wholeScans } }
  var overflows: Int { seen.value.withLock { $0.overflows } }
  var failures: [String] { seen.value.withLock { $0.failures } }

  func stop() {
    watch.stop()
    ended.wait()
    // For the deinitialiser.
    ended.signal()
  }

  deinit { stop() }
}

/// Waits for what has to come; a good minute is no measure of speed, only an end to the waiting.
func wait(_ what: String, until condition: () throws -> Bool) throws {
  for round in 0..<360 {
    if try condition() { return }
    usleep(round < 50 ? 10_000 : 250_000)
  }
  throw ToolFailure(text: "waited in vain for \(what)")
}

/// Why fanotify cannot be used here; `nil` where it can.
let fanotifyProblem: String? = {
  let choice = EventSourceChoice.open(.fanotify, for: [Array("/tmp".utf8)])
  return choice.source?.mechanism == .fanotify ? nil : choice.reason
}()

let eventMechanisms: [WatchPreference] = fanotifyProblem == nil ? [.fanotify, .inotify] : [.inotify]

extension Rig {
  /// What the history says is at each path: type, mode and keyed hash or target.
  func liveStates() throws -> [String: String] {
    try history.database.read { db in
      let sql = "SELECT id, folder, name FROM entry WHERE live = 1"
      var states: [String: String] = [:]
      for row in try Row.fetchAll(db, sql: sql) {
        guard let version = try db.lastVersion(of: row["id"])?.version else { continue }
        let (folder, name): (Data, Data) = (row["folder"], row["name"])
        states[PathText(PathBytes.join(Array(folder), Array(name))).text] = describe(
          version.type, version.mode, version.keyedHash?.hexadecimal)
      }
      return states
    }
  }
}

/// One line that two states have in common where they are the same.
func describe(_ type: FileState.FileType, _ mode: UInt32, _ hash: String?) -> String {
  "\(type) \(String(mode, radix: 8)) \(hash ?? "-")"
}
