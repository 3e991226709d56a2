import Evidence
import Foundation
import Testing
import Timeline

let noon = Timestamp(seconds: 1_795_521_600)  // 2026-11-24T12:00:00Z

func event(
  _ seconds: Double, _ message: String, kind: TimelineKind = .unitFailed, source: String = "journal",
  severity: String? = nil, reference: String? = nil, actor: String? = nil
) -> TimelineEvent {
  TimelineEvent(
    at: noon.adding(seconds: seconds), kind: kind, message: message, severity: severity, source: source,
    reference: reference, actor: actor)
}

/// Events of any content, often equal in time and text.
func anyEvents(_ count: Int) -> [TimelineEvent] {
  let texts = ["a", "b|c", "d\ne", "\u{1B}[31m", "\"q\"\\", "\u{0}\u{7F}\u{202E}é😀"]
  return (0..<count).map { _ in
    event(
      Double(Int.random(in: 0...20)), texts.randomElement() ?? "", kind: TimelineKind.allCases.randomElement() ?? .gap,
      source: texts.randomElement() ?? "", severity: [nil, "err"].randomElement() ?? nil,
      reference: [nil, "logs/journal.jsonl:1"].randomElement() ?? nil, actor: [nil, "alice"].randomElement() ?? nil)
  }
}

@Suite("Merging")
struct MergeTests {
  @Test("neither the order of the groups nor that of their events matters")
  func stable() {
    let events = anyEvents(300)
    let once = Timeline.merge([events], limit: .max)
    for _ in 0..<20 {
      let shuffled = events.shuffled()
      let split = Int.random(in: 0...shuffled.count)
      #expect(Timeline.merge([Array(shuffled[..<split]), Array(shuffled[split...])], limit: .max) == once)
    }
  }

  @Test("events come by time, then by kind in the vocabulary's order, then by message")
  func order() {
    let merged = Timeline.merge(
      [[event(1, "b"), event(1, "a"), event(1, "z", kind: .incidentOpened)], [event(0, "c", kind: .capture)]],
      limit: 10)
    #expect(merged.events.map(\.message) == ["c", "z", "a", "b"])
    #expect(merged.dropped == 0)
  }

  @Test("equal events become one, events that differ in anything do not")
  func duplicates() {
    let merged = Timeline.merge(
      [[event(1, "a"), event(1, "a")], [event(1, "a"), event(1, "a", actor: "x"), event(2, "a")]], limit: 10)
    #expect(merged.events.count == 3)
  }

  @Test("without repeats nothing is lost")
  func complete() {
    let events = (0..<500).map { event(Double($0), "message \($0)") }
    #expect(Timeline.merge([events.shuffled()], limit: 500).events == events)
  }

  @Test("a message that repeats keeps its first and last event, and hides nothing beside it", arguments: [4, 5, 100])
  func flapping(count: Int) {
    let flaps = (0..<count).map { event(Double($0), "unit flaps", reference: "r:\($0)") }
    let others = (0..<count).map { event(Double($0) + 0.5, "other \($0)") }
    let merged = Timeline.merge([flaps, others], limit: .max)
    #expect(merged.dropped == 0)
    #expect(merged.events.filter { $0.message.hasPrefix("other") } == others)
    let kept = merged.events.filter { $0.message.hasPrefix("unit") }
    guard count >= 5 else {
      #expect(kept == flaps)
      return
    }
    #expect(kept.map(\.reference) == ["r:0", "r:\(count - 1)"])
    #expect(kept.first == flaps.first)
    #expect(kept.last?.message == "unit flaps (\(count) times since 2026-11-24T12:00:00Z, \(count - 2) not shown)")
  }

