package import Evidence
internal import FoundationEssentials
package import Redaction

/// The settings of the host that changed in a window.
package struct SettingReport: Sendable, Hashable {
  /// By kind, and by name within it.
  package var settings: [SettingChange] = []
  /// In the artifact `config/changes.jsonl`.
  package var gaps: [Gap] = []
}

extension HistoryReader {
  /// What the changes of a window mean, and what looks at the host saw beside them.
  ///
  /// - Parameters:
  ///   - window: as of `changes(in:)`.
  ///   - changes: of that window.
  ///   - redactor: contents pass it once more, for rules may be new.
  /// - Returns: settings, and what could not be compared.
  /// - Throws: `ConfigHistoryError` when the store fails.
  package func settings(
    in window: TimeWindow, of changes: [ConfigChange], redactor: Redactor
  ) throws(ConfigHistoryError) -> SettingReport {
    try settings(in: window, of: changes, redactor: redactor, unitRoot: [])
  }

  // `unitRoot` is what stands before the unit folders; empty but in tests.
  func settings(
    in window: TimeWindow, of changes: [ConfigChange], redactor: Redactor, unitRoot: [UInt8]
  ) throws(ConfigHistoryError) -> SettingReport {
    var report = SettingReport()
    for change in changes where change.kind != .reverted {
      report.settings += try KernelSettings.changes(by: change) { state throws(ConfigHistoryError) in
        try content(of: state, redactor: redactor)?.text
      }
    }
    var gaps = GapCollector()
    let units = UnitSettingChanges(
      changes, root: unitRoot, before: unitTree(at: window.from, unitRoot, redactor),
      after: unitTree(at: window.to, unitRoot, redactor))
    report.settings += try units.settings { gaps.add($0, $1) }
    report.settings += try database.read { try $0.observedChanges(in: window) }
    report.gaps = gaps.gaps
    return report
  }

  func unitTree(at time: Timestamp, _ root: [UInt8], _ redactor: Redactor) -> UnitTree {
    UnitTree(root: root) { folder throws(ConfigHistoryError) in
      try database.read { try $0.states(in: folder, at: time, orBaseline: true) }
    } read: { version throws(ConfigHistoryError) in
      guard let sha256 = version.sha256 else { return nil }
      return try database.read { try $0.blob(sha256: sha256) }?.withUnsafeBytes { redactor.redact($0) }.text
    }
  }
}
