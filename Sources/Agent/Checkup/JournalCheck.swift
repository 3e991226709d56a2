internal import Evidence
internal import Journal

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the journal would give a capture of the configured window. Blocks on the disk.
struct JournalCheck {
  private static let name = "journal"
  private let configuration: AgentConfiguration

  init(_ configuration: AgentConfiguration) {
    self.configuration = configuration
  }

  func run(at now: Timestamp) -> [Check] {
    guard configuration.journal.enabled else {
      return [.note(Self.name, "journal.enabled is false: no bundle has logs")]
    }
    return read(at: now) + freeze()
  }

  private func read(at now: Timestamp) -> [Check] {
    let window = configuration.capture.window
    let folder = configuration.journal.directory
    var query = JournalQuery(
      window: TimeWindow(from: now.adding(seconds: -(window / .seconds(1))), to: now),
      directory: folder.isEmpty ? nil : folder)
    query.reader = configuration.journal.reader
    let coverage: JournalCoverage
    do {
      let planner = try ChunkPlanner(try JournalPlan(query))
      coverage = planner.coverage(JournalTally(), artifact: "logs/journal.jsonl")
    } catch {
      return [.problem(Self.name, "\(error)", remedy(of: .permission))]
    }
    var checks = coverage.gaps.map { gap in
      let isProblem = [.permission, .sourceError, .journalCorrupt].contains(gap.cause)
      let detail = gap.detail + (isProblem ? triggersNote : "")
      return Check(
        name: Self.name, state: isProblem ? .problem : .note, detail: detail, remedy: remedy(of: gap.cause))
    }
    if coverage.isVolatile {
      checks.append(
        .note(
          Self.name, "it is in memory only: a reboot takes it away",
          "mkdir -p /var/log/journal && journalctl --flush; see Storage= in journald.conf(5)"))
    }
    if checks.isEmpty {
      checks = [
        .good(
          Self.name,
          "\(coverage.files) files, whole for the \(Int(window / .seconds(60))) minutes of capture.window")
      ]
    }
    return checks
  }

  private func remedy(of cause: GapCause) -> String? {
    switch cause {
    case .permission: "add the agent's user to the group systemd-journal"
    case .sourceError: "see that journald runs and keeps a journal, or name its folder in journal.directory"
    case .journalRotated: "raise SystemMaxUse= in journald.conf(5), or lower capture.window"
    case .journalCorrupt: "see: journalctl --verify"
    default: nil
    }
  }

  /// What waits for messages of the journal has none to wait for.
  private var triggersNote: String {
    configuration.triggers.readsJournal ? "; the local triggers that read it cannot fire" : ""
  }

  private func freeze() -> [Check] {
    guard configuration.journal.freeze.enabled else { return [] }
    let path = JournalFreezes.helperSocket
    guard access(path, F_OK) != 0 else { return [] }
    return [
      .note(
        "journal freeze",
        "its helper is not there: what journald has not written yet, and files that it deletes "
          + "before they are read, can be missing",
        "systemctl enable --now exhibit-freeze.socket")
    ]
  }
}
