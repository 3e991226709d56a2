import Agent
import Dispatch
import Evidence
import Foundation
import Logging
import Synchronization
import Testing

/// Keeps what a writer is given.
private final class Recorder: Sendable {
  private let storage = Mutex<[LogRecord]>([])

  var records: [LogRecord] { storage.withLock { $0 } }

  func take(_ record: LogRecord) {
    storage.withLock { $0.append(record) }
  }
}

@Suite("Logging")
struct LoggingTests {
  private let time = Timestamp(nanoseconds: 1_795_492_174_123_456_789)

  @Test("never waits for its destination: what does not fit is counted and reported once there is room")
  func boundedQueue() {
    let recorder = Recorder()
    let entered = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let writer = LogWriter(capacity: 4) { record in
      recorder.take(record)
      if record.message == "first" {
        entered.signal()
        gate.wait()
      }
    }
    writer.write(LogRecord(level: .info, message: "first"))
    entered.wait()
    for number in 1...10 { writer.write(LogRecord(level: .info, message: "\(number)")) }
    #expect(!writer.flush(timeout: .milliseconds(1)))
    gate.signal()
    #expect(writer.flush(timeout: .seconds(60)))
    writer.write(LogRecord(level: .info, message: "last"))
    #expect(writer.flush(timeout: .seconds(60)))

    let records = recorder.records
    #expect(records.count == 7)
    #expect(records.prefix(5).map(\.message) == ["first", "1", "2", "3", "4"])
    #expect(records.dropFirst(5).first?.fields == [LogField(name: "log.dropped", value: "6")])
    #expect(records.last?.message == "last")
  }

  @Test("loses no record that it does not count")
  func nothingUncounted() async {
    let recorder = Recorder()
    let writer = LogWriter(capacity: 16, sink: recorder.take)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<500 { writer.write(LogRecord(level: .info, message: "x")) } }
      }
    }
    #expect(writer.flush(timeout: .seconds(60)))
    let dropped = recorder.records.flatMap(\.fields).compactMap { Int($0.value) }.reduce(0, +)
    #expect(recorder.records.count { $0.message == "x" } + dropped == 4000)
  }

  @Test("merges metadata: the message's over the task's over the logger's")
  func metadata() {
    let recorder = Recorder()
    let writer = LogWriter(sink: recorder.take)
    let provider = Logger.MetadataProvider { ["a": "task", "b": "task"] }
    var logger = Logger(label: "test") { _ in
      JournalLogHandler(writer: writer, level: .notice, metadataProvider: provider)
    }
    logger[metadataKey: "a"] = "logger"
    logger[metadataKey: "c"] = ["x", "y"]
    logger.info("not this")
    logger.notice("Captured evidence", metadata: ["b": "message", "bundle.bytes": "\(12)"])
    #expect(writer.flush(timeout: .seconds(60)))
    let record = recorder.records.first
    #expect(recorder.records.count == 1)
    #expect(record?.message == "Captured evidence")
    #expect(record?.fields.map(\.name) == ["a", "b", "bundle.bytes", "c"])
    #expect(record?.fields.map(\.value).prefix(3) == ["task", "message", "12"])
  }

  @Test("has a field in the journal for each piece of metadata, and all of it in the message")
  func journalFields() {
    let record = LogRecord(
      time: time, level: .warning, message: "two\nlines",
      fields: [
        LogField(name: "incident.id", value: "INC-1"), LogField(name: "é-x", value: "a=b\nc"),
        LogField(name: String(repeating: "n", count: 99), value: ""),
      ])
    #expect(
      record.journalFields == [
        #"MESSAGE=two\nlines incident.id=INC-1 é-x="a=b\nc" "#
          + String(repeating: "n", count: 99) + #"="""#, "PRIORITY=4", "SYSLOG_IDENTIFIER=exhibit",
        "EXHIBIT_INCIDENT_ID=INC-1",
        "EXHIBIT____X=a=b\nc", "EXHIBIT_\(String(repeating: "N", count: 56))=",
      ])
  }

  @Test("has syslog's priorities", arguments: zip(Logger.Level.allCases, [7, 7, 6, 5, 4, 3, 2]))
  func priorities(level: Logger.Level, priority: Int) {
    #expect(LogRecord(level: level, message: "").journalFields[1] == "PRIORITY=\(priority)")
  }

  @Test("is one line of text a message, whatever the message says")
  func text() {
    let record = LogRecord(
      time: time, level: .error, message: "a\nb\u{1B}[31m\u{9B}é",
      fields: [
        LogField(name: "plain", value: "INC-1"), LogField(name: "quoted", value: "say \"hi\""),
        LogField(name: "empty", value: ""), LogField(name: "lines", value: "a\r\nb"),
      ])
    #expect(
      record.line(colour: false)
        == #"2026-11-24T03:49:34.123Z error a\nb\x1b[31m\x9bé plain=INC-1 quoted="say \"hi\"" empty="" lines=a\xd\nb"#
        + "\n")
    #expect(record.line(colour: true).contains("\u{1B}[31merror\u{1B}[0m"))
  }

  @Test("keeps messages and values of any length bounded")
  func bounded() {
    let long = String(repeating: "é", count: 1_000_000)
    let record = LogRecord(level: .info, message: long, fields: [LogField(name: "x", value: long)])
    #expect(record.message.utf8.count < 9000)
    #expect(record.fields.allSatisfy { $0.value.utf8.count < 9000 })
  }

  @Test("goes to the journal if systemd connected standard error to it")
  func destination() {
    var status = stat()
    fstat(STDERR_FILENO, &status)
    let stream = "\(status.st_dev):\(status.st_ino)"
    #expect(LogDestination.detect { $0 == "JOURNAL_STREAM" ? stream : nil } == .journal)
    #expect(LogDestination.detect { $0 == "JOURNAL_STREAM" ? stream + "1" : nil } != .journal)
    #expect(LogDestination.detect { $0 == "NO_COLOR" ? "1" : nil } == .text(colour: false))
  }
}
