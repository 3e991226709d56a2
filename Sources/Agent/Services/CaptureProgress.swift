internal import Synchronization

/// What the running captures are at, in a few words each. In memory: after a restart they begin anew.
final class CaptureProgress: Sendable {
  private let words = Mutex<[String: String]>([:])

  subscript(capture: String) -> String? { words.withLock { $0[capture] } }

  func set(_ text: String?, for capture: String) {
    words.withLock { $0[capture] = text }
  }
}
