import Evidence
import Signals
import Testing

/// Decodes `body` with the generic source, the incident's id at `pointer`.
private func incident(_ body: [UInt8], at pointer: String = "/incident_id") throws -> String {
  let pointers = GenericPointers(incident: try JSONPointer(pointer))
  return try decoded(body, by: .generic(pointers), at: Timestamp(seconds: 0)).incidentKey
}

@Suite("JSON")
struct JSONTests {
  @Test(
    "refuses what is not one JSON document in UTF-8",
    arguments: [
      "", " ", "{", "}", "{\"incident_id\":}", "{\"incident_id\":1", "{\"incident_id\":1}x",
      "{'incident_id':1}",
      "nul", "{\"incident_id\":01}", "{\"incident_id\":+1}", "{\"incident_id\":NaN}",
      "{\"incident_id\":\"\\x\"}",
      "{\"incident_id\":\"\u{1}\"}", "\u{0}", "{\"incident_id\":1}\u{0}", "// a\n{\"incident_id\":1}",
    ])
  func malformed(text: String) {
    #expect(throws: SignalError.self) { try incident(bytes(text)) }
  }

  @Test("refuses what is not UTF-8: redaction does not see through UTF-16 and UTF-32")
  func encoding() {
    let text = "{\"incident_id\":1}"
    let others: [[UInt8]] = [
      text.utf16.flatMap { [UInt8($0 & 0xFF), 0] }, text.utf16.flatMap { [0, UInt8($0 & 0xFF)] },
      [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), 0] },
      text.unicodeScalars.flatMap { [UInt8($0.value), 0, 0, 0] },
      bytes("{\"incident_id\":\"") + [0xFF] + bytes("\"}"),
      bytes("{\"incident_id\":\"") + [0xC3] + bytes("\"}"),
      bytes("{\"incident_id\":\"") + [0xED, 0xA0, 0x80] + bytes("\"}"),
    ]
    for body in others {
      #expect(throws: SignalError.self) { try incident(body) }
    }
  }

  @Test("of duplicate names the first counts")
  func duplicates() throws {
    #expect(try incident(bytes(#"{"incident_id":1,"incident_id":2}"#)) == "1")
  }

  @Test("escapes are resolved, even of what cannot be typed")
  func escapes() throws {
    #expect(try incident(bytes(#"{"incident_id":"a\u0000\ud83d\ude00\/"}"#)) == "a\u{0}😀/")
  }

  @Test(
    "nesting of any depth is an answer, not a crash",
    arguments: [
      String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
      String(repeating: "[", count: 100_000),
      String(repeating: "{\"a\":", count: 100_000) + "1" + String(repeating: "}", count: 100_000),
    ])
  func nesting(text: String) {
    for body in [text, "{\"incident_id\":\(text)}", "{\"version\":\(text)}"].map(bytes) {
      for name in SourceRegistry().names {
        let error = #expect(throws: SignalError.self) {
          try decodedAll(body, by: name, at: Timestamp(seconds: 0))
        }
        #expect((error?.description.utf8.count ?? .max) < 1000)
      }
    }
  }

  @Test(
    "numbers beyond every type are an answer of every source, not a crash",
    arguments: [
      "1e400", "-1e400", String(repeating: "9", count: 5000), "1e-400", "9223372036854775808", "0.1e99999999",
    ])
  func hugeNumbers(number: String) throws {
    for vendor in VendorCase.all {
      // In the place of the first string of the fixture, and of the last.
      let text = String(decoding: try fixture(vendor.fixture), as: UTF8.self)
      for range in [text.firstRange(of: #/:\s*"[^"]*"/#), text.ranges(of: #/:\s*"[^"]*"/#).last].compactMap(
        \.self)
      {
        let body = bytes(text.replacingCharacters(range, with: ":\(number)"))
        do {
          _ = try decodedAll(body, by: vendor.source, at: Timestamp(seconds: 0))
        } catch let error as SignalError {
          #expect(error.description.utf8.count < 1000)
        }
      }
    }
  }

  @Test("of duplicate names the first counts for vendors, too, wherever they stand")
  func vendorDuplicates() throws {
    let body =
      #"{"event":{"event_type":"incident.triggered","data":{"id":"A","id":"B"}},"event":{"event_type":"x"}}"#
    let signal = try decoded(bytes(body), by: "pagerduty", at: Timestamp(seconds: 0))
    #expect(signal.phase == .opened && signal.incidentKey == "A")
  }

  @Test("values beside the ones that count do not matter, however many")
  func large() throws {
    let filler = String(repeating: "[1,{\"a\":[1.5,null]}],", count: 50_000)
    #expect(try incident(bytes("{\"filler\":[\(filler)0],\"incident_id\":7}")) == "7")
  }
}

@Suite("JSON Pointer")
struct JSONPointerTests {
  /// The document and the answers of RFC 6901, section 5.
  static let document = #"""
    {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}
    """#

  @Test(
    "finds what the RFC's examples find",
    arguments: [
      ("/foo/0", "bar"), ("/foo/1", "baz"), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"),
      ("/g|h", "4"), (#"/i\j"#, "5"), (#"/k"l"#, "6"), ("/ ", "7"), ("/m~0n", "8"),
    ])
  func examples(text: String, value: String) throws {
    #expect(try incident(bytes(Self.document), at: text) == value)
    #expect(try JSONPointer(text).description == text)
  }

  @Test("the empty pointer is the whole document")
  func whole() throws {
    #expect(try incident(bytes("\"INC-7\""), at: "") == "INC-7")
  }

  @Test(
    "finds nothing where there is nothing",
    arguments: [
      "/nope", "/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/-1", "/foo/", "/foo/0/x", "//x", "/foo/bar",
      "/foo/99999999999999999999",
    ])
  func nothing(text: String) throws {
    let error = #expect(throws: SignalError.self) { try incident(bytes(Self.document), at: text) }
    #expect(error?.pointer == text)
    #expect(error?.description.contains("is missing") == true)
  }

  @Test("refuses what the RFC does not allow, and says what to write")
  func refuses() {
    let slash = #expect(throws: JSONPointerError.self) { try JSONPointer("incident/id") }
    #expect(slash?.description.contains("\"/incident/id\"") == true)
    for text in ["/a~", "/a~2", "/~~0"] {
      #expect(throws: JSONPointerError.badEscape(text)) { try JSONPointer(text) }
    }
  }

  @Test("any list of tokens survives being written and read")
  func roundTrip() throws {
    let alphabet: [Character] = ["~", "/", "0", "1", "a", "é", "\"", " "]
    for _ in 0..<2000 {
      let tokens = (0..<Int.random(in: 0...4)).map { _ in
        String((0..<Int.random(in: 0...5)).compactMap { _ in alphabet.randomElement() })
      }
      let pointer = JSONPointer(tokens: tokens)
      #expect(try JSONPointer(pointer.description) == pointer)
    }
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
