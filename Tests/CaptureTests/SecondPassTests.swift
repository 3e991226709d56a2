import Bundle
import Evidence
import Foundation
import Redaction
import Testing

@testable import Capture

@Suite("The second pass over a bundle")
struct SecondPassTests {
  let bench: CaptureBench

  init() throws {
    bench = try CaptureBench()
  }

  /// Two collectors: one writes texts without a context, and is done before the other one gives the secrets away.
  private func collectors(
    _ secrets: [String], planted: @escaping @Sendable (CollectorOutput, ExpectedArtifact) throws -> Void
  ) -> [any Collector] {
    let isDone = DispatchSemaphore(value: 0)
    let bare = ScriptedCollector(name: "bare") { output, artifact in
      defer { isDone.signal() }
      try planted(output, artifact)
    }
    let telling = ScriptedCollector(name: "telling") { output, artifact in
      isDone.wait()
      let sink = try output.open(artifact)
      for secret in secrets {
        try sink.write(record: Array("{\"password\":\(secret.jsonQuoted)}\n".utf8), at: nil)
      }
    }
    return [bare, telling]
  }

  /// Everything of a bundle: names and contents.
  private func everything(in bundle: SealedBundle) throws -> [(name: String, text: String)] {
    var files: [(name: String, text: String)] = []
    try BundleReader(path: bundle.path).forEachEntry { entry, archive in
      files.append((entry.path, String(decoding: try archive.readAll(limit: 1 << 26), as: UTF8.self)))
      return true
    }
    return files
  }

  private func expectNothing(of secrets: [String], in bundle: SealedBundle) throws {
    for (name, text) in try everything(in: bundle) {
      for secret in secrets {
        for form in secret.passedOnForms {
          #expect(!text.contains(form), "\(name) holds \(form)")
          #expect(!name.contains(form), "\(name)")
        }
        #expect(!name.contains(secret.filter { $0.isLetter || $0.isNumber }))
      }
    }
    let report = try BundleVerifier().verify(path: bundle.path)
    #expect(report.passed, "\(report.problems)")
  }

