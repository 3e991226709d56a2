internal import Bundle
package import ConfigHistory
internal import Evidence
internal import Redaction

/// What changed in the configuration between the window's start and now, from the history that the agent kept
/// before the incident.
package struct ConfigCollector: Collector {
  static let changes = ExpectedArtifact(
    path: "config/changes.jsonl", kind: .config, mediaType: MediaType.jsonLines)
  private static let patch = ExpectedArtifact(
    path: "config/changes.patch", kind: .config, mediaType: MediaType.patch)

  package let name = "config"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [Self.changes, Self.patch] }
  private let history: ChangeHistory
  private let scope: ConfigScope
  private let paths: [[UInt8]]

  /// - Parameters:
  ///   - history: kept by the agent.
  ///   - scope: looked at once more at the capture, so that the latest change is in it.
  ///   - paths: of which changes are told, with all that is below them; empty is the whole scope.
  ///   - limits: time, and bytes of the three kinds of artifacts together.
  package init(history: ChangeHistory, scope: ConfigScope, paths: [String] = [], limits: CollectorLimits) {
    self.history = history
    self.scope = scope
    self.paths = paths.map { Array($0.utf8) }
    self.limits = limits
  }

  package func collect(into output: CollectorOutput) throws {
    // Half of the time: a slow file system must not cost the answer from the history.
    let deadline = ContinuousClock.now.advanced(by: .seconds(output.remainingSeconds / 2))
    let report = try history.bringUpToDate(scope, redactor: output.redactor) {
      ContinuousClock.now >= deadline
    }
    report.gaps.forEach(output.report)
    // Nothing is pruned here: the agent does, by its retention.
    let beginning = Timestamp(nanoseconds: .min)
    try history.observeHost(redactor: output.redactor, at: .now(), olderThan: beginning).gaps
      .forEach(output.report)
    try reportMissingHistory(output)
    let window = TimeWindow(from: output.window.from, to: .now())
    let changes = try history.changes(in: window).filter(isWanted)
    let settings = try history.reader.settings(in: window, of: changes, redactor: output.redactor)
    settings.gaps.forEach(output.report)
    try writeChanges(changes, settings.settings, report.redactions, output)
    try writePatch(changes, output)
    for change in changes { try writeCurrent(change, output) }
  }

  private func isWanted(_ change: ConfigChange) -> Bool {
    guard !paths.isEmpty else { return true }
    let path = change.rawPath
    return paths.contains { wanted in
      let slash = UInt8(ascii: "/")
      return path.starts(with: wanted)
        && (path.count == wanted.count || wanted.last == slash || path[wanted.count] == slash)
    }
  }

  private func reportMissingHistory(_ output: CollectorOutput) throws {
    guard let start = try history.earliestScan, start > output.window.from else { return }
    for artifact in [Self.changes, Self.patch] {
      output.report(
        Gap(
          artifact: artifact.path, from: output.window.from, to: start, cause: .historyStart,
          detail:
            "the history begins at \(start.rfc3339Seconds), with the agent's first scan; changes before it are "
            + "not known"))
    }
  }

  /// Each in a row of its own. In the timeline a file that is one setting, such as a value of sysctl, shows as the
  /// setting, and a package's file that changed shows as the file.
  private func writeChanges(
    _ changes: [ConfigChange], _ settings: [SettingChange], _ redactions: RedactionCounts,
    _ output: CollectorOutput
  ) throws {
    let kernel = Set(settings.filter { $0.kind == .sysctl || $0.kind == .kernelParameter }.map(\.path))
    let files = Set(changes.map(\.path))
    let sink = try output.open(Self.changes)
    sink.add(redactions)
    for change in changes {
      try sink.write(record: EvidenceJSON.line(change), at: change.seenAt)
      guard !kernel.contains(change.path) else { continue }
      output.add(change.timelineEvent(reference: "\(Self.changes.path):\(sink.count)"))
    }
    for setting in settings {
      try sink.write(record: EvidenceJSON.line(setting), at: setting.seenAt)
      guard setting.kind != .packageConfig || !files.contains(setting.path) else { continue }
      output.add(setting.timelineEvent(reference: "\(Self.changes.path):\(sink.count)"))
    }
  }

  private func writePatch(_ changes: [ConfigChange], _ output: CollectorOutput) throws {
    let sink = try output.open(Self.patch)
    let patch = ConfigPatch(
      history: history.reader, redactor: output.redactor, maximumBytes: output.remainingBytes)
    let summary = try patch.write(changes) { try sink.write(redacted: $0) }
    summary.gaps.forEach(output.report)
  }

  private func writeCurrent(_ change: ConfigChange, _ output: CollectorOutput) throws {
    guard let state = change.after, change.kind != .reverted,
      let content = try history.content(of: state, path: change.rawPath, redactor: output.redactor)
    else { return }
    // A secret may stand in the name of a file, too.
    let name = change.rawPath.withUnsafeBytes { output.redactor.redact($0) }
    let path = try PayloadPath(hostPath: Array(name.text.utf8), under: PayloadPath.currentFiles)
    let sink = try output.open(ExpectedArtifact(path: path.text, kind: .config, mediaType: "text/plain"))
    try sink.write(redacted: content)
  }
}
