internal import Evidence
internal import FoundationEssentials
internal import Redaction
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What one scan leaves to the next one in this process.
struct ScanMemory {
  /// Of the last scan that was not stopped.
  var scope: ConfigScope?
  var matcher: ScopeMatcher?
  /// What that scan could not see, and when it was.
  var gaps: [Gap] = []
  var at = Timestamp(nanoseconds: 0)
  /// The number of secrets that were looked for in the names of all entries.
  var sweptFor: SecretCount?
  /// Of the rules of that scan; see `Redactor.fingerprint`.
  var rules = Data()
  /// See `ScanPass.kernelValues`.
  var kernelValues: [[UInt8]: Data] = [:]
}

/// How much is held of whom.
struct SecretCount: Equatable {
  private let owner: ObjectIdentifier
  private let count: Int

  init?(_ found: FoundSecrets?) {
    guard let found else { return nil }
    owner = ObjectIdentifier(found)
    count = found.count
  }
}

/// One scan at a time, of everything or of single paths.
extension ChangeHistory {
  /// See `scan(_:redactor:at:readsSecrets:shouldStop:)`; `watch` is told of each folder before it is listed.
  func scan(
    _ scope: ConfigScope, redactor: Redactor, at: Timestamp, readsSecrets: Bool, watch: (any EventSource)?,
    shouldStop: @escaping () -> Bool
  ) throws(ConfigHistoryError) -> ScanReport {
    let report = try whenAlone(shouldStop) { memory throws(ConfigHistoryError) in
      try scanAlone(scope, redactor, at, readsSecrets, watch, &memory, shouldStop)
    }
    return report ?? .notBegun
  }

  /// Looks at the paths only.
  ///
  /// - Returns: `nil` where the last scan had another scope or other rules, so that a whole one has to come first.
  func scan(
    _ paths: [PendingPath], of scope: ConfigScope, redactor: Redactor, watch: (any EventSource)?,
    shouldStop: @escaping () -> Bool
  ) throws(ConfigHistoryError) -> ScanReport? {
    let report = try whenAlone(shouldStop) { memory throws(ConfigHistoryError) -> ScanReport? in
      guard memory.scope == scope, memory.rules == Data(redactor.fingerprint), let matcher = memory.matcher
      else { return nil }
      let actors = actorLookup(redactor, paths)
      let before = SecretCount(redactor.found)
      let pass = ScanPass(
        database: database, scope: scope, matcher: matcher, previous: matcher,
        examiner: examiner(scope, redactor), names: try names(redactor), at: .now(), readsSecrets: false,
        watch: watch, actors: actors, shouldStop: shouldStop)
      pass.kernelValues = memory.kernelValues
      try pass.run(paths)
      if SecretCount(redactor.found) != before { try sweepNames(redactor, &memory) }
      memory.kernelValues = pass.kernelValues
      return pass.report
    }
    return report ?? .notBegun
  }

  /// Looks at the paths and the kernel's values for somebody else than the watch, which registers no folder.
  ///
  /// - Returns: `nil` as of the other one; the gaps of the last scan of everything are in the report.
  func scanAgain(
    _ paths: [PendingPath], of scope: ConfigScope, redactor: Redactor, shouldStop: @escaping () -> Bool
  ) throws(ConfigHistoryError) -> ScanReport? {
    let values = KernelValues.roots(of: ScopeMatcher(scope))
    guard
      var report = try scan(paths + values, of: scope, redactor: redactor, watch: nil, shouldStop: shouldStop)
    else { return nil }
    let known = Set(report.gaps)
    let (earlier, at) = scanning.withLock { ($0.gaps, $0.at) }
    report.gaps += earlier.filter { !known.contains($0) }.map { gap in
      var gap = gap
      gap.detail += " (at the look at everything at \(at.rfc3339Seconds))"
      return gap
    }
    return report
  }

  /// - Returns: `nil` where it was stopped before another scan ended.
  private func whenAlone<T>(
    _ shouldStop: () -> Bool, _ body: (inout ScanMemory) throws(ConfigHistoryError) -> T
  ) throws(ConfigHistoryError) -> T? {
    while true {
      // A value in a box of its own: `nil` of the lock is not `nil` of the body.
      let result = try scanning.withLockIfAvailable { memory throws(ConfigHistoryError) in [try body(&memory)]
      }
      if let result { return result[0] }
      if shouldStop() { return nil }
      usleep(Self.pollingMicroseconds)
    }
  }

