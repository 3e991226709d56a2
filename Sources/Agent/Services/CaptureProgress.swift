internal import Capture
internal import Synchronization

/// What the running captures are at. In memory: after a restart they begin anew.
final class CaptureProgress: Sendable {
  private let steps = Mutex<[String: CaptureStep]>([:])
  /// Why an attempt failed, until the database has it: a full disk keeps it from being written there.
  private let failures = Mutex<[String: String]>([:])

  subscript(capture: String) -> CaptureStep? { steps.withLock { $0[capture] } }

  func set(_ step: CaptureStep?, for capture: String) {
    steps.withLock { $0[capture] = step }
  }

  func failure(of capture: String) -> String? { failures.withLock { $0[capture] } }

  func setFailure(_ text: String?, for capture: String) {
    failures.withLock { $0[capture] = text }
  }
}
