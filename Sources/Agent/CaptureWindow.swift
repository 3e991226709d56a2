internal import Evidence
internal import Storage

/// Which stretch of time a capture covers.
///
/// The first one of an incident looks back one window from its signal, and so does one that a person asks for. Those of
/// updates and of the end go on where the ones before end, so that together they cover the incident without a hole and
/// without an overlap.
struct CaptureWindow: Equatable {
  /// Less is the clock being steered, and no jump.
  private static let jumpThreshold = 1.0

  /// The first instant.
  var from: Timestamp
  /// Seconds by which the clock was set back since the capture that this one goes on from. As these are there twice, the
  /// window is longer by them at both ends.
  var setBack = 0.0

  /// - Parameters:
  ///   - row: the capture.
  ///   - openedAt: when the incident was opened.
  ///   - others: all captures of the incident.
  ///   - seconds: how far back evidence goes before a signal.
  init(of row: CaptureRow, openedAt: Timestamp, others: [CaptureRow], seconds: Double) {
    guard row.phase == .updated || row.phase == .resolved else {
      from = row.requestedAt.adding(seconds: -seconds)
      return
    }
    let earlier = others.filter { $0.sequence < row.sequence && $0.state == .done }
    guard let (end, last) = Self.covered(by: earlier, openedAt) else {
      from = min(openedAt, row.requestedAt).adding(seconds: -seconds)
      return
    }
    let jump = last.bootedAt.flatMap { before in row.bootedAt.map { before.seconds(since: $0) } } ?? 0
    setBack = jump >= Self.jumpThreshold ? jump : 0
    from = end.adding(seconds: -setBack)
  }

  /// The whole of it.
  ///
  /// - Parameters:
  ///   - row: the capture.
  ///   - frozenAt: the instant of its frozen journal, soon after the signal; `nil` where there is none.
  ///   - now: this host's time.
  ///   - seconds: without a frozen journal, a capture that waited takes so much of what happened meanwhile.
  /// - Returns: half-open.
  func window(of row: CaptureRow, frozenAt: Timestamp?, now: Timestamp, seconds: Double) -> TimeWindow {
    let end = min(frozenAt ?? now, row.requestedAt.adding(seconds: seconds))
    return TimeWindow(from: from, to: max(end, row.requestedAt).adding(seconds: setBack))
  }

  /// For the bundle: why the window is not what one would think.
  var gaps: [Gap] {
    guard setBack > 0 else { return [] }
    return [
      Gap(
        artifact: "evidence.json", from: from, to: from.adding(seconds: setBack), cause: .clockJump,
        detail:
          "the clock of this host was set back by \(Int(setBack.rounded())) s since the bundle before: times "
          + "of that stretch are there twice, and this window has all of them")
    ]
  }

  /// Up to when the bundles cover the incident without a hole, and the capture of the last of them.
  private static func covered(by rows: [CaptureRow], _ openedAt: Timestamp) -> (Timestamp, CaptureRow)? {
    var end = openedAt
    var last: CaptureRow?
    for row in rows.sorted(by: { ($0.windowFrom ?? end, $0.sequence) < ($1.windowFrom ?? end, $1.sequence) })
    {
      guard let from = row.windowFrom, let to = row.windowTo, from <= end, to >= end else { continue }
      end = to
      last = row
    }
    return last.map { (end, $0) }
  }
}

extension StateDatabase {
  /// Where the evidence of a capture begins, at the latest.
  func evidenceStart(of row: CaptureRow, _ settings: AgentSettings) async throws -> Timestamp? {
    guard let incident = try await incident(row.incidentID) else { return nil }
    let others = try await captures(of: incident.id)
    let seconds = settings.configuration.plan(settings.configuration.rule(of: incident)).window / .seconds(1)
    // One that is not made yet may fail: then this one begins where that one would have.
    let waiting = others.contains { $0.sequence < row.sequence && $0.state != .done && $0.state != .failed }
    return CaptureWindow(
      of: row, openedAt: incident.openedAt, others: waiting ? [] : others, seconds: seconds
    ).from
  }
}