  private func scanAlone(
    _ scope: ConfigScope, _ redactor: Redactor, _ at: Timestamp, _ readsSecrets: Bool,
    _ watch: (any EventSource)?, _ memory: inout ScanMemory, _ shouldStop: @escaping () -> Bool
  ) throws(ConfigHistoryError) -> ScanReport {
    let isNamed = try database.hasNames(by: redactor)
    if !isNamed || memory.sweptFor != SecretCount(redactor.found) { try sweepNames(redactor, &memory) }
    let rules = Data(redactor.fingerprint)
    try database.useRules(rules)
    let previous = try database.scope()
    let matcher = ScopeMatcher(scope)
    if previous != scope {
      try database.write { try $0.enter(matcher) }
      // What became secret must not stay readable in a free page or in the WAL.
      try database.shrink()
    }
    watch?.beginRound()
    let pass = ScanPass(
      database: database, scope: scope, matcher: matcher, previous: previous.map(ScopeMatcher.init),
      examiner: examiner(scope, redactor), names: try names(redactor), at: at,
      readsSecrets: readsSecrets, watch: watch, actors: actorLookup(redactor, []), shouldStop: shouldStop)
    pass.kernelValues = memory.scope == scope ? memory.kernelValues : [:]
    memory.scope = nil
    try pass.run()
    // What was found in a file that was read later may stand in a name that was seen earlier.
    if memory.sweptFor != SecretCount(redactor.found) { try sweepNames(redactor, &memory) }
    if !pass.report.isStopped {
      try database.finishScan(of: scope, at: at, isWhole: pass.report.isFinished)
      watch?.endRound()
      memory = ScanMemory(
        scope: scope, matcher: matcher, gaps: pass.report.gaps, at: at, rules: rules,
        kernelValues: pass.kernelValues)
    }
    return pass.report
  }

  private func names(_ redactor: Redactor) throws(ConfigHistoryError) -> StoredNames {
    StoredNames(redactor, hidden: try database.hiddenNames(key: hashKey))
  }

  /// Gives all entries the names that they have by what is known now.
  private func sweepNames(_ redactor: Redactor, _ memory: inout ScanMemory) throws(ConfigHistoryError) {
    memory.sweptFor = SecretCount(redactor.found)
    try database.renameEntries(by: redactor, key: hashKey)
  }

  private func examiner(_ scope: ConfigScope, _ redactor: Redactor) -> Examiner {
    Examiner(redactor: redactor, key: hashKey, maximumFileBytes: scope.maximumFileBytes)
  }

  /// Of the paths at hand, and of what events told meanwhile: a scan of a capture may come before that of the
  /// watch.
  private func actorLookup(_ redactor: Redactor, _ paths: [PendingPath]) -> ActorLookup {
    let facts = Dictionary(paths.map { ($0.path, $0.actor) }, uniquingKeysWith: { first, _ in first })
    let memory = ActorMemory(redactor: redactor)
    return { [pending] path in
      guard let found = (facts[path] ?? nil) ?? pending.actor(of: path) else { return nil }
      return memory.actor(found)
    }
  }

  /// See `prune(olderThan:maximumBytes:)`; `betweenSteps` is called after each transaction.
  func prune(
    olderThan: Timestamp, maximumBytes: Int, betweenSteps: () -> Void
  ) throws(ConfigHistoryError) -> Int {
    let removed = try database.prune(
      olderThan: olderThan, maximumBytes: maximumBytes, betweenSteps: betweenSteps)
    if removed > 0 { try database.shrink(betweenSteps: betweenSteps) }
    return removed
  }
}

/// Redacts each process once a scan: a package manager writes thousands of files. Of one scan, on one thread.
private final class ActorMemory {
  private let redactor: Redactor
  private lazy var names = AccountNames.ofHost()
  private var known: [ActorFacts: ChangeActor] = [:]

  init(redactor: Redactor) {
    self.redactor = redactor
  }

  func actor(_ facts: ActorFacts) -> ChangeActor {
    if let actor = known[facts] { return actor }
    let actor = ChangeActor(facts, redactor: redactor, names: names)
    known[facts] = actor
    return actor
  }
}
