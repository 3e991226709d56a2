import Evidence
import Foundation
import Journal
import Redaction
import Testing

@testable import Capture

@Suite("A search for secrets in a journal's files", .enabled(if: canMakeJournals))
struct JournalSearchTests {
  private let bench: CaptureBench
  private let found: FoundSecrets
  private let secret = "Zq7hunter2Kx\"9/Vb"
  private var giveaway: (String, [UInt8]) { ("MESSAGE", Array("{\"password\":\(secret.jsonQuoted)}".utf8)) }

  init() throws {
    bench = try CaptureBench()
    found = FoundSecrets()
    _ = bench.redactor.collecting(into: found).redact("{\"password\":\(secret.jsonQuoted)}")
  }

  private func search(
    _ reader: JournalReaderChoice = .automatic, partLength: Int = 32 << 20
  ) throws -> JournalSecretSearch? {
    var query = JournalQuery(window: .all, directory: bench.folder + "/journal")
    query.reader = reader
    let rendering = JournalRendering(
      form: .json(.contexts), redactor: bench.redactor.collecting(into: found))
    return JournalSecretSearch(try JournalPlan(query), rendering, partLength: partLength)
  }

  private func isRuledOut(_ search: JournalSecretSearch) -> Bool {
    search.parts.map { search.rulesOut(found, in: $0[...]) } ?? false
  }

  @Test("rules a secret out that stands where a rule takes it out, or nowhere")
  func ruledOut() throws {
    let long = String(repeating: "nothing to see here, move along; ", count: 100)
    try bench.makeJournal([
      [giveaway], [("MESSAGE", Array("a \"quoted\" word\n".utf8))], [("MESSAGE", [0, 1, 2, 0xFF])],
      [("MESSAGE", Array(long.utf8)), ("DB_PASSWORD", Array(secret.utf8))],
    ])
    #expect(isRuledOut(try #require(try search())))
    #expect(try search(.libsystemd) == nil)
  }

  @Test(
    "does not rule a secret out that anything else says",
    arguments: ["plain", "long", "escaped", "numbers", "field", "base64"])
  func present(_ form: String) throws {
    let field: (String, [UInt8]) =
      switch form {
      case "plain": ("MESSAGE", Array("it says \(secret)".utf8))
      case "long": ("MESSAGE", Array((String(repeating: "x", count: 3000) + " \(secret)").utf8))
      case "escaped": ("MESSAGE", Array("\tit says {\\\"v\\\":\(secret.jsonQuoted)}\n".utf8))
      case "numbers": ("MESSAGE", Array("\u{1B}[1m\(secret)\u{1B}[0m".utf8))
      case "field": ("_EXE", Array("/usr/bin/\(secret)".utf8))
      default: ("MESSAGE", Array("sent \(Data(secret.utf8).base64EncodedString())".utf8))
      }
    let filler = (0..<200).map { [("MESSAGE", Array("entry \($0)".utf8))] }
    try bench.makeJournal([[giveaway]] + filler + [[("PRIORITY", [0x36]), field]] + filler)
    #expect(!isRuledOut(try #require(try search())))
    // In whichever part of the file it stands.
    #expect(!isRuledOut(try #require(try search(partLength: 1 << 18))))
  }

  @Test("does not rule out a secret of two lines", arguments: ["\n", "\n\u{1B}"])
  func lines(_ end: String) throws {
    let secret = "Zq7hunter2Kx\n9Vb4Lm2Pq8Rt"
    _ = bench.redactor.collecting(into: found).redact("{\"password\":\(secret.jsonQuoted)}")
    try bench.makeJournal([[("MESSAGE", Array("it says \(secret)\(end)".utf8))]])
    #expect(!isRuledOut(try #require(try search())))
  }

  /// One of a few characters that are escaped in JSON is in it, so that what is known of it depends on how it was found.
  private func escapedSecret() -> String {
    let characters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    func some(_ count: Int) -> String { String((0..<count).map { _ in characters.randomElement() ?? "x" }) }
    return some(.random(in: 2...4)) + (["\"", "\\", "\t"].randomElement() ?? "")
      + some(.random(in: 2...4)) + (["\"", "\\", ""].randomElement() ?? "") + some(.random(in: 1...3))
  }

