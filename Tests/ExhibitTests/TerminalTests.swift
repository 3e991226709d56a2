import Evidence
import Testing

@testable import exhibit

@Suite("Quantities")
struct UnitsTests {
  @Test(
    "are shown in the largest unit that keeps them above one",
    arguments: [
      (-1, "0 B"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
      (5_000_000, "4.8 MiB"), (Int.max, "8.0 EiB"),
    ])
  func bytes(_ count: Int, _ text: String) {
    #expect(Units.bytes(count) == text)
  }

  @Test(
    "of time show at most two units",
    arguments: [
      (0.9, "0s"), (59, "59s"), (60, "1m"), (200, "3m 20s"), (3600, "1h"), (7500, "2h 5m"), (90_000, "1d 1h"),
      (-5, "0s"), (.infinity, "?"), (.nan, "?"),
    ])
  func duration(_ seconds: Double, _ text: String) {
    #expect(Units.duration(seconds: seconds) == text)
  }

  @Test("of past and future are told apart")
  func relative() {
    let now = Timestamp(seconds: 1_000_000)
    #expect(Units.relative(now, to: now) == "now")
    #expect(Units.relative(now.adding(seconds: -200), to: now) == "3m ago")
    #expect(Units.relative(now.adding(seconds: 90_000), to: now) == "in 1d")
    #expect(Units.relative(Timestamp(nanoseconds: .min), to: Timestamp(nanoseconds: .max)).hasSuffix("d ago"))
  }

  @Test("are a hundred per cent only when nothing is missing")
  func percent() {
    #expect(Units.percent(1) == "100 %")
    #expect(Units.percent(0.999) == "99 %")
    #expect(Units.percent(7) == "100 %")
    #expect(Units.percent(.nan) == "?")
  }

  @Test(
    "on the command line need a unit",
    arguments: [
      ("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86_400), ("5", nil), ("0s", nil), ("-1m", nil),
      ("", nil),
      ("m", nil), ("5 m", nil), ("9223372036854775807d", nil),
    ] as [(String, Int64?)])
  func parseDuration(_ text: String, _ seconds: Int64?) {
    #expect(Units.parseDuration(text) == seconds.map { .seconds($0) })
  }
}

@Suite("Text for a terminal")
struct DisplayTextTests {
  @Test("never holds what a terminal obeys")
  func sanitised() {
    let text = String(String.UnicodeScalarView((0...0x2100).compactMap(Unicode.Scalar.init)))
    let shown = DisplayText.sanitised(text)
    #expect(shown.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    #expect(!shown.unicodeScalars.contains("\u{202E}"))
    #expect(DisplayText.sanitised("a\u{1B}[31m\nb") == "a\\x1b[31m\\nb")
    #expect(DisplayText.sanitised("grün 東京") == "grün 東京")
  }

  @Test("is never wider than asked for", arguments: 0...12)
  func truncated(_ columns: Int) {
    for text in ["", "abc", "a longer text", "東京タワー", "🙂🙂🙂🙂🙂🙂🙂"] {
      let cut = DisplayText.truncated(text, to: columns)
      #expect(DisplayText.width(cut) <= columns)
      #expect(DisplayText.width(text) > columns || cut == text)
    }
  }
}

@Suite("A table")
struct TableTests {
  private var table: Table {
    var table = Table("ID", "STATE", "TITLE")
    table.append(.init("INC-1"), .init("open", .red), .init("checkout\nis down"))
    table.append(.init("東京-2"), .init("resolved"), .init("a title that is far too long for a small terminal"))
    return table
  }

  @Test("aligns its columns and cuts nothing in a pipe")
  func plain() {
    #expect(
      table.rendered(width: nil, colour: false) == """
        ID      STATE     TITLE
        INC-1   open      checkout\\nis down
        東京-2  resolved  a title that is far too long for a small terminal

        """)
  }

  @Test("fits the terminal", arguments: [30, 40, 80])
  func narrow(_ width: Int) {
    for line in table.rendered(width: width, colour: false).split(separator: "\n") {
      #expect(DisplayText.width(String(line)) <= width)
    }
  }

  @Test("has the same text with and without colour")
  func colour() {
    let coloured = table.rendered(width: 40, colour: true)
    #expect(coloured.contains("\u{1B}[31mopen\u{1B}[0m"))
    #expect(coloured.replacing(/\u{1B}\[\d+m/, with: "") == table.rendered(width: 40, colour: false))
  }
}

@Suite("Progress of a transfer")
struct TransferProgressTests {
  @Test("shows rate and time left, without the bytes that were there before")
  func rate() {
    let progress = TransferProgress(done: 3 << 20, total: 4 << 20, resumedAt: 1 << 20, elapsed: 2)
    let line = progress.line(label: "x.tar.gz", width: 100)
    #expect(line.hasSuffix(" 75 %  3.0 MiB of 4.0 MiB  1.0 MiB/s  1s left"))
  }

  @Test("never wraps, whatever the numbers", arguments: [10, 20, 40, 80, 200])
  func width(_ width: Int) {
    for (done, total) in [(0, 0), (0, 5), (5, 5), (7, 5), (Int.max, Int.max), (1, Int.max)] {
      let progress = TransferProgress(done: done, total: total, elapsed: 1)
      #expect(
        DisplayText.width(progress.line(label: "INC-1--web-1--001-manual.tar.gz", width: width)) < width)
    }
  }
}
