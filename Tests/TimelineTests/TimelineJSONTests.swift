import Evidence
import Foundation
import Testing
import Timeline

@Suite("timeline.jsonl")
struct TimelineJSONTests {
  @Test("has the names in a fixed order, and leaves out what is not known")
  func form() {
    let full = event(
      0.123456789, "a \"b\"\n\u{1}\\", severity: "err", reference: "logs/journal.jsonl:1", actor: "alice")
    let bare = event(0, "é", kind: .outOfMemory)
    let lines = String(decoding: Timeline.jsonLines([full, bare]), as: UTF8.self).split(separator: "\n")
    let expected = [
      #"{"message":"a \"b\"\n\u0001\\","datetime":"2026-11-24T12:00:00.123456789Z","#
        + #""timestamp":1795521600123456,"timestamp_desc":"Unit failed","kind":"unit.failed","#
        + #""severity":"err","source":"journal","ref":"logs/journal.jsonl:1","actor":"alice"}"#,
      #"{"message":"é","datetime":"2026-11-24T12:00:00.000000000Z","timestamp":1795521600000000,"#
        + #""timestamp_desc":"Out of memory","kind":"oom","source":"journal"}"#,
    ]
    #expect(lines.map(String.init) == expected)
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
      names = "message datetime timestamp timestamp_desc kind severity source ref actor service rank".split()
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
