/// `evidence.json`, format 1: what was to be captured, what was, what is missing and why.
package struct EvidenceManifest: Hashable, Codable, Sendable {
  /// The version of the bundle format; readers accept additions within one version.
  package static let currentFormat = 1

  package var format: Int
  /// The bundle's ULID.
  package var bundle: String
  /// Version of the agent that captured.
  package var agent: String
  package var incident: String
  package var phase: CapturePhase
  /// The bundle id of the capture of this incident before this one.
  package var parent: String?
  package var host: HostFacts
  package var window: TimeWindow
  package var timings: Timings
  package var artifacts: [ArtifactRecord]
  package var gaps: [Gap]
  package var completeness: Completeness
  package var budgets: [CollectorBudget]
  package var redaction: RedactionSummary
  /// `nil` where the capture has no journal, or the agent is told not to freeze it.
  package var journalFreeze: JournalFreezeSummary?

  package init(
    format: Int = EvidenceManifest.currentFormat, bundle: String, agent: String, incident: String,
    phase: CapturePhase, parent: String? = nil, host: HostFacts, window: TimeWindow, timings: Timings,
    artifacts: [ArtifactRecord], gaps: [Gap], completeness: Completeness, budgets: [CollectorBudget],
    redaction: RedactionSummary, journalFreeze: JournalFreezeSummary? = nil
  ) {
    self.format = format
    self.bundle = bundle
    self.agent = agent
    self.incident = incident
    self.phase = phase
    self.parent = parent
    self.host = host
    self.window = window
    self.timings = timings
    self.artifacts = artifacts
    self.gaps = gaps
    self.completeness = completeness
    self.budgets = budgets
    self.redaction = redaction
    self.journalFreeze = journalFreeze
  }

  enum CodingKeys: String, CodingKey {
    case format, bundle, agent, incident, phase, parent, host, window, timings, artifacts, gaps, completeness
    case budgets, redaction
    case journalFreeze = "journal_freeze"
  }

  /// When things happened on the way to the bundle.
  package struct Timings: Hashable, Codable, Sendable {
    package var signalReceived: Timestamp
    package var captureStarted: Timestamp
    package var sealed: Timestamp

    package init(signalReceived: Timestamp, captureStarted: Timestamp, sealed: Timestamp) {
      self.signalReceived = signalReceived
      self.captureStarted = captureStarted
      self.sealed = sealed
    }

    enum CodingKeys: String, CodingKey {
      case sealed
      case signalReceived = "signal_received"
      case captureStarted = "capture_started"
    }
  }
}

/// The host that the evidence is from.
package struct HostFacts: Hashable, Codable, Sendable {
  package var machineID: String?
  package var bootID: String?
  package var hostname: String
  /// `PRETTY_NAME` of os-release(5).
  package var os: String?
  /// `uname -r`.
  package var kernel: String?
  /// IANA name of the zone: `Europe/Paris`.
  package var timeZone: String?
  /// Whether the kernel's clock was disciplined by a time source (`adjtimex(2)`); `nil` where unknown.
  package var clockSynchronised: Bool?
  /// The kernel's estimate of its clock's offset, in seconds.
  package var clockOffset: Double?

  package init(
    machineID: String? = nil, bootID: String? = nil, hostname: String, os: String? = nil,
    kernel: String? = nil, timeZone: String? = nil, clockSynchronised: Bool? = nil, clockOffset: Double? = nil
  ) {
    self.machineID = machineID
    self.bootID = bootID
    self.hostname = hostname
    self.os = os
    self.kernel = kernel
    self.timeZone = timeZone
    self.clockSynchronised = clockSynchronised
    self.clockOffset = clockOffset
  }

  enum CodingKeys: String, CodingKey {
    case hostname, os, kernel
    case machineID = "machine_id"
    case bootID = "boot_id"
    case timeZone = "time_zone"
    case clockSynchronised = "clock_synchronised"
    case clockOffset = "clock_offset_seconds"
  }
}

