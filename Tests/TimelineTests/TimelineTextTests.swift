import Evidence
import Foundation
import Testing
import Timeline

@Suite("Rendering for people")
struct TimelineTextTests {
  static let paris = TimeZone(identifier: "Europe/Paris") ?? .gmt
  let incident = Incident(
    id: "INC-1", key: "k", source: "generic", title: "Checkout | *down*", severity: "SEV-1", state: .resolved,
    openedAt: noon, startedAt: noon.adding(seconds: -312), resolvedAt: noon.adding(seconds: 93_784),
    updatedAt: noon)
  let host = HostFacts(
    hostname: "web-17", os: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0-18-amd64",
    clockSynchronised: false,
    clockOffset: 0.25)
  let window = TimeWindow(from: noon.adding(seconds: -3600), to: noon)

  func markdown(_ events: [TimelineEvent], gaps: [Gap] = []) -> String {
    String(
      decoding: Timeline.markdown(
        incident: incident, host: host, window: window, events: events,
        ranking: Timeline.rankChanges(events, of: incident).ranking, gaps: gaps, zone: Self.paris),
      as: UTF8.self)
  }

  @Test("the Markdown opens with the facts, then what changed, then the gaps, then the events of each day")
  func document() {
    let gap = Gap(
      artifact: "logs/journal.jsonl", from: window.from, cause: .journalRotated, detail: "raise SystemMaxUse="
    )
    let text = markdown(
      [
        event(-372, "/etc/a_b modified", kind: .config),
        event(-312.5, "checkout.service failed", actor: "alice"),
        event(50_000, "next day", kind: .deploy),
      ],
      gaps: [gap])
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

        ## What changed before it broke

        Ranked by fixed points for what is behind each change, which are shown. A place to look first, not a verdict.

        | # | UTC | Kind | What | Why here |
        |---|---|---|---|---|
        | 1 | 2026-11-24T11:53:48Z | config | /etc/a\\_b modified | 00:01:00 before the fault (40); a change of the kind config (10); unit.failed failed 00:00:59 after it (10) |

        ## Gaps in the evidence

        | Artifact | From (UTC) | To (UTC) | Cause | What is missing |
        |---|---|---|---|---|
        | logs/journal.jsonl | 2026-11-24T11:00:00Z |  | journal-rotated | raise SystemMaxUse= |

        ## Events

        ### 2026-11-24 (UTC)

        | UTC | Europe/Paris | From opening | Kind | What | Source | Actor |
        |---|---|---|---|---|---|---|
        | 11:53:48.000 | 12:53:48 | T-00:06:12 | config | /etc/a\\_b modified | journal |  |
        | 11:54:47.500 | 12:54:47 | T-00:05:12 | unit.failed | checkout.service failed | journal | alice |

        ### 2026-11-25 (UTC)

        | UTC | Europe/Paris | From opening | Kind | What | Source | Actor |
        |---|---|---|---|---|---|---|
        | 01:53:20.000 | 02:53:20 | T+13:53:20 | deploy | next day | journal |  |

        """)
  }

  @Test("says so where there are no gaps and no events")
  func empty() {
    #expect(
      markdown([]).hasSuffix("## Gaps in the evidence\n\nNone known.\n\n## Events\n\nNone in the window.\n"))
  }

  @Test(
    "no message can leave its cell, open a tag or hide text",
    arguments: [
      "a | b", "line\nbreak\r\n# heading", "<script>alert(1)</script>", "[x](javascript:y)", "`code`",
      "&amp;",
      "\u{1B}[2J\u{202E}evil", "\u{2028}\u{2029}\u{85}", "![i](http://x/y.png)", "~~x~~ **y** __z__ \\| $e$",
    ])
  func escaping(message: String) throws {
    let row = try #require(markdown([event(0, message)]).split(separator: "\n").last)
    let plain = row.replacing(#/\\(.)/#, with: "")
    #expect(plain.filter { $0 == "|" }.count == 8)
    #expect(!plain.contains(where: { "<>[]`*_&!~$#".contains($0) }))
    #expect(
      row.unicodeScalars.allSatisfy {
        $0.value >= 0x20 && ![0x7F, 0x85, 0x202E, 0x2028, 0x2029].contains($0.value)
      })
  }

  @Test("a message that is too long is cut at 500 characters")
  func long() throws {
    let row = try #require(
      markdown([event(0, String(repeating: "é", count: 5000))]).split(separator: "\n").last)
    #expect(row.filter { $0 == "é" }.count == 499 && row.contains("é… |"))
    let fitting = try #require(
      markdown([event(0, String(repeating: "é", count: 500))]).split(separator: "\n").last)
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
    let hostile = String(
      String.UnicodeScalarView((0...0x9F).compactMap(Unicode.Scalar.init) + ["\u{202E}", "\u{2066}"]))
    let events = TimelineKind.allCases.map { event(0, hostile, kind: $0, source: hostile, actor: hostile) }
    let text = Timeline.terminal(events, colour: false, zone: Self.paris)
    #expect(text.split(separator: "\n").count == events.count + 1)
    #expect(
      text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)) }
    )
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
