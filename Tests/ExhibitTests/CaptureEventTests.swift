import Evidence
import Foundation
import Testing

@testable import exhibit

@Suite("The progress of a capture")
struct CaptureEventTests {
  private static let stream = """
    id: 1
    event: progress
    data: {"a":1}

    : still running

    id: 2
    event: done
    data: {"a":2}


    """

  @Test("is read however the stream is cut", arguments: [1, 2, 3, 7, 1000])
  func cuts(size: Int) throws {
    let bytes = Array(Self.stream.utf8)
    var parser = EventParser()
    var events: [EventParser.Event] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      events += try parser.feed(bytes[start..<min(bytes.count, start + size)])
    }
    #expect(events.map { String(decoding: $0.data, as: UTF8.self) } == [#"{"a":1}"#, #"{"a":2}"#])
  }

  @Test("an event without an end is given up")
  func endless() {
    var parser = EventParser()
    #expect(throws: EventParser.TooLong.self) {
      _ = try parser.feed(repeatElement(UInt8(ascii: "x"), count: EventParser.limit + 1))
    }
  }

  @Test("is a bar that never wraps, whatever the numbers", arguments: [10, 20, 40, 80, 200])
  func width(_ width: Int) {
    for (done, total) in [(0, 0), (0, 5), (3, 5), (5, 5), (7, 5), (-1, 5)] {
      let line = StepProgress(
        label: "capture 1 (manual) of INC-1", activity: "collecting journal, \u{1B}[31mconfig", done: done,
        total: total, elapsed: 75
      ).line(width: width)
      #expect(DisplayText.width(line) < width && !line.contains("\u{1B}"))
    }
    let line = StepProgress(label: "c", activity: "sealing", done: 1, total: 2, elapsed: 3).line(width: 80)
    #expect(line.contains("██████████░░░░░░░░░░ sealing"))
  }
}

@Suite("Following a capture", .enabled(if: FakeAgent.isAvailable, "needs python3"))
struct CaptureFollowTests {
  @Test("ends with the event that says so, without asking over and over")
  func follows() async throws {
    let folder = try TemporaryFolder()
    let agent = try FakeAgent(in: folder, "--events")
    let report = try await AgentClient.with(endpoint: agent.endpoint, token: nil) { client in
      try await CaptureWait(client: client, incident: "INC-1", timeout: .seconds(60)).wait {
        $0.unfinishedCapture
      }
    }
    #expect(report.newestBundle?.redactions == 12)
    let requests = try agent.requests()
    #expect(requests.filter { $0.contains("/events") }.count == 1)
    #expect(requests.filter { $0.hasPrefix("GET /v1/incidents/INC-1 ") }.count == 2)
  }

  @Test("ends when its time is over, however often the agent says that it waits", .timeLimit(.minutes(5)))
  func stuck() async throws {
    let folder = try TemporaryFolder()
    let agent = try FakeAgent(in: folder, "--events", "--stuck", "disk-full: 3 MiB are free")
    let failure = await #expect(throws: CommandFailure.self) {
      try await AgentClient.with(endpoint: agent.endpoint, token: nil) { client in
        try await CaptureWait(client: client, incident: "INC-1", timeout: .seconds(1)).wait {
          $0.unfinishedCapture
        }
      }
    }
    #expect(
      "\(failure as Any)".contains("is not done after 1s (disk-full: 3 MiB are free)"), "\(failure as Any)")
  }
}
