internal import Synchronization

/// Keeps a history up to date until it is stopped: by events where the kernel gives them, and by looking at
/// everything at the start, periodically and whenever events were lost.
package final class HistoryWatch: Sendable {
  private let history: ChangeHistory
  private let settings: @Sendable () -> WatchSettings
  private let tell: @Sendable (WatchNews) -> Void
  private let wake: WakeSignal
  private let stopped = Mutex(false)
  private let lastStatus = Mutex(WatchStatus())

  /// - Parameters:
  ///   - history: to be kept.
  ///   - settings: those in force at the moment.
  ///   - tell: is told what happens, on the watch's thread.
  /// - Throws: `ConfigHistoryError` when the process has no descriptor left.
  package init(
    history: ChangeHistory, settings: @escaping @Sendable () -> WatchSettings,
    tell: @escaping @Sendable (WatchNews) -> Void
  ) throws(ConfigHistoryError) {
    self.history = history
    self.settings = settings
    self.tell = tell
    do throws(SystemFailure) {
      wake = try WakeSignal()
    } catch {
      throw ConfigHistoryError(call: error.call, path: history.database.path, code: error.code)
    }
  }

  /// What is active at the moment.
  package var status: WatchStatus { lastStatus.withLock { $0 } }

  /// Blocks until `stop`: to be called on a thread of its own, and once.
  package func run() {
    let loop = WatchLoop(
      history: history, settings: settings, wake: wake, isStopped: { self.stopped.withLock { $0 } },
      tell: { news in
        if case .status(let status) = news { self.lastStatus.withLock { $0 = status } }
        self.tell(news)
      })
    loop.run()
  }

  /// Makes `run` return soon. May be called from any thread, and before `run`.
  package func stop() {
    stopped.withLock { $0 = true }
    wake.raise()
  }
}
