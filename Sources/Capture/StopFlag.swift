internal import Synchronization

/// Tells work on a thread of its own, from outside, that nobody waits for it any more.
package final class StopFlag: Sendable {
  private let raised = Atomic(false)

  package init() {}

  package var isRaised: Bool { raised.load(ordering: .relaxed) }

  package func raise() {
    raised.store(true, ordering: .relaxed)
  }
}
