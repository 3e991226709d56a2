import Evidence
import Foundation
import Testing

@testable import exhibit

/// Calls `body` with the text as a line of the journal.
private func withLine<Result>(_ text: String, _ body: (JournalLine) throws -> Result) throws -> Result {
  try withLine(Array(text.utf8), body)
}

private func withLine<Result>(_ bytes: [UInt8], _ body: (JournalLine) throws -> Result) throws -> Result {
  try bytes.withUnsafeBytes { try body(JournalLine(bytes: $0)) }
}

private func formatted(_ text: String, _ format: LogFormat) throws -> [UInt8] {
  var output: [UInt8] = []
  try withLine(text) { try format.append($0, colour: false, to: &output) }
  return output
}

private func shown(_ text: String) throws -> String {
  String(decoding: try formatted(text, .short), as: UTF8.self)
}

@Suite("A line of the journal")
struct JournalLineTests {
  @Test(
    "has the values that a JSON decoder finds",
    arguments: [
      "", "plain", "quote \" and \\ and /", "line\nbreak\ttab\r", "\u{1}\u{1F}\u{7F}", "grün 東京 🙂",
      "ends with \\", "\"", "{\"MESSAGE\":\"nested\"}",
    ])
  func text(_ message: String) throws {
    for options in [JSONSerialization.WritingOptions.sortedKeys, [.withoutEscapingSlashes]] {
      let data = try JSONSerialization.data(withJSONObject: ["A": "x", "MESSAGE": message, "Z": "y"], options: options)
      let text = try withLine([UInt8](data)) { line in try line.text(at: LogFields(line).message) }
      #expect(text == message)
    }
  }

  @Test("knows escapes of Unicode")
  func escapes() throws {
    let text = try withLine(#"{"MESSAGE":"\u00fc\u6771\ud83d\ude42\ud83d-\u0041"}"#) { line in
      try line.text(at: LogFields(line).message)
    }
    #expect(text == "ü東🙂\u{FFFD}-A")
  }

  @Test("reads bytes, repeated fields, and what is not there")
  func lists() throws {
    let line = #"{ "A" : [104,105] , "B":["x",[0,255], null, "y"],"C":null,"D":[],"E":7 }"#
    let values = try withLine(line) { line in
      var values: [[[UInt8]]] = []
      try line.forEachMember {
        values.append(try line.values(at: $0.value))
        return true
      }
      return values
    }
    #expect(values == [[[104, 105]], [[120], [0, 255], [121]], [], [[]], [[55]]])
  }

  @Test(
    "that is not one is refused with its place",
    arguments: [
      "", "x", "[]", "{", #"{"A"}"#, #"{"A":}"#, #"{"A":"x}"#, #"{"A":"x\"#, #"{"A":1"#, #"{"A":[1"#, #"{A:1}"#,
      #"{"A":1 "B":2}"#, #"{"A":1,}"#, #"{"MESSAGE":[256]}"#, #"{"MESSAGE":[-1]}"#, #"{"MESSAGE":"\q"}"#,
      #"{"MESSAGE":"\u12"}"#, #"{"MESSAGE":[1,"x"}"#,
    ])
  func malformed(_ text: String) {
    #expect(throws: JournalLineError.self) { try formatted(text, .export) }
  }

  @Test("of any bytes never crashes the reader")
  func fuzz() throws {
    let alphabet = Array(#"{}[]",:\un0129 MESSAGE"#.utf8) + [0, 0xFF, 0x1B]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...40)).map { _ in alphabet.randomElement() ?? 0 }
      for candidate in [bytes, Array(#"{"MESSAGE":"#.utf8) + bytes + Array("}".utf8)] {
        var output: [UInt8] = []
        for format in LogFormat.allCases {
          do {
            try withLine(candidate) { try format.append($0, colour: true, to: &output) }
          } catch is JournalLineError {}
        }
      }
    }
  }
}

@Suite("The form of logs")
struct LogFormatTests {
  @Test("short has the time in UTC, host, process and message")
  func short() throws {
    #expect(
      try shown(
        #"{"__REALTIME_TIMESTAMP":"1795492174123456","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"sshd","_PID":"812","MESSAGE":"hi"}"#
      ) == "2026-11-24T03:49:34.123Z web-1 sshd[812]: hi\n")
    #expect(try shown(#"{"MESSAGE":"hi","_COMM":"sh"}"#) == "- - sh: hi\n")
    #expect(try shown("{}") == "- - unknown: \n")
  }

  @Test("short indents further lines and shows no control character")
  func lines() throws {
    #expect(try shown(#"{"MESSAGE":"a\nb\tc\u001b[31m","_COMM":"x\ny"}"#) == "- - x\\ny: a\n          b        c\\x1b[31m\n")
  }