/// How much of what was expected is there: the first thing to read of a bundle.
package struct Completeness: Hashable, Codable, Sendable {
  /// Artifacts that a capture with this configuration should hold.
  package var expected: Int
  /// Those of them that are whole.
  package var complete: Int
  /// `complete` ÷ `expected`, 0…1; 1 where nothing was expected.
  package var ratio: Double
  /// Paths of the expected artifacts that are partial, empty or missing.
  package var incomplete: [String]

  package init(of artifacts: [ArtifactRecord]) {
    let expected = artifacts.filter { $0.state != .skipped }
    self.expected = expected.count
    incomplete = expected.filter { $0.state != .complete }.map(\.path).sorted()
    complete = expected.count - incomplete.count
    ratio = expected.isEmpty ? 1 : Double(complete) / Double(expected.count)
  }
}

/// The limits that one collector ran under, and what it used of them.
package struct CollectorBudget: Hashable, Codable, Sendable {
  package var collector: String
  package var secondsLimit: Double
  /// Bytes after redaction, before compression.
  package var bytesLimit: Int
  package var bytesUsed: Int

  package init(collector: String, secondsLimit: Double, bytesLimit: Int, bytesUsed: Int) {
    self.collector = collector
    self.secondsLimit = secondsLimit
    self.bytesLimit = bytesLimit
    self.bytesUsed = bytesUsed
  }

  enum CodingKeys: String, CodingKey {
    case collector
    case secondsLimit = "seconds_limit"
    case bytesLimit = "bytes_limit"
    case bytesUsed = "bytes_used"
  }
}

/// How often each rule redacted something; never what.
package struct RedactionSummary: Hashable, Codable, Sendable {
  /// Name and digest of the rule set.
  package var ruleset: String
  package var total: Int
  /// Sorted by rule.
  package var byRule: [RuleCount]

  package init(ruleset: String, byRule: [String: Int]) {
    self.ruleset = ruleset
    self.byRule = RuleCount.list(byRule)
    total = byRule.values.reduce(0, +)
  }

  enum CodingKeys: String, CodingKey {
    case ruleset, total
    case byRule = "by_rule"
  }
}

/// The count of one rule. A list of these and no object by rule: `"password": 3` is what a secret looks like, to
/// our own rules and to everybody else's.
package struct RuleCount: Hashable, Codable, Sendable {
  package var rule: String
  package var count: Int

  /// - Returns: the counts, sorted by rule.
  package static func list(_ counts: [String: Int]) -> [RuleCount] {
    counts.map { RuleCount(rule: $0.key, count: $0.value) }.sorted { $0.rule < $1.rule }
  }
}

/// How the journal was kept as it was when the signal came, so that nothing of the window was lost until it was read.
package struct JournalFreezeSummary: Hashable, Codable, Sendable {
  /// Entries that journald received before this instant are in the files that were pinned.
  package var takenAt: Timestamp
  /// Whether journald wrote down all that it had received: `done`, `timeout`, `refused`, or `absent` where there
  /// is no journald to ask. The worst of all namespaces.
  package var sync: String
  /// Of the slowest namespace.
  package var syncSeconds: Double
  /// Journal files by the way in which they were pinned; `unpinned` ones were read where journald may delete them.
  package var linked: Int
  package var reflinked: Int
  package var copied: Int
  package var unpinned: Int
  /// Why it is not all linked and synced, one sentence each.
  package var notes: [String]

  package init(
    takenAt: Timestamp, sync: String, syncSeconds: Double, linked: Int, reflinked: Int, copied: Int,
    unpinned: Int, notes: [String]
  ) {
    self.takenAt = takenAt
    self.sync = sync
    self.syncSeconds = syncSeconds
    self.linked = linked
    self.reflinked = reflinked
    self.copied = copied
    self.unpinned = unpinned
    self.notes = notes
  }

  enum CodingKeys: String, CodingKey {
    case sync, linked, reflinked, copied, unpinned, notes
    case takenAt = "taken_at"
    case syncSeconds = "sync_seconds"
  }
}
