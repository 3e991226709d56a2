internal import Capture
internal import ConfigHistory
internal import Evidence
internal import Storage

/// Looks at what a capture now would find and lack, without making one.
struct Checkup: Sendable {
  let database: StateDatabase
  let bundles: BundleFolder
  let settings: CurrentSettings
  /// `nil` where nothing is watched.
  let watch: HistoryWatch?

  /// Captures that failed so long ago, in seconds, are no news.
  private static let failureAge: Double = 86_400
  private static let failureLimit = 100

  /// - Throws: `StorageError` when the database does not answer.
  func run(at now: Timestamp) async throws -> [Check] {
    let current = settings.value
    let configuration = current.configuration
    // What blocks on disks has a thread of its own.
    let (journal, disk) = try await DedicatedThread.run("exh-check") { [bundles] in
      (JournalCheck(configuration).run(at: now), Self.disk(bundles, configuration))
    }
    return journal + [disk] + configWatch(configuration) + (try await captures(at: now))
      + Self.rules(current.warnings) + Self.clock(HostFacts.current())
  }

  private static func disk(_ bundles: BundleFolder, _ configuration: AgentConfiguration) -> Check {
    let floor = configuration.bundles.diskFloor
    do {
      let free = try bundles.freeBytes()
      let text = "\(megabytes(free)) free where the bundles are, \(megabytes(floor)) of them for the host"
      guard free < floor else { return .good("disk", text) }
      return .problem(
        "disk", "\(text): captures wait for room",
        "free some space, or lower bundles.disk_floor or bundles.max_bytes")
    } catch {
      return .problem("disk", "\(error)")
    }
  }

  private static func megabytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }

  private func configWatch(_ configuration: AgentConfiguration) -> [Check] {
    guard configuration.configHistory.enabled else {
      return [.note("config watch", "config_history.enabled is false: no bundle says what changed")]
    }
    guard let status = watch?.status else { return [] }
    let detail =
      status.mechanism == .poll
      ? "by looking now and then: who wrote is not known"
      : "by \(status.mechanism.rawValue), \(status.folders) folders"
    if let shortfall = status.shortfall { return [.problem("config watch", detail, shortfall)] }
    if let reason = status.reason { return [.note("config watch", detail, reason)] }
    return [.good("config watch", detail)]
  }

  private func captures(at now: Timestamp) async throws -> [Check] {
    var checks: [Check] = []
    let waiting = try await database.unfinishedCaptures()
    if let stuck = waiting.first(where: { $0.error != nil }) {
      let others = waiting.count > 1 ? ", and \(waiting.count - 1) more wait" : ""
      checks.append(
        .problem(
          "captures", "one of \(stuck.incidentID) is tried again: \(stuck.error ?? "")\(others)",
          "see: exhibit show \(stuck.incidentID)"))
    }
    var filter = CaptureFilter()
    (filter.state, filter.since) = (.failed, now.adding(seconds: -Self.failureAge))
    let failed = try await database.captures(matching: filter, after: nil, limit: Self.failureLimit).elements
    if let latest = failed.last {
      let count = failed.count == Self.failureLimit ? "\(failed.count) or more" : "\(failed.count)"
      checks.append(
        .problem(
          "captures",
          "\(count) of the last day failed for good, one of \(latest.incidentID): \(latest.error ?? "")",
          "see to the cause, then: exhibit capture --retry \(latest.id)"))
    }
    return checks.isEmpty
      ? [
        .good(
          "captures",
          waiting.isEmpty ? "none waits, none failed in the last day" : "\(waiting.count) under way")
      ]
      : checks
  }

  private static func rules(_ warnings: [ConfigurationProblem]) -> [Check] {
    warnings.prefix(5).map { .problem("redaction rules", "left out: \($0)", "see: exhibit rules test") }
  }

  /// Whether times of this host can be compared with those of others. Where that is not known nothing is said.
  private static func clock(_ host: HostFacts) -> [Check] {
    switch host.clockSynchronised {
    case true?: [.good("clock", "synchronised")]
    case false?:
      [
        .note(
          "clock", "not synchronised: times of several hosts cannot be compared",
          "see: timedatectl timesync-status")
      ]
    case nil: []
    }
  }
}