  @Test("json is the line itself")
  func json() throws {
    let line = #"{ "MESSAGE" : [1, 2],"B":null}"#
    #expect(try formatted(line, .json) == Array("\(line)\n".utf8))
  }

  @Test("export writes text as text, all else with its length")
  func export() throws {
    let bytes = try formatted(#"{"__CURSOR":"s=1","MESSAGE":"a\nb","X":["t\tt",[255]],"N":null}"#, .export)
    let expected: [[UInt8]] = [
      Array("__CURSOR=s=1\nMESSAGE\n".utf8), [3, 0, 0, 0, 0, 0, 0, 0], Array("a\nb\nX=t\tt\nX\n".utf8),
      [1, 0, 0, 0, 0, 0, 0, 0, 255], Array("\n\n".utf8),
    ]
    #expect(bytes == Array(expected.joined()))
  }
}

@Suite("The filter of logs")
struct LogFilterTests {
  private static let lines = [
    #"{"__REALTIME_TIMESTAMP":"1000000","PRIORITY":"3","_SYSTEMD_UNIT":"nginx.service","MESSAGE":"upstream timed out"}"#,
    #"{"__REALTIME_TIMESTAMP":"2000000","PRIORITY":"6","_SYSTEMD_UNIT":"init.scope","UNIT":"nginx.service","MESSAGE":"Started"}"#,
    #"{"__REALTIME_TIMESTAMP":"3000000","PRIORITY":"6","_SYSTEMD_UNIT":"dev-disk-by\\x2dlabel.mount","MESSAGE":[117,112]}"#,
    #"{"__REALTIME_TIMESTAMP":"4000000","MESSAGE":"a \"quoted\" text"}"#,
  ]

  /// Which of the lines pass, by number from 1.
  private func passing(_ filter: LogFilter) throws -> [Int] {
    try Self.lines.enumerated().filter { try withLine($0.element, filter.passes) }.map { $0.offset + 1 }
  }

  @Test("lets everything pass when nothing is set")
  func none() throws {
    #expect(try passing(LogFilter()) == [1, 2, 3, 4])
  }

  @Test("finds a unit's own entries and those about it")
  func units() throws {
    #expect(try passing(LogFilter(units: [LogFilter.unitName("nginx")])) == [1, 2])
    #expect(try passing(LogFilter(units: ["dev-disk-by\\x2dlabel.mount"])) == [3])
    #expect(try passing(LogFilter(units: ["ngin*", "init.scope"])) == [1, 2])
    #expect(try passing(LogFilter(units: ["ngin"])) == [])
  }

  @Test(
    "takes priorities by name, number and range",
    arguments: [
      ("err", 0...3), ("3", 0...3), ("debug", 0...7), ("info..warning", 4...6), ("0..0", 0...0), ("8", nil),
      ("", nil), ("err.", nil), ("err...4", nil), ("-1", nil), ("ERR", nil), ("3.x.4", nil),
    ] as [(String, ClosedRange<Int>?)])
  func priorities(_ text: String, _ range: ClosedRange<Int>?) {
    #expect(LogFilter.priorities(parsing: text) == range)
  }

  @Test("lets entries without a priority pass no priority")
  func priority() throws {
    #expect(try passing(LogFilter(priorities: 0...3)) == [1])
    #expect(try passing(LogFilter(priorities: 0...6)) == [1, 2, 3])
  }

  @Test("looks for text in the message as it was written")
  func text() throws {
    #expect(try passing(LogFilter(text: Array("timed".utf8))) == [1])
    #expect(try passing(LogFilter(text: Array("up".utf8))) == [1, 3])
    #expect(try passing(LogFilter(text: Array("\"quoted\"".utf8))) == [4])
    #expect(try passing(LogFilter(text: Array("nginx".utf8))) == [])
  }

  @Test("takes both ends of a time span")
  func time() throws {
    let filter = LogFilter(since: Timestamp(seconds: 2), until: Timestamp(seconds: 3))
    #expect(try passing(filter) == [2, 3])
  }

  @Test(
    "takes times that journalctl takes, in UTC",
    arguments: [
      ("2026-11-24T03:49:34Z", "2026-11-24T03:49:34Z"), ("2026-11-24 03:49:34", "2026-11-24T03:49:34Z"),
      ("2026-11-24 03:49", "2026-11-24T03:49:00Z"), ("2026-11-24", "2026-11-24T00:00:00Z"),
      ("2026-11-24T04:49:34+01:00", "2026-11-24T03:49:34Z"), ("yesterday", nil), ("2026-13-01", nil),
    ] as [(String, String?)])
  func times(_ text: String, _ expected: String?) {
    #expect(TimeArgument(argument: text)?.timestamp.rfc3339Seconds == expected)
  }
}
