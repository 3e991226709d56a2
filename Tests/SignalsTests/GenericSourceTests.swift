import Evidence
import Signals
import Testing

@Suite("Generic source")
struct GenericSourceTests {
  let receivedAt = Timestamp(seconds: 1_795_492_174)

  func decode(_ body: String, _ pointers: GenericPointers = GenericPointers()) throws -> Signal {
    try decoded(bytes(body), by: .generic(pointers), at: receivedAt)
  }

  func error(_ body: String, _ pointers: GenericPointers = GenericPointers()) -> SignalError? {
    #expect(throws: SignalError.self) { try decode(body, pointers) }
  }

  @Test(
    "an id alone opens an incident that is called by it", arguments: [("\"INC-7\"", "INC-7"), ("7", "7")])
  func minimum(id: String, text: String) throws {
    #expect(
      try decode("{\"incident_id\":\(id)}")
        == Signal(
          source: "generic", incidentKey: text, incidentID: text, phase: .opened, title: text,
          receivedAt: receivedAt))
  }

  @Test("reads everything that it is pointed at")
  func everything() throws {
    let signal = try decode(
      """
      {"incident_id":"INC-7","title":"Checkout is down","status":"Triggered","severity":"SEV-1",
       "started_at":"2026-11-24T03:00:00Z","service":"checkout","labels":{"team":"pay","n":3,"on":true,"none":null,"list":[1]}}
      """)
    #expect(signal.title == "Checkout is down")
    #expect(signal.severity == "SEV-1")
    #expect(signal.times.started == Timestamp(rfc3339: "2026-11-24T03:00:00Z"))
    #expect(signal.service == "checkout")
    #expect(signal.labels == ["team": "pay", "n": "3", "on": "true", "service": "checkout"])
  }

  @Test("follows pointers into a vendor's own body")
  func pagerDuty() throws {
    let pointers = GenericPointers(
      incident: try JSONPointer("/event/data/id"), title: try JSONPointer("/event/data/title"),
      status: try JSONPointer("/event/data/status"), severity: try JSONPointer("/event/data/urgency"),
      started: try JSONPointer("/event/occurred_at"))
    let body = try fixture("pagerduty-incident.triggered.json")
    let signal = try decoded(body, by: .generic(pointers), at: receivedAt)
    #expect(signal.phase == .opened)
    #expect(signal.incidentKey == signal.incidentID)
    #expect(signal.title != signal.incidentID)
    #expect(signal.times.started != nil)
  }

  @Test("an integer of 64 bits is exact")
  func exact() throws {
    let pointers = GenericPointers(incident: try JSONPointer("/alert/updatedAt"))
    let body = try fixture("opsgenie-Create.json")
    let text = String(decoding: body, as: UTF8.self)
    let signal = try decoded(body, by: .generic(pointers), at: receivedAt)
    #expect(signal.incidentKey.count == 19)
    #expect(text.contains(signal.incidentKey))
    #expect(try decode("{\"incident_id\":9223372036854775807}").incidentKey == "9223372036854775807")
    #expect(try decode("{\"incident_id\":-9007199254740993}").incidentKey == "-9007199254740993")
  }

  @Test(
    "maps the words for where an incident stands",
    arguments: [
      ("opened", .opened), ("open", .opened), ("firing", .opened), ("triggered", .opened),
      ("created", .opened),
      ("alert", .opened), ("ALERT", .opened), (" Open ", .opened), ("acknowledged", .acknowledged),
      ("mitigated", .mitigated), ("resolved", .resolved), ("ok", .resolved), ("recovered", .resolved),
      ("closed", .closed),
    ] as [(String, SignalPhase)])
  func phases(word: String, phase: SignalPhase) throws {
    #expect(try decode("{\"incident_id\":1,\"status\":\"\(word)\"}").phase == phase)
  }

  @Test(
    "reads a start time in any of its forms",
    arguments: [
      ("\"2026-11-24T03:49:34Z\"", 1_795_492_174_000_000_000), ("1795492174", 1_795_492_174_000_000_000),
      ("1795492174123", 1_795_492_174_123_000_000), ("1795492174123456", 1_795_492_174_123_456_000),
      ("1795492174123456789", 1_795_492_174_123_456_789), ("\"1795492174\"", 1_795_492_174_000_000_000),
      ("\"2026-11-24T03:49:34.000+0000\"", 1_795_492_174_000_000_000),
      ("\"2026-11-24 05:49:34 +0200\"", 1_795_492_174_000_000_000),
      ("\"2026-11-24T02:49:34-0100\"", 1_795_492_174_000_000_000),
      ("\"2026-11-24 03:49:34 UTC\"", 1_795_492_174_000_000_000), ("1795492174.5", 1_795_492_174_500_000_000),
      ("0", 0),
    ] as [(String, Int64)])
  func starts(value: String, nanoseconds: Int64) throws {
    let signal = try decode("{\"incident_id\":1,\"started_at\":\(value)}")
    #expect(signal.times.started?.nanoseconds == nanoseconds)
  }

  @Test(
    "names the field at fault",
    arguments: [
      ("{}", "/incident_id"), ("[]", "/incident_id"), ("3", "/incident_id"),
      (#"{"incident_id":null}"#, "/incident_id"), (#"{"incident_id":" "}"#, "/incident_id"),
      (#"{"incident_id":{}}"#, "/incident_id"), (#"{"incident_id":1.5}"#, "/incident_id"),
      (#"{"incident_id":true}"#, "/incident_id"),
      (#"{"incident_id":1,"status":"weird"}"#, "/status"), (#"{"incident_id":1,"status":[]}"#, "/status"),
      (#"{"incident_id":1,"title":{}}"#, "/title"), (#"{"incident_id":1,"severity":[1]}"#, "/severity"),
      (#"{"incident_id":1,"started_at":"noon"}"#, "/started_at"),
      (#"{"incident_id":1,"started_at":-5}"#, "/started_at"),
      (#"{"incident_id":1,"started_at":9223372036854775807}"#, "/started_at"),
      (#"{"incident_id":1,"started_at":1e300}"#, "/started_at"),
      (#"{"incident_id":1,"started_at":99999999999999}"#, "/started_at"),
      (#"{"incident_id":1,"started_at":false}"#, "/started_at"),
    ])
  func faults(body: String, pointer: String) {
    #expect(error(body)?.pointer == pointer)
  }

  @Test("an error names the field that was configured, and never quotes what was sent")
  func configured() throws {
    let pointers = GenericPointers(status: try JSONPointer("/a~1b/0"))
    let secret = "s\(UInt64.random(in: .min ... .max))"
    let fault = try #require(error("{\"incident_id\":1,\"a/b\":[\"\(secret)\"]}", pointers))
    #expect(fault.pointer == "/a~1b/0")
    #expect(!fault.description.contains(secret))
  }

  @Test("an id that is too long for an id is refused, a title that is too long is cut at a character")
  func lengths() throws {
    let long = String(repeating: "👩‍👩‍👧", count: 400)
    #expect(error("{\"incident_id\":\"\(long)\"}")?.pointer == "/incident_id")
    let title = try decode("{\"incident_id\":1,\"title\":\"\(long)\"}").title
    #expect(title.utf8.count <= 512 && !title.isEmpty)
    #expect(long.hasPrefix(title) && title.allSatisfy { $0 == "👩‍👩‍👧" })
  }
}
