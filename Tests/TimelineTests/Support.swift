import Evidence

let noon = Timestamp(seconds: 1_795_521_600)  // 2026-11-24T12:00:00Z

func event(
  _ seconds: Double, _ message: String, kind: TimelineKind = .unitFailed, source: String = "journal",
  severity: String? = nil, reference: String? = nil, actor: String? = nil, service: String? = nil
) -> TimelineEvent {
  TimelineEvent(
    at: noon.adding(seconds: seconds), kind: kind, message: message, severity: severity, source: source,
    reference: reference, actor: actor, service: service)
}

/// Events of any content, often equal in time and text.
func anyEvents(_ count: Int) -> [TimelineEvent] {
  let texts = ["a", "b|c", "d\ne", "\u{1B}[31m", "\"q\"\\", "\u{0}\u{7F}\u{202E}é😀"]
  return (0..<count).map { _ in
    event(
      Double(Int.random(in: 0...20)), texts.randomElement() ?? "",
      kind: TimelineKind.allCases.randomElement() ?? .gap,
      source: texts.randomElement() ?? "", severity: [nil, "err"].randomElement() ?? nil,
      reference: [nil, "logs/journal.jsonl:1"].randomElement() ?? nil,
      actor: [nil, "alice"].randomElement() ?? nil, service: [nil, "checkout"].randomElement() ?? nil)
  }
}