  @Test(
    "a secret that one artifact gives away is in no other one, in no form and in no name", arguments: 0..<10)
  func property(round: Int) async throws {
    let secrets = (0..<Int.random(in: 1...6)).map { _ in makeSecret() }
    let signal = ReceivedSignal(
      source: "generic", phase: .opened, receivedAt: .noon, headers: ["x-note": secrets[0]],
      body: "{\"text\": \(("see " + secrets[0]).jsonQuoted)}")
    let collectors = collectors(secrets) { output, artifact in
      let sink = try output.open(artifact)
      for secret in secrets {
        for form in secret.passedOnForms {
          let filler = String(repeating: "some words ", count: Int.random(in: 0...2000))
          try sink.write(record: Array("{\"m\":\((filler + form).jsonQuoted)}\n".utf8), at: nil)
        }
        output.add(
          TimelineEvent(at: .noon, kind: .deploy, message: "deployed with \(secret)", source: "test"))
        output.report(Gap(artifact: artifact.path, cause: .sourceError, detail: "asked for \(secret)"))
        let path = try PayloadPath(hostPath: Array("/etc/\(secret)/a b.conf".utf8), under: "config/current")
        let file = try output.open(ExpectedArtifact(path: path.text, kind: .config, mediaType: "text/plain"))
        try file.write(bytes: Array("a b \(secret)\n".utf8))
      }
    }
    var environment = bench.environment(collectors)
    environment.compression = round % 2 == 0 ? .fast : .zstd
    let result = try await CaptureRunner(environment).run(.sample(signals: [signal])) { _ in }
    try expectNothing(of: secrets, in: result.bundle)
    #expect(
      result.manifest.artifacts.contains { $0.path.hasPrefix("config/current/etc/+REDACTED,password,") })
    #expect(result.manifest.redaction.total > secrets.count * 6)
  }

  @Test(
    "what a secret in a message gives away is in no other message of the journal",
    .enabled(if: canMakeJournals))
  func journal() async throws {
    let secrets = (0..<4).map { _ in makeSecret() }
    var entries = secrets.flatMap { secret in
      secret.passedOnForms.map { [("MESSAGE", Array("it says \($0) here".utf8))] }
    }
    entries += secrets.map { [("MESSAGE", Array("{\"password\":\($0.jsonQuoted)}".utf8))] }
    try bench.makeJournal(entries)
    let (result, text) = try await bench.capture()
    #expect(text.contains("it says [REDACTED:password:"))
    #expect(result.manifest.artifact("logs/journal.jsonl")?.records == entries.count)
    try expectNothing(of: secrets, in: result.bundle)
  }

  @Test("what the host found before is taken out while the journal is read", .enabled(if: canMakeJournals))
  func remembered() async throws {
    let secret = makeSecret()
    // As an array of numbers the journal's JSON would hide it from any later look.
    try bench.makeJournal([[("MESSAGE", Array("it says \u{1B}[1m\(secret)\u{1B}[0m".utf8))]])
    let memory = FoundSecrets(known: [], key: bench.redactionKey, after: nil)
    _ = bench.redactor.collecting(into: memory).redact("{\"password\":\(secret.jsonQuoted)}")
    var profile = JournalProfile()
    profile.directory = bench.folder + "/journal"
    let limits = CollectorLimits(seconds: 30, bytes: 1 << 20)
    var environment = bench.environment([JournalCollector(profile, limits: limits)])
    environment.redactor = bench.redactor.collecting(into: memory)
    let result = try await CaptureRunner(environment).run(.sample()) { _ in }
    let text = String(
      decoding: try BundleReader(path: result.bundle.path).read("logs/journal.jsonl", limit: 1 << 20),
      as: UTF8.self)
    let numbers = secret.utf8.map(String.init).joined(separator: ",")
    #expect(!text.contains(numbers) && !text.contains(secret))
  }

  @Test("allowances for a unit hold for its entries alone", .enabled(if: canMakeJournals))
  func units() async throws {
    let secret = makeSecret().filter { $0.isLetter || $0.isNumber }
    try bench.makeJournal(
      ["demo@1.service", "other.service", "demo@2.service"].enumerated().map { index, unit in
        // Each a secret of its own: what is taken out in one place is in all.
        [("MESSAGE", Array("password=\(secret)\(index)".utf8)), ("_SYSTEMD_UNIT", Array(unit.utf8))]
      })
    let rules = try RuleSet.builtIn.allowing([Allowance(rules: ["password"], units: ["demo@*.service"])])
    var profile = JournalProfile()
    profile.directory = bench.folder + "/journal"
    let limits = CollectorLimits(seconds: 30, bytes: 1 << 20)
    var environment = bench.environment([JournalCollector(profile, limits: limits)])
    environment.redactor = Redactor(rules: rules, key: bench.redactionKey)
    let result = try await CaptureRunner(environment).run(.sample()) { _ in }
    var messages: [String] = []
    try BundleReader(path: result.bundle.path).forEachLine(of: "logs/journal.jsonl") { line in
      let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
      if let message = object?["MESSAGE"] as? String { messages.append(message) }
      return true
    }
    #expect(messages.count == 3)
    #expect(messages.first == "password=\(secret)0" && messages.last == "password=\(secret)2")
    #expect(messages.dropFirst().first?.hasPrefix("password=[REDACTED:password:") == true)
  }

  @Test(
    "a secret across two segments is taken out, and the rest stays as it is", arguments: Compression.allCases)
  func seams(compression: Compression) throws {
    let found = FoundSecrets()
    let secret = makeSecret().filter { $0.isLetter || $0.isNumber }
    let redactor = bench.redactor.collecting(into: found)
    let spool = SpoolFolder(path: bench.work + "/spool", compression: compression)
    try spool.prepare()
    let line = String(repeating: "x", count: 63) + "\n"
    for (number, shift) in [1, 5, secret.utf8.count - 1].enumerated() {
      var text = String(repeating: line, count: (1 << 20) / 64)
      // The last line ends with the first bytes of the secret, where the first segment ends.
      text.removeLast(64)
      text +=
        String(repeating: "y", count: 64 - shift) + secret + "\n" + String(repeating: line, count: 40_000)
      let artifact = ExpectedArtifact(path: "logs/\(number).txt", kind: .journal, mediaType: "text/plain")
      let sink = ArtifactSink(
        artifact, writer: try spool.makeWriter(path: artifact.path), redactor: bench.redactor,
        budget: Budget(CollectorLimits(seconds: 60, bytes: 1 << 24), stop: StopFlag()))
      try sink.write(bytes: Array(text.utf8))
      let spooled = try #require(try sink.finish(gaps: []).spooled)
      if number == 0 {
        let early = try spooled.swept(for: found, spoolFolder: spool.path, compression: compression)
        #expect(early == nil)
      }
      let token = redactor.redact("password=\(secret)").text.dropFirst("password=".count)
      let swept = try #require(
        try spooled.swept(for: found, spoolFolder: spool.path, compression: compression))
      #expect(swept.counts.byRule == ["password": 1])
      // Written at once it is the same.
      var writer = try spool.makeWriter(path: artifact.path)
      try writer.write(bench.redactor.redact(text.replacing(secret, with: token)))
      let expected = try writer.finish()
      #expect(swept.artifact.sha256 == expected.sha256 && swept.artifact.bytes == expected.bytes)
      #expect(swept.artifact.crc32 == expected.crc32)
      let again = try swept.artifact.swept(for: found, spoolFolder: spool.path, compression: compression)
      #expect(again == nil)
    }
  }

  @Test("ids of the incident and the host stay, whatever is logged as a secret")
  func identifiers() async throws {
    let incident = "INC-4711-checkout9"
    let collectors = collectors([incident]) { output, artifact in
      try output.open(artifact).write(record: Array("{\"m\":\"about \(incident)\"}\n".utf8), at: nil)
    }
    let result = try await CaptureRunner(bench.environment(collectors)).run(.sample(incident: incident)) {
      _ in
    }
    let text = try everything(in: result.bundle).first { $0.name == "data/logs/bare.jsonl" }?.text
    #expect(text == "{\"m\":\"about \(incident)\"}\n")
    #expect(try BundleVerifier().verify(path: result.bundle.path).passed)
  }

  @Test("more secrets than it can look for are a gap")
  func limit() async throws {
    let secrets = (0..<50).map { _ in makeSecret() }
    var environment = bench.environment(
      collectors(secrets) { output, artifact in _ = try output.open(artifact) })
    environment.secretLimit = 40
    let result = try await CaptureRunner(environment).run(.sample()) { _ in }
    #expect(result.manifest.gaps.map(\.cause) == [.redactionFailed])
    #expect(result.manifest.gaps.first?.artifact == "redaction.json")
  }

  @Test("an artifact that cannot be read again is left out, with a gap")
  func damaged() throws {
    let found = FoundSecrets()
    let spool = SpoolFolder(path: bench.work + "/spool", compression: .fast)
    try spool.prepare()
    let budget = Budget(CollectorLimits(seconds: 10, bytes: 1 << 20), stop: StopFlag())
    let artifact = ExpectedArtifact(path: "logs/a.txt", kind: .journal, mediaType: "text/plain")
    let sink = ArtifactSink(
      artifact, writer: try spool.makeWriter(path: artifact.path),
      redactor: bench.redactor.collecting(into: found),
      budget: budget)
    try sink.write(bytes: Array(repeating: UInt8(ascii: "x"), count: 100_000))
    let collected = try sink.finish(gaps: [])
    _ = bench.redactor.collecting(into: found).redact("{\"password\":\(makeSecret().jsonQuoted)}")
    let file = try #require(collected.spooled?.spoolFile)
    try Data(Data(contentsOf: URL(filePath: file)).prefix(20)).write(to: URL(filePath: file))
    let swept = try FinalSweep(found: found, spool: spool).apply(to: [collected])
    #expect(swept.map(\.record.state) == [.missing])
    #expect(swept.flatMap(\.record.gaps).map(\.cause) == [.redactionFailed])
    #expect(swept[0].spooled == nil && !FileManager.default.fileExists(atPath: file))
  }
}

/// A random secret that no rule mistakes for a word, with marks that encodings change.
private func makeSecret() -> String {
  let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789")
  func text(_ count: Int) -> String { String((0..<count).map { _ in letters.randomElement() ?? "x" }) }
  return "Zq7" + text(.random(in: 6...20)) + (["", "/", "+", "%", "\""].randomElement() ?? "")
    + text(.random(in: 4...9))
}

extension String {
  var jsonQuoted: String {
    String(decoding: (try? JSONEncoder().encode(self)) ?? Data(), as: UTF8.self)
  }

  /// As it is, percent-encoded, escaped for JSON, and what base64 makes of it at its three alignments.
  fileprivate var passedOnForms: [String] {
    let percent = addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? self
    let base64 = (0..<3).map { alignment in
      let text = Data((String(repeating: "-", count: alignment) + self).utf8).base64EncodedString()
      let digits = text.prefix { $0 != "=" }
      return String(digits.dropFirst([0, 2, 3][alignment]).dropLast(text.hasSuffix("=") ? 1 : 0))
    }
    return Array(Set([self, percent, String(jsonQuoted.dropFirst().dropLast())] + base64))
  }
}
