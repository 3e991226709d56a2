internal import Dispatch
internal import Foundation
internal import Logging
internal import Synchronization

/// Writes log records on a thread of its own.
///
/// `sd_journal_sendv` blocks while journald is stalled, and so does a terminal under Ctrl-S. Callers only put
/// a record into a bounded queue; what does not fit is counted, and the count is logged once there is room.
package final class LogWriter: Sendable {
  /// Writes one record; it may block.
  package typealias Sink = @Sendable (LogRecord) -> Void

  private struct State {
    var records: [LogRecord] = []
    var dropped = 0
    /// Signalled when all records before them are written.
    var flushes: [DispatchSemaphore] = []
  }

  private let capacity: Int
  private let state = Mutex(State())
  /// Wakes the thread; signals that find it busy make it look once more.
  private let work = DispatchSemaphore(value: 0)

  /// Starts the thread, which calls `sink`; at most `capacity` records wait for it.
  package init(capacity: Int = 1024, sink: @escaping Sink) {
    self.capacity = capacity
    let thread = Thread { [self] in run(sink) }
    thread.name = "log"
    thread.stackSize = 1 << 18
    thread.start()
  }

  /// Writes to `destination` what `redaction` makes of each record; on the writer's thread, so that no caller waits.
  package convenience init(destination: LogDestination, redaction: LogRedaction) {
    self.init { record in destination.deliver(redaction.redact(record)) }
  }

  /// Takes `record` for writing, or counts it where too many wait. Never waits itself.
  package func write(_ record: LogRecord) {
    state.withLock { state in
      guard state.records.count < capacity else {
        state.dropped += 1
        return
      }
      state.records.append(record)
    }
    work.signal()
  }

  /// Waits until all records taken before are written: the last thing a process does.
  ///
  /// Blocks the calling thread.
  /// - Returns: False where `timeout` passed first.
  package func flush(timeout: Duration) -> Bool {
    let done = DispatchSemaphore(value: 0)
    state.withLock { $0.flushes.append(done) }
    work.signal()
    let (seconds, attoseconds) = timeout.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    return done.wait(timeout: .now() + .nanoseconds(Int(clamping: nanoseconds))) == .success
  }

  /// The thread: lives as long as the process, as the logging system does.
  private func run(_ sink: Sink) -> Never {
    while true {
      work.wait()
      let taken = state.withLock { state in
        defer { state = State() }
        return state
      }
      for record in taken.records { sink(record) }
      if taken.dropped > 0 { sink(LogWriter.lossRecord(taken.dropped)) }
      for flush in taken.flushes { flush.signal() }
    }
  }

  private static func lossRecord(_ count: Int) -> LogRecord {
    LogRecord(
      level: .warning, message: "Dropped log messages: their destination was slower than they came",
      fields: [LogField(name: "log.dropped", value: "\(count)")])
  }
}