  @Test("what it rules out is in no line", arguments: 0..<3)
  func oracle(nesting: Int) throws {
    var answers: Set<Bool> = []
    for number in 0..<30 {
      let (secret, other) = (escapedSecret(), escapedSecret())
      var giveaway = "{\"password\":\(secret.jsonQuoted)}"
      for _ in 0..<nesting { giveaway = "{\"log\":\(giveaway.jsonQuoted)}" }
      let said = number.isMultiple(of: 3) ? other : secret
      let carrier =
        switch number % 5 {
        case 0: "login failed: \(said)"
        case 1: "login \"failed\": \(said) it was"
        case 2: "\u{1B}[1m\(said)\u{1B}[0m"
        case 3: "sent \(said.jsonQuoted)"
        default: "\u{1}\(said)\n"
        }
      let bench = try CaptureBench()
      let found = FoundSecrets()
      _ = bench.redactor.collecting(into: found).redact(giveaway)
      try bench.makeJournal([[("MESSAGE", Array(giveaway.utf8))], [("MESSAGE", Array(carrier.utf8))]])
      var query = JournalQuery(window: .all, directory: bench.folder + "/journal")
      query.reader = .native
      let plan = try JournalPlan(query)
      let rendering = JournalRendering(form: .json(.contexts), redactor: bench.redactor)
      let search = try #require(JournalSecretSearch(plan, rendering))
      let isRuledOut = search.rulesOut(found, in: try #require(search.parts)[...])
      let lines = try render(plan, rendering)
      var look = found.makeSearch()
      let isThere = lines.withUnsafeBytes { look.finds(in: $0, before: $0.count, endingAfter: 0) }
      #expect(
        !(isRuledOut && isThere), "\(giveaway) and \(carrier): \(String(decoding: lines, as: UTF8.self))")
      answers.insert(isRuledOut)
    }
    #expect(answers == [true, false])
  }

  private func render(_ plan: JournalPlan, _ rendering: JournalRendering) throws -> [UInt8] {
    var planner = try ChunkPlanner(plan)
    var renderer = ChunkRenderer(plan, rendering)
    var lines: [UInt8] = []
    while let chunk = try planner.next() {
      _ = renderer.render(chunk, after: OpenBlocks()) { piece in
        piece.lines.withUnsafeBytes { lines += $0 }
      }
    }
    return lines
  }

  @Test("rules nothing out in a file that ends within its own header")
  func truncated() throws {
    try bench.makeJournal([[("MESSAGE", Array("entry".utf8))]])
    let path = bench.folder + "/journal/system.journal"
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.prefix(216).write(to: URL(filePath: path))
    #expect(!isRuledOut(try #require(try search())))
  }

  @Test("rules nothing out in a file whose objects do not follow one another")
  func damaged() throws {
    try bench.makeJournal((0..<200).map { [("MESSAGE", Array("entry \($0)".utf8))] })
    #expect(isRuledOut(try #require(try search(partLength: 1 << 18))))
    let path = bench.folder + "/journal/system.journal"
    var bytes = try Data(contentsOf: URL(filePath: path))
    let place = try #require(bytes.firstRange(of: Data("MESSAGE=entry 100".utf8)))
    // The type of its object, which has a header of 64 bytes, or of 72 in a compact file.
    let header = try #require([64, 72].first { bytes[place.lowerBound - $0] == 1 })
    bytes[place.lowerBound - header] = 9
    try bytes.write(to: URL(filePath: path))
    #expect(!isRuledOut(try #require(try search(partLength: 1 << 18))))
  }

  @Test("a secret that few of many messages say is in none of the bundle's")
  func bundle() async throws {
    var entries = (0..<20_000).map { number in
      let ids = (0..<10).map { _ in UUID().uuidString }.joined(separator: " ")
      return [("MESSAGE", Array("message \(number) of \(ids)".utf8))]
    }
    entries[10] = [("MESSAGE", Array("it says \(secret) here".utf8))]
    entries[19_000] = [giveaway]
    try bench.makeJournal(entries, spacing: 0.02)
    let search = try #require(try search())
    let (result, text) = try await bench.capture()
    let artifact = try #require(result.manifest.artifact("logs/journal.jsonl"))
    #expect(search.byteCount < artifact.bytes * 2, "the search is not used")
    #expect(artifact.records == entries.count)
    #expect(text.contains("it says [REDACTED:password:") && !text.contains("hunter2"))
  }
}

extension TimeWindow {
  fileprivate static var all: TimeWindow {
    TimeWindow(from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: .max))
  }
}
