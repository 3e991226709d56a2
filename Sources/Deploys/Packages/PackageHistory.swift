package import Evidence

/// The package transactions of a window, from both logs.
package enum PackageHistory {
  /// Joins what apt and dpkg say about the same action: apt knows the command and who asked for it, dpkg
  /// the second and the architecture (apt writes the host's where it is `all`). What only one of them
  /// knows stays as it is, and so do the transactions of other package managers.
  ///
  /// - Returns: the transactions in `window`, by time; the same input in any order gives the same output.
  package static func merge(
    apt: [PackageTransaction], dpkg: [PackageTransaction], others: [PackageTransaction] = [],
    window: TimeWindow
  ) -> [PackageTransaction] {
    var pending = PendingSteps(dpkg.sorted(by: precedes))
    let runs = apt.compactMap { $0.run?.startedAt }.sorted()
    var merged: [PackageTransaction] = []
    var nextRun = runs.startIndex
    for transaction in apt.sorted(by: runPrecedes) {
      guard let run = transaction.run else {
        merged.append(transaction)
        continue
      }
      while nextRun < runs.endIndex, runs[nextRun] <= run.startedAt { nextRun += 1 }
      // apt holds a lock, so a run without an end had ended when the next one began.
      let following = nextRun < runs.endIndex ? runs[nextRun] : Timestamp(nanoseconds: .max)
      merged.append(pending.join(transaction, from: run.startedAt, to: run.endedAt ?? following))
    }
    return (merged + pending.unmatched + others).filter { window.contains($0.at) }.sorted(by: precedes)
  }

  private static func runPrecedes(_ left: PackageTransaction, _ right: PackageTransaction) -> Bool {
    let (first, second) = (left.run?.startedAt ?? left.at, right.run?.startedAt ?? right.at)
    return first == second ? precedes(left, right) : first < second
  }

  /// A total order but for equal values.
  private static func precedes(_ left: PackageTransaction, _ right: PackageTransaction) -> Bool {
    guard left.at == right.at else { return left.at < right.at }
    guard left.order == right.order else { return left.order < right.order }
    guard left.run == right.run else { return left.runOrder < right.runOrder }
    return !left.automatic && right.automatic
  }
}

extension PackageTransaction {
  fileprivate var order: (String, String, String, String, String, String) {
    (package, architecture ?? "", action.rawValue, oldVersion ?? "", newVersion ?? "", source.rawValue)
  }

  fileprivate var runOrder: (Int64, Int64, String, String, String) {
    (
      run?.startedAt.nanoseconds ?? 0, run?.endedAt?.nanoseconds ?? 0, run?.commandLine ?? "",
      run?.requestedBy ?? "", run?.error ?? ""
    )
  }
}

/// dpkg's steps that no run of apt has claimed yet. Runs claim in the order of time, so that each step is
/// looked at once.
private struct PendingSteps {
  /// What has to be equal for a step of dpkg to be part of an action of apt. apt's `purge` is dpkg's
  /// `remove` and `purge`; apt's `reinstall` and `downgrade` are dpkg's `upgrade`.
  private struct Key: Hashable {
    let package: String
    let architecture: String?
    let version: String?
    let leavesInstalled: Bool

    init(_ transaction: PackageTransaction, architecture: String?) {
      package = transaction.package
      self.architecture = architecture
      leavesInstalled = transaction.action.leavesInstalled
      version = leavesInstalled ? transaction.newVersion : transaction.oldVersion
    }
  }

  private var queues: [Key: ArraySlice<PackageTransaction>]
  private var passed: [PackageTransaction] = []

  /// - Parameter steps: sorted by time.
  init(_ steps: [PackageTransaction]) {
    queues = Dictionary(grouping: steps) { Key($0, architecture: $0.architecture) }.mapValues { $0[...] }
  }

  var unmatched: [PackageTransaction] { passed + queues.values.joined() }

  mutating func join(
    _ transaction: PackageTransaction, from start: Timestamp, to end: Timestamp
  ) -> PackageTransaction {
    for architecture in [transaction.architecture, "all"] {
      guard let step = claim(Key(transaction, architecture: architecture), from: start, to: end) else {
        continue
      }
      var joined = transaction
      joined.at = step.at
      joined.architecture = step.architecture
      joined.oldVersion = transaction.oldVersion ?? step.oldVersion
      return joined
    }
    return transaction
  }

  /// Takes all steps of that key in the run, and answers the first.
  private mutating func claim(_ key: Key, from start: Timestamp, to end: Timestamp) -> PackageTransaction? {
    var claimed: PackageTransaction?
    while let step = queues[key]?.first, step.at <= end {
      queues[key]?.removeFirst()
      if step.at < start {
        passed.append(step)
      } else {
        claimed = claimed ?? step
      }
    }
    return claimed
  }
}
