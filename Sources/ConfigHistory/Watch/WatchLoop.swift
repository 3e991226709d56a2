internal import Evidence
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The watch's thread. While it scans it takes events in between, so that the kernel's queue does not overflow,
/// and the processes that wrote can still be looked at.
final class WatchLoop {
  /// Settings are compared this often: no event tells of a reload.
  private static let longestSleep = Duration.seconds(5)
  private static let pruneInterval = Duration.seconds(3600)
  /// While a scan runs, events are taken this often.
  private static let drainInterval = Duration.milliseconds(20)
  private static let shortestOverflowPause = Duration.seconds(2)
  private static let pathsPerScan = 1000
  private static let countingInterval = Duration.seconds(1)
  private static let settingsInterval = Duration.seconds(1)
  /// Events may come faster than they are read.
  private static let longestCatchUp = Duration.milliseconds(500)

  private let history: ChangeHistory
  private let settings: () -> WatchSettings
  private let wake: WakeSignal
  private let isStopped: () -> Bool
  private let tell: (WatchNews) -> Void

  private var current: WatchSettings
  /// Of the settings in force; see `Redactor.fingerprint`.
  private var rules: [UInt8]
  private var opened: (preference: WatchPreference, scope: ConfigScope, rules: [UInt8])?
  private var matcher: ScopeMatcher
  private var source: (any EventSource)?
  private var status = WatchStatus()
  private var counters = WatchCounters()
  private var toldCounters = WatchCounters()
  private var actors = ActorReader()
  private var pace = ReadPace()
  /// Whether everything was looked at, and whatever changed since then gave an event.
  private var isWhole = false
  private var wholeScanDue = ContinuousClock.now
  private var wholeScanEnd = ContinuousClock.now
  private var wholeScanTook = Duration.zero
  /// Of the rules by which this process has read what holds secrets: what it has not read it cannot look for elsewhere;
  /// see `FoundSecrets`.
  private var readRules: [UInt8]?
  private var kernelValuesDue = ContinuousClock.now
  private var pruneDue = ContinuousClock.now
  private var lastDrain = ContinuousClock.now
  private var lastTold = ContinuousClock.now
  private var lastSettings = ContinuousClock.now

  init(
    history: ChangeHistory, settings: @escaping () -> WatchSettings, wake: WakeSignal,
    isStopped: @escaping () -> Bool, tell: @escaping (WatchNews) -> Void
  ) {
    self.history = history
    self.settings = settings
    self.wake = wake
    self.isStopped = isStopped
    self.tell = tell
    current = settings()
    rules = current.redactor.fingerprint
    matcher = ScopeMatcher(current.scope)
  }

  func run() {
    history.catchUp.begin(wake)
    defer { history.catchUp.end() }
    while true {
      // Before the look at who stopped or asked, so that no call is missed.
      wake.clear()
      if isStopped() { return }
      refreshSettings()
      if current.isEnabled {
        openSource()
        step()
      } else {
        (opened, source, isWhole) = (nil, nil, false)
      }
      history.catchUp.answer(catchUp)
      tellCounters()
      wait()
    }
  }

  /// Reads all events that have come.
  ///
  /// - Returns: what is to be looked at; `nil` where that may not be all that changed.
  private func catchUp() -> [PendingPath]? {
    let deadline = ContinuousClock.now + Self.longestCatchUp
    while isWhole, let source, ContinuousClock.now < deadline {
      drain()
      if !waitUntilReadable([source.descriptor], for: .zero) { return isWhole ? history.pending.all : nil }
    }
    return nil
  }

  private func lookAtAll(after pause: Duration = .zero) {
    isWhole = false
    wholeScanDue = .now + pause
  }

  private func refreshSettings() {
    let now = ContinuousClock.now
    guard now - lastSettings >= Self.settingsInterval else { return }
    lastSettings = now
    current = settings()
    rules = current.redactor.fingerprint
  }

  private func openSource() {
    guard opened?.preference != current.preference || opened?.scope != current.scope || opened?.rules != rules
    else { return }
    matcher = ScopeMatcher(current.scope)
    if opened?.preference != current.preference || opened?.scope.paths != current.scope.paths {
      let choice = EventSourceChoice.open(current.preference, for: matcher.roots)
      source = choice.source
      status = WatchStatus(mechanism: source?.mechanism ?? .poll, reason: choice.reason)
      tell(.status(status))
    }
    opened = (current.preference, current.scope, rules)
    lookAtAll()
  }

