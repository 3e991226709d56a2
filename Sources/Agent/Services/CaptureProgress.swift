internal import Synchronization

/// What the running captures are at, in a few words each. In memory: after a restart they begin anew.
final class CaptureProgress: Sendable {
  private let words = Mutex<[String: String]>([:])
  /// Why an attempt failed, until the database has it: a full disk keeps it from being written there.
  private let failures = Mutex<[String: String]>([:])

  subscript(capture: String) -> String? { words.withLock { $0[capture] } }

  func set(_ text: String?, for capture: String) {
    words.withLock { $0[capture] = text }
  }

  func failure(of capture: String) -> String? { failures.withLock { $0[capture] } }

  func setFailure(_ text: String?, for capture: String) {
    failures.withLock { $0[capture] = text }
  }
}