  @Test("beyond the limit the least telling events go first, and their number is told")
  func limit() {
    let starts = (0..<10).map { event(Double($0), "started \($0)", kind: .unitStarted) }
    let failures = (0..<3).map { event(Double($0), "failed \($0)") }
    let incident = [event(0, "opened", kind: .incidentOpened)]
    let merged = Timeline.merge([starts, failures, incident], limit: 6)
    #expect(merged.dropped == 8)
    #expect(
      merged.events.map(\.message).sorted() == ["failed 0", "failed 1", "failed 2", "opened", "started 8", "started 9"])
    #expect(merged.events == merged.events.sorted { $0.at < $1.at })
    #expect(Timeline.merge([starts, failures, incident], limit: 1).events == incident)
    for none in [0, -1] {
      #expect(Timeline.merge([starts], limit: none) == Timeline.merge([starts], limit: 0))
      #expect(Timeline.merge([starts], limit: none).dropped == 10)
    }
    #expect(Timeline.merge([], limit: 5).events == [])
  }

  @Test("an incident's own steps are events, as far as they are known")
  func incident() {
    var incident = Incident(
      id: "INC-1", key: "k", source: "alertmanager", title: "Checkout is down", severity: "page", openedAt: noon,
      updatedAt: noon)
    #expect(Timeline.events(of: incident).map(\.kind) == [.incidentOpened])
    incident.startedAt = noon.adding(seconds: -60)
    incident.acknowledgedAt = noon.adding(seconds: 60)
    incident.mitigatedAt = noon.adding(seconds: 120)
    incident.resolvedAt = noon.adding(seconds: 180)
    let events = Timeline.events(of: incident)
    #expect(
      events.map(\.kind) == [
        .faultStarted, .incidentOpened, .incidentAcknowledged, .incidentMitigated, .incidentResolved,
      ])
    #expect(events.map { $0.at.seconds(since: noon) } == [-60, 0, 60, 120, 180])
    #expect(events.allSatisfy { $0.source == "alertmanager" && $0.severity == "page" })
    #expect(events[1].message == "incident INC-1 opened: Checkout is down")
  }
}

@Suite("timeline.jsonl")
struct TimelineJSONTests {
  @Test("has the names in a fixed order, and leaves out what is not known")
  func form() {
    let full = event(
      0.123456789, "a \"b\"\n\u{1}\\", severity: "err", reference: "logs/journal.jsonl:1", actor: "alice")
    #expect(
      String(decoding: Timeline.jsonLines([full, event(0, "é", kind: .outOfMemory)]), as: UTF8.self) == #"""
        {"message":"a \"b\"\n\u0001\\","datetime":"2026-11-24T12:00:00.123456789Z","timestamp":1795521600123456,"timestamp_desc":"Unit failed","kind":"unit.failed","severity":"err","source":"journal","ref":"logs/journal.jsonl:1","actor":"alice"}
        {"message":"é","datetime":"2026-11-24T12:00:00.000000000Z","timestamp":1795521600000000,"timestamp_desc":"Out of memory","kind":"oom","source":"journal"}

        """#)
    #expect(Timeline.jsonLines([]) == [])
  }

  @Test("reads back as it was written, line by line")
  func roundTrip() throws {
    let events = anyEvents(500)
    let lines = Timeline.jsonLines(events).split(separator: UInt8(ascii: "\n"))
    #expect(try lines.map { try Timeline.parse(Array($0)) } == events)
  }

  @Test(
    "a line that is not an event says what it lacks",
    arguments: [
      ("", .notAnEvent(field: "")), ("[]", .notAnEvent(field: "")), ("null", .notAnEvent(field: "")),
      ("{}", .notAnEvent(field: "message")), (#"{"message":1}"#, .notAnEvent(field: "message")),
      (#"{"message":"m","datetime":"noon"}"#, .notAnEvent(field: "datetime")),
      (
        #"{"message":"m","datetime":"2026-11-24T12:00:00Z","kind":"log.spike","source":"s"}"#,
        .unknownKind("log.spike")
      ),
    ] as [(String, TimelineError)])
  func malformed(line: String, error: TimelineError) {
    #expect(throws: error) { try Timeline.parse(Array(line.utf8)) }
  }

  @Test("any bytes give an event or an error, never a crash")
  func mutations() {
    let original = Timeline.jsonLines([event(0, "message", severity: "err", actor: "alice")]).dropLast()
    for _ in 0..<3000 {
      var line = Array(original)
      for _ in 0..<Int.random(in: 1...3) { line[Int.random(in: line.indices)] = .random(in: 0...255) }
      do throws(TimelineError) { _ = try Timeline.parse(line) } catch { #expect(!error.description.isEmpty) }
    }
  }

  @Test(
    "python reads what Timesketch requires: message, datetime and timestamp_desc, and the times agree",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs python3"))
  func timesketch() throws {
    let script = """
      import csv, datetime, io, json, sys
      lines = sys.stdin.buffer.read().decode("utf-8").split("\\n")
      assert lines.pop() == ""
      events = [json.loads(line) for line in lines]
      for event in events:
        assert all(isinstance(event[name], str) and event[name] for name in ("datetime", "timestamp_desc"))
        assert isinstance(event["message"], str) and isinstance(event["timestamp"], int)
        time = datetime.datetime.strptime(event["datetime"][:26] + "+0000", "%Y-%m-%dT%H:%M:%S.%f%z")
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        assert (time - epoch) // datetime.timedelta(microseconds=1) == event["timestamp"]
      names = ["message", "datetime", "timestamp", "timestamp_desc", "kind", "severity", "source", "ref", "actor"]
      table = csv.DictWriter(io.StringIO(), names)
      table.writerows(events)
      print(len(events))
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-c", script]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(Timeline.jsonLines(anyEvents(200))))
    try input.fileHandleForWriting.close()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && text == "200\n", "\(text)")
  }
}

