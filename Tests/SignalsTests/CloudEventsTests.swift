import Evidence
import Signals
import Testing

@Suite("CloudEvents over HTTP")
struct CloudEventsTests {
  let receivedAt = Timestamp(seconds: 1_795_492_174)

  func binary(_ headers: [String: String], body: [UInt8]? = nil) throws -> Signal {
    let base = [
      "ce-specversion": "1.0", "ce-id": "e1", "ce-source": "/m",
      "ce-type": "dev.cdevents.incident.detected.0.3.0",
      "content-type": "application/json",
    ]
    return try decoded(
      body ?? fixture("cdevents-incident.detected.json"), by: "cloudevents",
      headers: base.merging(headers) { $1 }, at: receivedAt)
  }

  @Test("the three modes say the same")
  func modes() throws {
    let structured = try decoded(
      fixture("cloudevents-structured.json"), by: "cloudevents",
      headers: ["content-type": "application/cloudevents+json; charset=utf-8"], at: receivedAt)
    var binary = try binary([
      "ce-id": "F4BD2B55-B6F6-4F44-AF72-BD2D0E7A8708", "ce-source": "/monitoring/prod1",
    ])
    #expect(binary == structured)
    let batch = try decodedAll(
      fixture("cloudevents-batch.json"), by: "cloudevents",
      headers: ["content-type": "application/cloudevents-batch+json"], at: receivedAt)
    #expect(batch.signals.map(\.phase) == [.opened, .resolved])
    binary = try #require(batch.signals.first)
    #expect(binary == structured)
  }

  @Test(
    "attributes of headers are unquoted and percent-decoded once",
    arguments: [
      ("/plain", "/plain"), ("\"/quoted\\\"\\\\\"", "/quoted\"\\"), ("Euro%20%E2%82%AC", "Euro €"),
      ("%2541", "%41"),
      ("100%", "100%"), ("%zz", "%zz"), ("\"", "\""),
    ])
  func attributes(value: String, text: String) throws {
    #expect(try binary(["ce-source": value]).deliveryID?.hasPrefix("\(text)#e1/") == true)
  }

  @Test("an attribute that is not UTF-8 is refused by name")
  func invalidAttribute() {
    let error = #expect(throws: SignalError.self) { try binary(["ce-source": "%ff%fe"]) }
    #expect(error?.pointer == "ce-source")
  }

  @Test("the envelope's subject and time stand in for the event's own")
  func envelope() throws {
    let signal = try binary(["ce-subject": "inc-9", "ce-time": "2026-11-24T03:00:00Z"], body: bytes("{}"))
    #expect(signal.incidentKey == "inc-9")
    #expect(signal.times.detected == Timestamp(rfc3339: "2026-11-24T03:00:00Z"))
  }

  @Test("a batch is bounded")
  func bounded() throws {
    let event = String(decoding: try fixture("cloudevents-structured.json"), as: UTF8.self)
    func batch(_ count: Int) throws -> Int {
      let body = "[" + Array(repeating: event, count: count).joined(separator: ",") + "]"
      return try decodedAll(bytes(body), by: "cloudevents", at: receivedAt).signals.count
    }
    #expect(try batch(100) == 100)
    #expect(throws: SignalError.self) { try batch(101) }
  }
}
