internal import Evidence

/// How incidents, captures and bundles look to people: shared by the commands that print them.
enum IncidentText {
  static func style(of state: IncidentState) -> Style? {
    switch state {
    case .open: .red
    case .acknowledged, .mitigated: .yellow
    case .resolved, .closed: .dim
    }
  }

  static func style(of state: CaptureReport.State) -> Style? {
    switch state {
    case .queued: .dim
    case .running: .yellow
    case .done: .green
    case .failed: .red
    }
  }

  /// `3`, `3 (1 running)`, `3 (1 failed)`.
  static func count(of captures: [CaptureReport]) -> String {
    let others: [CaptureReport.State] = [.running, .queued, .failed]
    let notes = others.compactMap { state in
      let count = captures.count { $0.state == state }
      return count > 0 ? "\(count) \(state.rawValue)" : nil
    }
    return "\(captures.count)" + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
  }

  /// `capture 2 (resolved)`.
  static func name(of capture: CaptureReport) -> String {
    "capture \(capture.sequence) (\(capture.phase.rawValue))"
  }

  /// The lines about one bundle.
  static func facts(of bundle: BundleSummary) -> Facts {
    var facts = Facts()
    facts.add("Bundle", bundle.name)
    facts.add("Id", bundle.id)
    facts.add("Size", "\(Units.bytes(bundle.bytes)) (\(bundle.bytes) bytes)")
    facts.add("SHA-256", bundle.sha256)
    facts.add("Completeness", Units.percent(bundle.completeness))
    facts.add("Gaps", bundle.gaps == 0 ? "none" : "\(bundle.gaps): the bundle's evidence.json names them")
    facts.add("Redactions", "\(bundle.redactions)")
    return facts
  }
}