@Suite("Rendering for people")
struct TimelineTextTests {
  static let paris = TimeZone(identifier: "Europe/Paris") ?? .gmt
  let incident = Incident(
    id: "INC-1", key: "k", source: "generic", title: "Checkout | *down*", severity: "SEV-1", state: .resolved,
    openedAt: noon, startedAt: noon.adding(seconds: -312), resolvedAt: noon.adding(seconds: 93_784),
    updatedAt: noon)
  let host = HostFacts(
    hostname: "web-17", os: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0-18-amd64", clockSynchronised: false,
    clockOffset: 0.25)
  let window = TimeWindow(from: noon.adding(seconds: -3600), to: noon)

  func markdown(_ events: [TimelineEvent], gaps: [Gap] = []) -> String {
    String(
      decoding: Timeline.markdown(
        incident: incident, host: host, window: window, events: events, gaps: gaps, zone: Self.paris),
      as: UTF8.self)
  }

  @Test("the Markdown opens with the facts, then the gaps, then the events of each day")
  func document() {
    let gap = Gap(
      artifact: "logs/journal.jsonl", from: window.from, cause: .journalRotated, detail: "raise SystemMaxUse=")
    let text = markdown(
      [event(-312.5, "checkout.service failed", actor: "alice"), event(50_000, "next day", kind: .deploy)], gaps: [gap])
    #expect(
      text == """
        # Timeline of INC-1: Checkout \\| \\*down\\*

        | Fact | Value |
        |---|---|
        | Incident | INC-1, from generic |
        | State | resolved |
        | Severity | SEV-1 |
        | Fault started | 2026-11-24T11:54:48Z (2026-11-24 12:54:48 +01:00), T-00:05:12 |
        | Opened | 2026-11-24T12:00:00Z (2026-11-24 13:00:00 +01:00) |
        | Resolved | 2026-11-25T14:03:04Z (2026-11-25 15:03:04 +01:00), T+26:03:04 |
        | Host | web-17, Debian GNU/Linux 12 (bookworm), kernel 6.1.0-18-amd64 |
        | Host's clock | NOT synchronised: its times may be off, offset 0.25 s |
        | Window | 2026-11-24T11:00:00Z (2026-11-24 12:00:00 +01:00) to 2026-11-24T12:00:00Z (2026-11-24 13:00:00 +01:00) |

        ## Gaps in the evidence

        | Artifact | From (UTC) | To (UTC) | Cause | What is missing |
        |---|---|---|---|---|
        | logs/journal.jsonl | 2026-11-24T11:00:00Z |  | journal-rotated | raise SystemMaxUse= |

        ## Events

        ### 2026-11-24 (UTC)

        | UTC | Europe/Paris | From opening | Kind | What | Source | Actor |
        |---|---|---|---|---|---|---|
        | 11:54:47.500 | 12:54:47 | T-00:05:12 | unit.failed | checkout.service failed | journal | alice |

        ### 2026-11-25 (UTC)

        | UTC | Europe/Paris | From opening | Kind | What | Source | Actor |
        |---|---|---|---|---|---|---|
        | 01:53:20.000 | 02:53:20 | T+13:53:20 | deploy | next day | journal |  |

        """)
  }

  @Test("says so where there are no gaps and no events")
  func empty() {
    #expect(markdown([]).hasSuffix("## Gaps in the evidence\n\nNone known.\n\n## Events\n\nNone in the window.\n"))
  }

  @Test(
    "no message can leave its cell, open a tag or hide text",
    arguments: [
      "a | b", "line\nbreak\r\n# heading", "<script>alert(1)</script>", "[x](javascript:y)", "`code`", "&amp;",
      "\u{1B}[2J\u{202E}evil", "\u{2028}\u{2029}\u{85}", "![i](http://x/y.png)", "~~x~~ **y** __z__ \\| $e$",
    ])
  func escaping(message: String) throws {
    let row = try #require(markdown([event(0, message)]).split(separator: "\n").last)
    let plain = row.replacing(#/\\(.)/#, with: "")
    #expect(plain.filter { $0 == "|" }.count == 8)
    #expect(!plain.contains(where: { "<>[]`*_&!~$#".contains($0) }))
    #expect(row.unicodeScalars.allSatisfy { $0.value >= 0x20 && ![0x7F, 0x85, 0x202E, 0x2028, 0x2029].contains($0.value) })
  }

  @Test("a message that is too long is cut at 500 characters")
  func long() throws {
    let row = try #require(markdown([event(0, String(repeating: "é", count: 5000))]).split(separator: "\n").last)
    #expect(row.filter { $0 == "é" }.count == 499 && row.contains("é… |"))
    let fitting = try #require(markdown([event(0, String(repeating: "é", count: 500))]).split(separator: "\n").last)
    #expect(fitting.filter { $0 == "é" }.count == 500)
  }

  @Test("the terminal shows one line an event, with the day and the zone above")
  func terminal() {
    let text = Timeline.terminal(
      [event(0, "failed"), event(1, "restarted", kind: .unitRestarted, actor: "alice"), event(50_000, "on")],
      colour: false, zone: Self.paris)
    #expect(
      text == """
        2026-11-24 Europe/Paris (UTC+01:00)
        13:00:00.000  unit.failed     failed  (journal)
        13:00:01.000  unit.restarted  restarted  (journal, alice)

        2026-11-25 Europe/Paris (UTC+01:00)
        02:53:20.000  unit.failed     on  (journal)

        """)
  }

  @Test("captured text cannot steer the terminal, whatever it is")
  func controls() {
    let hostile = String(String.UnicodeScalarView((0...0x9F).compactMap(Unicode.Scalar.init) + ["\u{202E}", "\u{2066}"]))
    let events = TimelineKind.allCases.map { event(0, hostile, kind: $0, source: hostile, actor: hostile) }
    let text = Timeline.terminal(events, colour: false, zone: Self.paris)
    #expect(text.split(separator: "\n").count == events.count + 1)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)) })
    #expect(!text.unicodeScalars.contains("\u{202E}") && !text.unicodeScalars.contains("\u{2066}"))
  }

  @Test("with colour, taking the sequences out gives the text without")
  func colour() {
    let events = Timeline.merge([anyEvents(100)], limit: .max).events
    let coloured = Timeline.terminal(events, colour: true, zone: Self.paris)
    let plain = Timeline.terminal(events, colour: false, zone: Self.paris)
    #expect(coloured != plain)
    #expect(coloured.replacing(#/\u{1B}\[[0-9]+m/#, with: "") == plain)
  }
}
