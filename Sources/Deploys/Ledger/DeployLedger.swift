package import Evidence

/// A record as a bundle tells it: with what the ledger knows of the records before it.
package struct LedgerEntry: Sendable, Hashable {
  package var record: DeployRecord
  /// Older than the window, and the version that ran when the window began.
  package var isBaseline: Bool
  /// JSON names of what the sender left out, and the ledger knew: `kind`, `previous_version`.
  package var inferred: [String]

  package init(_ record: DeployRecord, isBaseline: Bool = false, inferred: [String] = []) {
    self.record = record
    self.isBaseline = isBaseline
    self.inferred = inferred
  }
}

/// What a window's deploys are, seen from all that came before them.
package enum DeployLedger {
  /// The records of a window, and before them those that were still running when it began.
  ///
  /// The running version of a service in an environment is that of its last deploy that succeeded. It is the previous
  /// version of the next deploy that does not name one. A deploy of a version that came before the running one is a
  /// roll-back, whatever its sender calls it; one that goes forward again is none.
  ///
  /// - Parameters:
  ///   - records: all that the ledger holds up to the window's end, in any order.
  ///   - window: half-open; `finishedAt` decides.
  /// - Returns: the entries, baselines first, each by time; the same records in any order give the same entries.
  package static func entries(of records: [DeployRecord], in window: TimeWindow) -> [LedgerEntry] {
    var tracks: [Track.Key: Track] = [:]
    var entries: [LedgerEntry] = []
    for record in records.sorted(by: precedes) where record.finishedAt < window.to {
      let key = Track.Key(record)
      var track = tracks.removeValue(forKey: key) ?? Track()
      let entry = track.take(record)
      if record.finishedAt >= window.from { entries.append(entry) } else { track.keepBaseline(entry) }
      tracks[key] = track
    }
    let baselines = tracks.values.compactMap(\.baseline).sorted { precedes($0.record, $1.record) }
    return baselines + entries
  }

  private static func precedes(_ left: DeployRecord, _ right: DeployRecord) -> Bool {
    left.finishedAt == right.finishedAt ? left.id < right.id : left.finishedAt < right.finishedAt
  }
}

/// One service in one environment.
private struct Track {
  struct Key: Hashable {
    let service: String
    let environment: String?

    init(_ record: DeployRecord) {
      service = record.service
      environment = record.environment
    }
  }

  private var running: String?
  /// The versions that ran, numbered as they first came.
  private var order: [String: Int] = [:]
  private(set) var baseline: LedgerEntry?

  mutating func take(_ record: DeployRecord) -> LedgerEntry {
    var entry = LedgerEntry(record)
    if record.previousVersion == nil, let running, running != record.version || record.kind == .rolledback {
      entry.record.previousVersion = running
      entry.inferred.append("previous_version")
    }
    if record.kind == .deployed || record.kind == .upgraded {
      if let running, let now = order[running], let then = order[record.version], then < now {
        entry.record.kind = .rolledback
        entry.inferred.append("kind")
      }
    }
    if record.outcome == .success { ran(record) }
    entry.inferred.sort()
    return entry
  }

  private mutating func ran(_ record: DeployRecord) {
    running = record.kind == .removed ? nil : record.version
    if let running, order[running] == nil { order[running] = order.count }
  }

  /// The last of the deploys that succeeded; one that removed the service leaves none.
  mutating func keepBaseline(_ entry: LedgerEntry) {
    guard entry.record.outcome == .success else { return }
    var entry = entry
    entry.isBaseline = true
    baseline = entry.record.kind == .removed ? nil : entry
  }
}

extension LedgerEntry {
  /// What the timeline says of it.
  ///
  /// - Parameter reference: path and line in the bundle.
  /// - Returns: an event at `finishedAt`; severity `err` for a deploy that failed, `warning` for a roll-back.
  package func timelineEvent(reference: String? = nil) -> TimelineEvent {
    let place = record.environment.map { " in \($0)" } ?? ""
    let severity = record.outcome == .failure ? "err" : record.kind == .rolledback ? "warning" : "info"
    return TimelineEvent(
      at: record.finishedAt, kind: .deploy,
      message: "\(record.service) \(verb) \(versions)\(place)\(outcome)\(remark)", severity: severity,
      source: "deploys", reference: reference, actor: record.actor, service: record.service)
  }

  private var verb: String {
    switch record.kind {
    case .deployed: "deployed"
    case .upgraded: "upgraded"
    case .rolledback: "ROLLED BACK"
    case .removed: "removed"
    }
  }

  private var versions: String { record.previousVersion.map { "\($0)→\(record.version)" } ?? record.version }

  private var outcome: String {
    switch record.outcome {
    case .success: ""
    case .failure: ": FAILED"
    case .inProgress: " (in progress)"
    case .unknown: " (outcome unknown)"
    }
  }

  private var remark: String {
    guard record.outcome == .failure, let message = record.message else { return "" }
    return ": \(message)"
  }
}
