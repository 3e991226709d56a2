import Evidence
import Testing

@testable import Journal

@Suite("Lines of JSON")
struct JournalLineTests {
  @Test(
    "What is encoded is parsed back: fields, order of values, entry", arguments: 1...5 as ClosedRange<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var encoder = JournalJSONEncoder()
    var line = JournalLine()
    for sample in randomSamples(200, seed: seed) {
      let entry = try #require(sampleEntry(sample))
      var output: [UInt8] = []
      encode(sample.fields, entry, &encoder, &output)
      #expect(output.last == 0x0A && output.count { $0 == 0x0A } == 1)
      _ = try output.withUnsafeBytes { try line.parse($0) }
      #expect(line.entry == entry)
      for name in Set(sample.fields.map(\.name)) {
        #expect(parsed(line).filter { $0.name == name } == sample.fields.filter { $0.name == name })
      }
      #expect(parsed(line).count == sample.fields.count)
    }
  }

  @Test("A name that comes more than once is one array, in the order of the fields, however many there are")
  func duplicates() throws {
    let fields = (0..<3000).map { Field("NAME_\($0 % 1000)", "\($0)") }
    var encoder = JournalJSONEncoder()
    var output: [UInt8] = []
    encode(fields, try #require(sampleEntry(Sample(at: 0, []))), &encoder, &output)
    let text = String(decoding: output, as: UTF8.self)
    #expect(text.contains(#","NAME_17":["17","1017","2017"],"#))
    #expect(text.components(of: "NAME_17\"") == 2)
    output.removeAll()
    encode(
      [Field("A", "1"), Field("B", [0, 255]), Field("A", [7])], try #require(sampleEntry(Sample(at: 0, []))),
      &encoder, &output)
    #expect(String(decoding: output, as: UTF8.self).hasSuffix(#""A":["1",[7]],"B":[0,255]}"# + "\n"))
  }

  @Test(
    "Anything else than an entry is refused with the place",
    arguments: [
      ("", 0), ("[]", 0), ("{", 1), (#"{"A"}"#, 4), (#"{"A":1}"#, 5), (#"{"A":"x"#, 7), (#"{"A":"\q"}"#, 7),
      (#"{"A":"\u12"}"#, 8), (#"{"A":"\ud800"}"#, 12), (#"{"A":"\ud800\u0041"}"#, 18), (#"{"A":[256]}"#, 9),
      (#"{"A":[1,]}"#, 8), (#"{"A":["x",]}"#, 10), (#"{"A":"x",}"#, 9), (#"{"A":"x"} {"#, 10),
      ("{\"A\":\"\u{1}\"}", 6), (#"{"A":{"B":"x"}}"#, 5), (#"{"MESSAGE":"x"}"#, 0),
      (#"{"A":[99999999999999999999]}"#, 9),
    ])
  func refused(text: String, position: Int) {
    var line = JournalLine()
    let error = #expect(throws: JournalLineError.self) {
      try Array(text.utf8).withUnsafeBytes { try line.parse($0) }
    }
    #expect(error?.position == position)
  }

  @Test("The parts of the cursor are no fields, in whichever members they stand")
  func cursorParts() throws {
    let id = "0123456789abcdef0123456789abcdef"
    let start = #"{"__REALTIME_TIMESTAMP":"2","_BOOT_ID":"\#(id)","__SEQNUM_ID":"\#(id)","#
    for parts in [
      #""__CURSOR_PARTS":"i=11;m=3;x=ab""#,
      #""__SEQNUM":"17","__MONOTONIC_TIMESTAMP":"3","__XOR_HASH":"ab""#,
    ] {
      var line = JournalLine()
      _ = try Array((start + parts + #","MESSAGE":"x"}"#).utf8).withUnsafeBytes { try line.parse($0) }
      #expect(line.entry.cursor == "s=\(id);i=11;b=\(id);m=3;t=2;x=ab")
      #expect(parsed(line) == [Field("MESSAGE", "x")])
    }
  }

  @Test("Escapes, white space, null and any order of members are taken as JSON has them")
  func lenient() throws {
    var line = JournalLine()
    let text =
      #" { "MESSAGE" : "a\/\u00e9\ud83d\ude80\b\f" , "BIG":null, "E":[], "B":[ 1 , 2 ], "__REALTIME_TIMESTAMP":"17" } "#
    _ = try Array(text.utf8).withUnsafeBytes { try line.parse($0) }
    #expect(line.entry.realtime == 17)
    #expect(parsed(line) == [Field("MESSAGE", "a/é🚀\u{8}\u{C}"), Field("E", ""), Field("B", [1, 2])])
    #expect(line.text(of: "MESSAGE") == "a/é🚀\u{8}\u{C}")
    #expect(line.text(of: "NONE") == nil)
  }

  @Test("Cut lines are refused or are lines, never a crash", arguments: 1...3 as ClosedRange<UInt64>)
  func cut(seed: UInt64) throws {
    var encoder = JournalJSONEncoder()
    var output: [UInt8] = []
    let sample = try #require(randomSamples(1, seed: seed).first)
    encode(sample.fields, try #require(sampleEntry(sample)), &encoder, &output)
    var line = JournalLine()
    for length in 0..<(output.count - 2) {
      #expect(throws: JournalLineError.self) { try output[..<length].withUnsafeBytes { try line.parse($0) } }
    }
  }

  @Test("A cursor is read as it is written, and nothing else is one")
  func cursor() throws {
    let text =

      "s=95fc08d5a75246cb82b6d8aca0c1b270;i=493e0;b=1e2feb89414c343c1027c4d1c386bbc4"
      + ";m=3d2f8b04c2;t=660e645d5c08e;x=3632a13ab2556b13"
    let entry = try #require(Array(text.utf8).withUnsafeBytes { JournalEntry(cursor: $0) })
    #expect(entry.cursor == text)
    #expect(entry.sequenceNumber == 0x493e0 && entry.realtime == 1_795_391_990_644_878)
    for length in 0..<(text.utf8.count - 16) {
      #expect(Array(text.utf8.prefix(length)).withUnsafeBytes { JournalEntry(cursor: $0) } == nil)
    }
  }

  @Test(
    "Priorities are read as journalctl reads them",
    arguments: [
      ("err", 0...3), ("3", 0...3), ("emerg", 0...0), ("debug", 0...7), ("warning..err", 3...4),
      ("0..4", 0...4),
      ("warn", 0...4),
    ] as [(String, ClosedRange<UInt8>)])
  func priority(text: String, range: ClosedRange<UInt8>) throws {
    #expect(try #require(JournalPriority(text)).range == range)
  }

  @Test(
    "Other words are no priority", arguments: ["", "8", "-1", "loud", "..", "3..", "..3", "1..9", "03", "+3"])
  func noPriority(text: String) {
    #expect(JournalPriority(text) == nil)
  }

  @Test("Lines are picked by priority, and those without one are not")
  func filter() throws {
    let errors: JournalPriority = try #require(JournalPriority("err"))
    let filter = JournalFilter(priority: errors)
    for (priority, expected) in [("0", true), ("3", true), ("4", false), ("", false), ("33", false)] {
      var line = JournalLine()
      let text = #"{"__REALTIME_TIMESTAMP":"1","PRIORITY":"\#(priority)"}"#
      _ = try Array(text.utf8).withUnsafeBytes { try line.parse($0) }
      #expect(filter.matches(line) == expected)
      #expect(JournalFilter().matches(line))
    }
  }

  private func parsed(_ line: JournalLine) -> [Field] {
    var fields: [Field] = []
    line.forEachField { fields.append(Field(String(decoding: $0, as: UTF8.self), Array($1))) }
    return fields
  }

  private func encode(
    _ fields: [Field], _ entry: JournalEntry, _ encoder: inout JournalJSONEncoder, _ output: inout [UInt8]
  ) {
    encoder.begin(entry, to: &output)
    for field in fields {
      Array(field.name.utf8).withUnsafeBytes { name in
        field.value.withUnsafeBytes { encoder.append(name: name, value: $0, to: &output) }
      }
    }
    encoder.end(to: &output)
  }
}

/// The entry that a sample would be.
func sampleEntry(_ sample: Sample) -> JournalEntry? {
  let boot = Array(sample.boot.utf8).withUnsafeBytes { JournalID(hex: $0) }
  return boot.map { boot in
    JournalEntry(
      sequenceID: JournalID(high: 1, low: .max), sequenceNumber: 17, bootID: boot,
      monotonic: sample.monotonic,
      realtime: sample.realtime, fieldsHash: 0xF00)
  }
}

extension String {
  /// How many parts the text falls into.
  fileprivate func components(of separator: String) -> Int { ranges(of: separator).count + 1 }
}
