import Evidence
import Testing

@testable import exhibit

@Suite("What is shown of an incident")
struct ShowTests {
  private static let start = Timestamp(seconds: 1_795_492_800)

  private func signal(_ phase: SignalPhase, _ minutes: Double, started: Double? = nil) -> Signal {
    let at = Self.start.adding(seconds: minutes * 60)
    return Signal(
      source: "pagerduty", incidentKey: "k", phase: phase, title: "checkout fails",
      receivedAt: at.adding(seconds: 2),
      times: SignalTimes(started: started.map { Self.start.adding(seconds: $0 * 60) }, occurred: at))
  }

  private func text(_ incident: Incident, _ captures: [CaptureReport] = []) -> String {
    ShowCommand.text(
      of: IncidentReport(incident: incident, captures: captures), now: Self.start.adding(seconds: 7200),
      width: nil,
      colour: false)
  }

  @Test("has each time of its life, who says so, and how long each step took")
  func lifecycle() {
    var incident = Incident(openedBy: signal(.opened, 0, started: -10), id: "INC-1", number: 1)
    incident.apply(signal(.acknowledged, 5), number: 2)
    incident.apply(signal(.resolved, 30), number: nil)
    let lines = text(incident).split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    for line in [
      "State resolved",
      "Fault began 2026-11-24 03:50:00Z (2h ago), says pagerduty (signal 1)",
      "Opened 2026-11-24 04:00:02Z (1h ago), received from pagerduty (signal 1)",
      "Acknowledged 2026-11-24 04:05:00Z (1h ago), says pagerduty (signal 2)",
      "Resolved 2026-11-24 04:30:00Z (1h ago), says pagerduty (a signal that was not kept)",
      "Time to detect 10m 2s, from when the fault began (signal 1) to opened (signal 1)",
      "Time to resolve 40m, from when the fault began (signal 1) to resolved (a signal that was not kept)",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(!lines.contains { $0.hasPrefix("Time to mitigate") })
  }

  @Test("tells how to make a failed capture again, with its reason")
  func failed() {
    let incident = Incident(openedBy: signal(.opened, 0), id: "INC-1", number: 1)
    let capture = CaptureReport(
      id: "01JDE9D4V8ZP3T1XW2N6QYKRHM", phase: .opened, sequence: 1, state: .failed, requestedAt: Self.start,
      attempts: 3, error: "the source is gone")
    let shown = text(incident, [capture])
    #expect(shown.contains("capture 1 (opened): the source is gone\n"))
    #expect(shown.contains("exhibit capture --retry 01JDE9D4V8ZP3T1XW2N6QYKRHM"))
  }
}
