import Foundation
import Testing

@testable import Redaction

@Suite("The tokens that stand for secrets")
struct RedactedTokenTests {
  @Test("the same secret is the same token wherever it stands, another secret or key is another")
  func codes() throws {
    let secret = makeSecret()
    func code(_ text: String, _ redactor: Redactor = testRedactor) throws -> Substring {
      let match = try #require(
        redactor.redact(text).text.firstMatch(of: /\[REDACTED:[a-z0-9-]+:([a-z2-7]{8,})\]/))
      return match.1
    }
    let expected = try code("password=\(secret)")
    for text in [
      "{\"token\": \"\(secret)\"}", "postgres://u:\(secret)@h", "Authorization: Bearer \(secret)",
      "mysql -p\(secret)",
    ] {
      #expect(try code(text) == expected)
    }
    #expect(try code("password=\(makeSecret())") != expected)
    let other = Redactor(rules: .builtIn, key: .random())
    #expect(try code("password=\(secret)", other) != expected)
  }

  @Test("the code is the base 32 of the HMAC that RFC 4231 gives")
  func knownVector() {
    // RFC 4231, test case 2: HMAC-SHA-256 of "what do ya want for nothing?" under "Jefe" begins 5bdcc146bf.
    let redactor = Redactor(rules: .builtIn, key: RedactionKey(bytes: Array("Jefe".utf8)))
    let output = redactor.redact("password: \"what do ya want for nothing?\"").text
    #expect(output == "password: \"[REDACTED:password:lpomcrv7]\"")
  }

  @Test("a bundle's own lines survive: journal entries stay JSON and keep every other field")
  func journalEntries() throws {
    let secret = makeSecret()
    let entry: [String: String] = [
      "__CURSOR": "s=\(randomText(hexDigits, 32));i=1f;b=\(randomText(hexDigits, 32));m=1;t=2;x=3",
      "_PID": "12",
      "_BOOT_ID": randomText(hexDigits, 32),
      "MESSAGE": "login \"password\": \"\(secret)\" failed\nretry password=\(secret)\tdone",
      "_CMDLINE": "mysql -p\(secret) -h db", "_AUDIT_SESSION": "4711", "SESSION_ID": "c1",
    ]
    let line = try JSONSerialization.data(withJSONObject: entry, options: [.sortedKeys])
    let output = redact(String(decoding: line, as: UTF8.self))
    let decoded = try JSONDecoder().decode([String: String].self, from: Data(output.utf8))
    #expect(!leaks(of: secret, in: output))
    #expect(decoded["MESSAGE"]?.hasSuffix("\tdone") == true)
    for name in ["__CURSOR", "_PID", "_BOOT_ID", "_AUDIT_SESSION", "SESSION_ID"] {
      #expect(decoded[name] == entry[name])
    }
  }

  static let hasGit = FileManager.default.isExecutableFile(atPath: "/usr/bin/git")

  @Test("a redacted diff still applies to the redacted file", .enabled(if: hasGit, "needs git"))
  func diffApplies() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "redaction-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let key = makePrivateKey()
    let head = ["user: bob", "password: \(makeSecret())", "key: |"] + key.map { "  \($0)" }
    let old = (head + ["tail: 1", "port: 80"]).joined(separator: "\n") + "\n"
    let new = (["host: x"] + head + ["token: \(makeSecret())", "tail: 2"]).joined(separator: "\n") + "\n"
    try Data(old.utf8).write(to: folder.appendingPathComponent("old"))
    try Data(new.utf8).write(to: folder.appendingPathComponent("new"))
    let patch = try run(["diff", "--no-index", "-U99", "old", "new"], in: folder)
    let file = "old\n"
    #expect(patch.contains(file.dropLast()))
    let patchText = patch.replacing("b/new", with: "b/old")
    try Data(redact(patchText).utf8).write(to: folder.appendingPathComponent("patch"))
    try Data(redact(old).utf8).write(to: folder.appendingPathComponent("old"))
    _ = try run(["apply", "patch"], in: folder)
    #expect(try String(contentsOf: folder.appendingPathComponent("old"), encoding: .utf8) == redact(new))
  }

  private func run(_ arguments: [String], in folder: URL) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/git")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == (arguments[0] == "diff" ? 1 : 0), "git \(arguments)")
    return String(decoding: data, as: UTF8.self)
  }
}
