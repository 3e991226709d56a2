internal import Synchronization

/// Tells a running collector from outside that nobody waits for it any more.
final class StopFlag: Sendable {
  private let raised = Atomic(false)

  var isRaised: Bool { raised.load(ordering: .relaxed) }

  func raise() {
    raised.store(true, ordering: .relaxed)
  }
}
