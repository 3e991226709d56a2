internal import Evidence
internal import Journal
internal import Logging
internal import Redaction
internal import Synchronization

/// Runs collectors side by side, each on a thread of its own, and waits no longer than their limits allow.
struct CollectorRunner: Sendable {
  /// Seconds beyond its limit that a collector has to notice that it is over.
  static let graceSeconds = 2.0

  let window: TimeWindow
  let freeze: JournalFreeze?
  let redactor: Redactor
  let spool: SpoolFolder
  let stuck: StuckCollectors
  let logger: Logger

  /// - Returns: one outcome for each collector, in their order.
  /// - Throws: `CancellationError` when the task was cancelled.
  func run(
    _ collectors: [any Collector], progress: @escaping @Sendable (CaptureStep) -> Void
  ) async throws -> [CollectorOutcome] {
    let stop = StopFlag()
    let (outcomes, continuation) = AsyncStream<CollectorOutcome>.makeStream(
      bufferingPolicy: .bufferingOldest(collectors.count))
    var done: [String: CollectorOutcome] = [:]
    for collector in collectors {
      guard stuck.begin(collector.name) else {
        done[collector.name] = lost(collector, "it still hangs since an earlier capture")
        continue
      }
      start(collector, stop: stop, continuation)
    }
    let pending = Set(collectors.map(\.name)).subtracting(done.keys)
    let received = await withTaskCancellationHandler {
      await receive(pending, of: collectors, from: outcomes, continuation, progress)
    } onCancel: {
      stop.raise()
      continuation.finish()
    }
    stop.raise()
    try Task.checkCancellation()
    done.merge(received) { _, new in new }
    return collectors.map { done[$0.name] ?? lost($0, "it did not answer in time and was left behind") }
  }

  private func start(
    _ collector: any Collector, stop: StopFlag, _ continuation: AsyncStream<CollectorOutcome>.Continuation
  ) {
    DedicatedThread.start("exh-\(collector.name)") { [self] in
      let output = CollectorOutput(
        collector: collector, window: window, freeze: freeze, redactor: redactor, spool: spool, stop: stop)
      var thrown: (any Error)?
      do {
        try collector.collect(into: output)
      } catch {
        thrown = error
      }
      let outcome = output.finish(thrown)
      // Before anybody is told: the next capture may begin at once.
      stuck.end(collector.name)
      continuation.yield(outcome)
    }
  }

  /// Gathers outcomes until all are in or the longest limit and its grace are over.
  private func receive(
    _ names: Set<String>, of collectors: [any Collector], from outcomes: AsyncStream<CollectorOutcome>,
    _ continuation: AsyncStream<CollectorOutcome>.Continuation, _ progress: @Sendable (CaptureStep) -> Void
  ) async -> [String: CollectorOutcome] {
    let seconds = (collectors.map(\.limits.seconds).max() ?? 0) + Self.graceSeconds
    return await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Cancelled when all outcomes are in: then there is nothing to end.
        do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
        continuation.finish()
      }
      var received: [String: CollectorOutcome] = [:]
      var iterator = outcomes.makeAsyncIterator()
      while received.count < names.count, let outcome = await iterator.next() {
        received[outcome.collector] = outcome
        progress(
          CaptureStep(
            "collected \(outcome.collector) (\(received.count) of \(names.count))", done: received.count,
            of: collectors.count + 1))
      }
      group.cancelAll()
      return received
    }
  }

  private func lost(_ collector: any Collector, _ why: String) -> CollectorOutcome {
    logger.error(
      "Left a collector behind", metadata: ["collector": "\(collector.name)", "reason": "\(why)"])
    var outcome = CollectorOutcome(collector: collector.name, limits: collector.limits)
    outcome.artifacts = collector.artifacts.map { artifact in
      let gap = Gap(
        artifact: artifact.path, from: window.from, to: window.to, cause: .timeout,
        detail: "the \(collector.name) collector had \(collector.limits.seconds) s; \(why)")
      return CollectedArtifact(missing: artifact, gaps: [gap])
    }
    return outcome
  }
}

/// Names of collectors whose threads have not come back. A hung source costs one thread, not one a capture.
package final class StuckCollectors: Sendable {
  private let running = Mutex<Set<String>>([])

  package init() {}

  /// - Returns: whether the collector may start: `false` while an earlier run of it hangs.
  func begin(_ name: String) -> Bool {
    running.withLock { $0.insert(name).inserted }
  }

  func end(_ name: String) {
    _ = running.withLock { $0.remove(name) }
  }
}
