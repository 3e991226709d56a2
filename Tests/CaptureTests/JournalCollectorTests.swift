import Bundle
import Capture
import Evidence
import Foundation
import Journal
import Redaction
import Testing

@Suite("The journal collector", .enabled(if: canMakeJournals, "needs systemd-journal-remote"))
struct JournalCollectorTests {
  let bench: CaptureBench

  init() throws {
    bench = try CaptureBench()
  }

  @Test("has what journald deleted between the signal and the capture, and says how it was kept")
  func frozen() async throws {
    try bench.makeJournal((0..<50).map { [("MESSAGE", Array("entry \($0)".utf8))] })
    let freezer = JournalFreezer(
      directory: bench.folder + "/journal", helper: "/nonexistent", state: bench.folder + "/freezes",
      clock: { .noon })
    var request = CaptureRequest.sample()
    let limits = JournalFreezer.Limits(
      syncTimeout: .seconds(1), pinnedBytes: .max, copiedBytes: 0, diskFloor: 0)
    request.freeze =
      freezer.freeze(
        [.init(captureID: request.id, from: request.window.from)], limits: limits
      ).first
    try FileManager.default.removeItem(atPath: bench.folder + "/journal/system.journal")
    let (result, text) = try await bench.capture(request, fields: .all)
    #expect(text.split(separator: "\n").count == 50)
    let bytes = try BundleReader(path: result.bundle.path).read("evidence.json", limit: 1 << 20)
    let manifest = try JSONDecoder().decode(EvidenceManifest.self, from: Data(bytes))
    let freeze = try #require(manifest.journalFreeze)
    #expect(freeze == result.manifest.journalFreeze)
    #expect(freeze.takenAt == .noon && freeze.sync == "absent" && freeze.notes == [])
    #expect(freeze.linked == 1 && freeze.reflinked == 0 && freeze.copied == 0 && freeze.unpinned == 0)
    #expect(try freezer.release(request.id).heldBytes > 0)
  }

  @Test("takes a unit's failure into the timeline, with the line that says so")
  func events() async throws {
    try bench.makeJournal([
      [("MESSAGE", Array("hello".utf8))],
      [
        ("MESSAGE", Array("checkout.service: Failed with result 'exit-code'.".utf8)),
        ("_PID", Array("1".utf8)),
        ("MESSAGE_ID", Array("d9b373ed55a64feb8242e02dbe79a49c".utf8)),
        ("UNIT", Array("checkout.service".utf8)),
        ("UNIT_RESULT", Array("exit-code".utf8)),
      ],
    ])
    let (result, text) = try await bench.capture()
    // The boot is what both entries share.
    #expect(text.split(separator: "\n").count == 3)
    #expect(result.manifest.artifact("logs/journal.jsonl")?.records == 2)
    let timeline = try BundleReader(path: result.bundle.path).read("timeline.jsonl", limit: 1 << 20)
    let lines = String(decoding: timeline, as: UTF8.self).split(separator: "\n")
    let failure = try #require(lines.first { $0.contains("unit.failed") })
    #expect(failure.contains("logs/journal.jsonl:3"))
  }

  @Test(
    "finds a secret in a message that rendering would hide as numbers, and one whose field's name says so")
  func hiddenSecrets() async throws {
    let secret = (0..<16).map { _ in String(Int.random(in: 0...9)) + "z" }.joined()
    try bench.makeJournal([
      [("MESSAGE", Array("\u{1B}[31mpassword=\(secret)\u{1B}[0m".utf8))],
      [("MESSAGE", Array("ok".utf8)), ("DB_PASSWORD", Array(secret.utf8) + [0x1B])],
    ])
    let (_, text) = try await bench.capture()
    let numbers = secret.utf8.map { String($0) }.joined(separator: ",")
    #expect(!text.contains(secret))
    #expect(!text.contains(numbers))
  }

  @Test("finds a private key that was logged line by line, and not the lines of another stream between them")
  func keyLineByLine() async throws {
    let body = (0..<4).map { _ in
      Data((0..<48).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    }
    let marker = "PRIVATE " + "KEY-----"
    let key = ["-----BEGIN \(marker)"] + body + ["-----END \(marker)"]
    var entries: [[(String, [UInt8])]] = []
    for line in key {
      entries.append([("_PID", Array("10".utf8)), ("MESSAGE", Array(line.utf8))])
      entries.append([("_PID", Array("11".utf8)), ("MESSAGE", Array("between the lines".utf8))])
    }
    entries.append([("_PID", Array("10".utf8)), ("MESSAGE", Array("after the key".utf8))])
    try bench.makeJournal(entries)
    let (_, text) = try await bench.capture()
    for line in body {
      #expect(!text.contains(line))
      #expect(!text.contains(line.replacing("/", with: "\\/")))
    }
    #expect(text.components(separatedBy: "between the lines").count == key.count + 1)
    #expect(text.contains("after the key"))
  }
}
