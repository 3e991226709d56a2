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

  /// `Fault began`.
  static func name(of point: IncidentPoint) -> String {
    point == .started ? "Fault began" : point.rawValue.prefix(1).uppercased() + point.rawValue.dropFirst()
  }

  /// `Time to resolve`.
  static func name(of duration: IncidentDuration) -> String {
    let words = duration.name.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// When it was, and who says so.
  static func text(of moment: IncidentMoment, now: Timestamp) -> String {
    Units.moment(moment.at, now: now) + ", " + source(of: moment)
  }

  /// `25m, from when the fault began (signal 1) to resolved (signal 3)`.
  static func text(of duration: IncidentDuration) -> String {
    let from = duration.from.point == .started ? "when the fault began" : duration.from.point.rawValue
    return Units.duration(seconds: duration.seconds)
      + ", from \(from) (\(signal(of: duration.from))) to \(duration.to.point.rawValue) (\(signal(of: duration.to)))"
  }

  private static func source(of moment: IncidentMoment) -> String {
    switch moment.basis {
    case .vendor: "says \(moment.source) (\(signal(of: moment)))"
    case .received: "received from \(moment.source) (\(signal(of: moment)))"
    }
  }

  private static func signal(of moment: IncidentMoment) -> String {
    moment.signal.map { "signal \($0)" } ?? "a signal that was not kept"
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
