import Evidence
import Journal
import Testing

@testable import exhibit

private let lines = [
  #"{"__REALTIME_TIMESTAMP":"1000000","PRIORITY":"3","_SYSTEMD_UNIT":"nginx.service","_COMM":"nginx","MESSAGE":"timed out"}"#,
  #"{"__REALTIME_TIMESTAMP":"2000000","PRIORITY":"6","_PID":"1","UNIT":"nginx.service","MESSAGE":"Started"}"#,
  #"{"__REALTIME_TIMESTAMP":"3000000","PRIORITY":"6","_SYSTEMD_UNIT":"up.service","MESSAGE":[117,112,255]}"#,
  #"{"__REALTIME_TIMESTAMP":"4000000","MESSAGE":"a \"quoted\"\ntext"}"#,
]

/// Which of the lines pass, by number from 1.
private func passing(_ selection: LogSelection) throws -> [Int] {
  try lines.enumerated().filter { try selection.matches(parsed($0.element)) }.map { $0.offset + 1 }
}

private func parsed(_ text: String) throws -> JournalLine {
  var line = JournalLine()
  _ = try Array(text.utf8).withUnsafeBytes { try line.parse($0) }
  return line
}

private func printed(_ text: String, _ format: LogFormat, colour: Bool = false) throws -> String {
  var output: [UInt8] = []
  var printer = LogPrinter(format: format, colour: colour)
  let line = try parsed(text)
  Array(text.utf8).withUnsafeBytes { printer.append($0, line, to: &output) }
  return String(decoding: output, as: UTF8.self)
}

@Suite("The selection of logs")
struct LogSelectionTests {
  @Test("lets everything pass when nothing is set")
  func none() throws {
    #expect(try passing(LogSelection()) == [1, 2, 3, 4])
  }

  @Test("combines all of its conditions")
  func combined() throws {
    let nginx = JournalFilter(units: ["nginx"])
    #expect(try passing(LogSelection(fields: nginx)) == [1, 2])
    #expect(try passing(LogSelection(fields: nginx, text: "Start")) == [2])
    #expect(try passing(LogSelection(fields: nginx, text: "Start", until: Timestamp(seconds: 1))) == [])
  }

  @Test(
    "looks for text in the message as it was written",
    arguments: [
      ("timed", [1]), ("up", [3]), ("\"quoted\"\ntext", [4]), ("nginx", []), ("timed out!", []),
      ("ttimed", []),
    ])
  func text(_ text: String, _ expected: [Int]) throws {
    #expect(try passing(LogSelection(text: text)) == expected)
  }

  @Test("takes both ends of a time span")
  func time() throws {
    #expect(try passing(LogSelection(since: Timestamp(seconds: 2), until: Timestamp(seconds: 3))) == [2, 3])
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

@Suite("The form of logs")
struct LogPrinterTests {
  @Test("json is the line itself", arguments: lines)
  func json(_ line: String) throws {
    #expect(try printed(line, .json) == line + "\n")
  }

  @Test("short is in UTC")
  func short() throws {
    #expect(try printed(lines[0], .short) == "Jan 01 00:00:01 nginx: timed out\n")
  }

  @Test("short has the same text with and without colour", arguments: lines)
  func colour(_ line: String) throws {
    let coloured = try printed(line, .short, colour: true)
    #expect(coloured.replacing(/\u{1B}\[\d+m/, with: "") == (try printed(line, .short)))
    #expect(coloured.contains("\u{1B}[31m") == (line == lines[0]))
  }

  @Test("export ends each entry with an empty line", arguments: lines)
  func export(_ line: String) throws {
    let text = try printed(line, .export)
    #expect(text.hasPrefix("__CURSOR="))
    #expect(text.hasSuffix("\n\n"))
  }
}
