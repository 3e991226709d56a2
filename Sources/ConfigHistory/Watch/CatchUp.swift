internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How whoever needs the history to be up to date asks the watch, which alone may read the kernel's events.
///
/// The watch answers between two scans, when it holds no path that it has taken and not yet looked at.
final class CatchUp: Sendable {
  /// The watch answers within milliseconds, but not while it scans: then looking at everything waits for it as well.
  private static let patience = Duration.seconds(2)
  private static let pollingMicroseconds: UInt32 = 1000

  private struct State {
    /// Of the watch that runs.
    var wake: WakeSignal?
    var asked = 0
    var answered = 0
    var paths: [PendingPath]?
  }

  private let state = Mutex(State())

  /// A watch runs, and is woken by the signal.
  func begin(_ wake: WakeSignal) {
    state.withLock { $0.wake = wake }
  }

  /// No watch runs any more.
  func end() {
    state.withLock { $0.wake = nil }
  }

  /// Has the watch read all events that have come by now.
  ///
  /// - Returns: the paths that events told of and no scan has looked at yet; `nil` where nobody watches, not everything is
  ///   watched, or no answer came.
  func paths(orUntil shouldStop: () -> Bool) -> [PendingPath]? {
    let number = state.withLock { state -> Int? in
      guard let wake = state.wake else { return nil }
      state.asked += 1
      wake.raise()
      return state.asked
    }
    guard let number else { return nil }
    let deadline = ContinuousClock.now + Self.patience
    while ContinuousClock.now < deadline, !shouldStop() {
      let (isAnswered, paths) = state.withLock { ($0.answered >= number, $0.paths) }
      if isAnswered { return paths }
      usleep(Self.pollingMicroseconds)
    }
    return nil
  }

  /// Answers those who have asked by now, if there are any.
  ///
  /// - Parameter paths: reads the events, and gives what waits to be looked at; `nil` where that is not all that changed.
  func answer(_ paths: () -> [PendingPath]?) {
    let asked = state.withLock { $0.asked > $0.answered ? $0.asked : nil }
    guard let asked else { return }
    let paths = paths()
    state.withLock { state in
      (state.answered, state.paths) = (asked, paths)
    }
  }
}
