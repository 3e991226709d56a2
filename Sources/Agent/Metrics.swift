internal import Evidence
internal import Journal
internal import Synchronization

/// The agent's counters, in the text format of Prometheus (version 0.0.4).
///
/// Labels are of small, fixed sets: never an incident's id, never a value from a signal.
final class AgentMetrics: Sendable {
  private struct Series: Hashable {
    var name: String
    var labels: String
  }

  private let values = Mutex<[Series: Double]>([:])

  private static let help: [(name: String, type: String, help: String)] = [
    ("exhibit_audit_failures_total", "counter", "Entries that could not be written to the audit."),
    ("exhibit_build_info", "gauge", "Version of the agent."),
    ("exhibit_captures_total", "counter", "Captures that ended, by outcome."),
    ("exhibit_capture_duration_seconds_sum", "counter", "Seconds spent on captures that were sealed."),
    ("exhibit_capture_duration_seconds_count", "counter", "Captures that were sealed."),
    ("exhibit_capture_queue_length", "gauge", "Captures that wait or run."),
    ("exhibit_clock_steps_total", "counter", "How often the clock of the host was set, by direction."),
    ("exhibit_collector_bytes_total", "counter", "Bytes that each collector gave, before compression."),
    ("exhibit_config_scan_files", "gauge", "Files seen by the latest scan of all watched paths."),
    ("exhibit_config_scan_seconds", "gauge", "Seconds that the latest scan of all watched paths took."),
    ("exhibit_config_scans_total", "counter", "Scans of the watched paths: of everything, or of some."),
    ("exhibit_config_versions_total", "counter", "Changes of watched paths that were stored."),
    ("exhibit_config_watch_active", "gauge", "1 for the mechanism by which changes are noticed."),
    (
      "exhibit_config_watch_cpu_seconds_total", "counter",
      "CPU seconds of the watch, scans and storing included."
    ),
    ("exhibit_config_watch_events_total", "counter", "Events of watched folders, and of others passed over."),
    ("exhibit_config_watch_folders", "gauge", "Folders that give events."),
    ("exhibit_config_watch_overflows_total", "counter", "How often events were lost and all was looked at."),
    ("exhibit_config_watch_short", "gauge", "1 where some watched folders give no events."),
    ("exhibit_deploys_total", "counter", "Deploy records taken in, by source."),
    ("exhibit_drop_files_rejected_total", "counter", "Files of the drop folder that were set aside."),
    ("exhibit_gaps_total", "counter", "Gaps in sealed bundles, by cause."),
    (
      "exhibit_host_state_cpu_seconds_total", "counter",
      "CPU seconds of the looks at sockets, mounts and packages' configuration."
    ),
    ("exhibit_host_state_samples_total", "counter", "Looks at sockets, mounts and packages' configuration."),
    (
      "exhibit_journal_freeze_files_total", "counter",
      "Journal files of freezes, by the way they were pinned."
    ),
    (
      "exhibit_journal_freeze_seconds_sum", "counter",
      "Seconds spent on freezing the journal, its sync included."
    ),
    (
      "exhibit_journal_freeze_seconds_count", "counter",
      "Freezes of the journal."
    ),
    ("exhibit_journal_freezes_held", "gauge", "Captures whose journal files are pinned."),
    ("exhibit_journal_freezes_total", "counter", "Freezes, by what came of the sync."),
    (
      "exhibit_journal_released_bytes_total", "counter",
      "Bytes that journald had deleted and freezes had kept."
    ),
    ("exhibit_observed_changes_total", "counter", "Changes that were seen on the host, by source."),
    (
      "exhibit_redactions_total", "counter",
      "Secrets redacted, by rule: in signals, deploys, scans of the configuration, and captures."
    ),
    ("exhibit_reserve_bytes", "gauge", "Disk space that is set aside for incidents on a full disk."),
    ("exhibit_requests_limited_total", "counter", "Requests beyond what an address may send a second."),
    ("exhibit_requests_refused_total", "counter", "Requests without a token that allows them."),
    ("exhibit_trigger_events_total", "counter", "Occurrences of local triggers, by what came of them."),
    ("exhibit_signals_total", "counter", "Signals accepted, by source and phase."),
  ]

  init() {
    set("exhibit_build_info", ["version": ExhibitVersion.current], to: 1)
    // To Prometheus a series that begins at 1 has not increased: what alerts are made of begins at 0.
    for name in [
      "exhibit_audit_failures_total", "exhibit_capture_duration_seconds_count",
      "exhibit_drop_files_rejected_total",
      "exhibit_journal_freeze_seconds_count", "exhibit_requests_limited_total",
      "exhibit_requests_refused_total",
    ] { count(name, by: 0) }
    for outcome in ["sealed", "retried", "failed"] {
      count("exhibit_captures_total", ["outcome": outcome], by: 0)
    }
    for cause in GapCause.allCases { count("exhibit_gaps_total", ["cause": cause.rawValue], by: 0) }
    for sync in JournalSync.Outcome.allCases {
      count("exhibit_journal_freezes_total", ["sync": sync.rawValue], by: 0)
    }
    for method in FreezeMethod.allCases {
      count("exhibit_journal_freeze_files_total", ["method": method.rawValue], by: 0)
    }
    for direction in ["back", "forward"] {
      count("exhibit_clock_steps_total", ["direction": direction], by: 0)
    }
  }

  func count(_ name: String, _ labels: [String: String] = [:], by amount: Double = 1) {
    values.withLock { $0[Self.series(name, labels), default: 0] += amount }
  }

  func set(_ name: String, _ labels: [String: String] = [:], to value: Double) {
    values.withLock { $0[Self.series(name, labels)] = value }
  }

  func text() -> String {
    let snapshot = values.withLock { $0 }
    var text = ""
    for (name, type, help) in Self.help {
      let series = snapshot.filter { $0.key.name == name }.sorted { $0.key.labels < $1.key.labels }
      guard !series.isEmpty else { continue }
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      for (key, value) in series { text += "\(name)\(key.labels) \(value)\n" }
    }
    return text
  }

  private static func series(_ name: String, _ labels: [String: String]) -> Series {
    let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
    return Series(name: name, labels: pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}")
  }
}