  private func step() {
    drain()
    if history.pending.isOverflown {
      let pause = max(Self.shortestOverflowPause, wholeScanTook * current.overflowShare)
      wholeScanDue = min(wholeScanDue, wholeScanEnd + pause)
    }
    let now = ContinuousClock.now
    do throws(ConfigHistoryError) {
      if now >= wholeScanDue {
        try scanAll()
      } else {
        try scanPending(now)
      }
      if now >= pruneDue { try prune() }
    } catch {
      tell(.failed(error))
      // What was taken from the pending paths is looked at then, too.
      lookAtAll(after: current.pollInterval)
    }
  }

  private func scanAll() throws(ConfigHistoryError) {
    let start = ContinuousClock.now
    let deadline = start + current.timeout
    history.pending.clearOverflow()
    let report = try history.scan(
      current.scope, redactor: current.redactor, at: .now(), readsSecrets: readRules != rules, watch: source,
      shouldStop: { self.shouldStop(at: deadline) })
    if !report.isStopped { readRules = rules }
    wholeScanEnd = .now
    wholeScanTook = wholeScanEnd - start
    counters.scans += 1
    tell(.scanned(report, isWhole: true, took: wholeScanTook))
    status.folders = source?.folderCount ?? 0
    status.shortfall = source?.shortfall
    tell(.status(status))
    isWhole = source != nil && report.isFinished && status.shortfall == nil && !report.isRemote
    let interval = isWhole ? max(current.rescanInterval, current.pollInterval) : current.pollInterval
    wholeScanDue = wholeScanEnd + interval
    kernelValuesDue = wholeScanEnd + current.pollInterval
  }

  private func scanPending(_ now: ContinuousClock.Instant) throws(ConfigHistoryError) {
    var due = history.pending.take(
      now: now, settle: current.settle, longest: current.longestWait, limit: Self.pathsPerScan)
    if now >= kernelValuesDue {
      due += KernelValues.roots(of: matcher)
      kernelValuesDue = now + current.pollInterval
    }
    guard !due.isEmpty else { return }
    let deadline = now + current.timeout
    let report = try history.scan(
      due, of: current.scope, redactor: current.redactor, watch: source,
      shouldStop: { self.shouldStop(at: deadline) })
    guard let report, report.isFinished else { return lookAtAll() }
    counters.scans += 1
    tell(.scanned(report, isWhole: false, took: .now - now))
  }

  private func prune() throws(ConfigHistoryError) {
    let cut = Timestamp.now().adding(seconds: -current.retentionSeconds)
    pruneDue = .now + Self.pruneInterval
    _ = try history.prune(olderThan: cut, maximumBytes: current.maximumStoreBytes) { self.drainNowAndThen() }
  }
}

/// Taking events.
extension WatchLoop {
  private func shouldStop(at deadline: ContinuousClock.Instant) -> Bool {
    drainNowAndThen()
    return isStopped() || ContinuousClock.now >= deadline
  }

  private func drainNowAndThen() {
    if ContinuousClock.now - lastDrain >= Self.drainInterval { drain() }
  }

  private func drain() {
    guard let source else { return }
    let now = ContinuousClock.now
    lastDrain = now
    pace.count(now)
    do throws(SystemFailure) {
      let isOverflown = try source.drain { take($0, at: now) }
      if isOverflown { lose() }
      counters.foreign = source.foreignCount
    } catch {
      self.source = nil
      status = WatchStatus(reason: "the kernel's events ended (\(error.text)): restart the agent")
      tell(.status(status))
      lookAtAll()
    }
  }

  private func take(_ event: PathEvent, at now: ContinuousClock.Instant) {
    counters.events += 1
    guard matcher.concerns(event.path) else { return }
    let actor = event.pid > 0 ? actors.facts(of: event.pid, now: now) : nil
    if !history.pending.mark(event, actor: actor, at: now, limit: current.maximumPending) { lose() }
  }

  private func lose() {
    history.pending.overflow()
    counters.overflows += 1
    tell(.overflow)
  }

  private func tellCounters() {
    let now = ContinuousClock.now
    guard counters != toldCounters, now - lastTold >= Self.countingInterval else { return }
    counters.cpu = ThreadTime.now
    tell(.counted(counters))
    (toldCounters, lastTold) = (counters, now)
  }

  private func wait() {
    let now = ContinuousClock.now
    var time = Self.longestSleep
    if current.isEnabled {
      time = min(time, wholeScanDue - now, kernelValuesDue - now)
      if let due = history.pending.nextDue(settle: current.settle, longest: current.longestWait) {
        time = min(time, due - now)
      }
    }
    guard time > .zero else { return }
    let pause = pace.wait
    // Under a storm events gather, and the kernel merges those of one file.
    if pause > .zero {
      waitUntilReadable([wake.descriptor], for: min(time, pause))
    } else {
      waitUntilReadable([wake.descriptor, source?.descriptor ?? -1], for: time)
    }
  }
}
