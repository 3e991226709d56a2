import Evidence
import Foundation
import Testing

@testable import Bundle

@Suite struct BundleVerifierTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func failures(_ report: VerificationReport) -> Set<VerificationReport.CheckName> {
    Set(report.checks.filter { !$0.passed }.map(\.name))
  }

  @Test("a sealed bundle passes every check, and says whose seal it is")
  func passes() throws {
    let sample = Sample()
    let bundle = try sample.seal(in: folder)
    let open = try BundleVerifier().verify(path: bundle.path)
    #expect(open.passed && open.problems == [])
    #expect(open.checks.map(\.name) == VerificationReport.CheckName.allCases)
    let signer = sample.key.publicKey.fingerprint
    #expect(
      open.checks.contains {
        $0.detail == "signature valid, signer \(signer) not checked against a trusted key"
      })
    #expect(open.facts.sha256 == bundle.sha256 && open.facts.files == 5 && open.facts.signer == signer)
    let trust = TrustedSigners(key: sample.key.publicKey, principal: "web-1")
    let trusted = try BundleVerifier(trust: trust).verify(path: bundle.path)
    #expect(trusted.passed && trusted.facts.principal == "web-1")
  }

  @Test("a valid seal of a key that is not trusted fails")
  func untrusted() throws {
    let bundle = try Sample().seal(in: folder)
    let trust = TrustedSigners(key: SealingKey.generate(comment: "").publicKey, principal: "other")
    let report = try BundleVerifier(trust: trust).verify(path: bundle.path)
    #expect(failures(report) == [.signature])
  }

  @Test("changing any one byte makes it fail, with a place", arguments: [Compression.fast, .zstd])
  func everyByte(compression: Compression) throws {
    var sample = Sample()
    sample.compression = compression
    sample.files = [("logs/a.jsonl", "{\"MESSAGE\":\"x\"}\n")]
    let bundle = try sample.seal(in: folder)
    let file = try bytes(of: bundle.path)
    let verifier = BundleVerifier(trust: TrustedSigners(key: sample.key.publicKey, principal: "p"))
    let path = folder.file("changed")
    var generator = SystemRandomNumberGenerator()
    var named = 0
    for index in file.indices {
      var changed = file
      changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      try write(changed, to: path)
      let report = try verifier.verify(path: path)
      #expect(!report.passed, "byte \(index)")
      #expect(!report.problems.isEmpty && report.problems.allSatisfy { !$0.place.isEmpty }, "byte \(index)")
      if report.problems.contains(where: { $0.place.contains("data/") || $0.place.contains(".txt") }) {
        named += 1
      }
    }
    // Only the fixed bytes of the container belong to no file.
    #expect(named > file.count / 2)
  }

  @Test("cut off anywhere, or with a byte more, it fails", arguments: [Compression.fast, .zstd])
  func everyLength(compression: Compression) throws {
    var sample = Sample()
    sample.compression = compression
    let bundle = try sample.seal(in: folder)
    let file = try bytes(of: bundle.path)
    let path = folder.file("cut")
    for content in stride(from: 0, to: file.count, by: 7).map({ Array(file.prefix($0)) }) + [
      file + [0], [0] + file,
    ] {
      try write(content, to: path)
      let report = try BundleVerifier().verify(path: path)
      #expect(!report.passed && report.problems.allSatisfy { !$0.place.isEmpty })
    }
  }

  @Test(
    "a bundle that was packed anew by tar fails for its container and headers only",
    .enabled(if: hasTool("tar"), "needs tar"))
  func packedAnew() throws {
    let bundle = try Sample().seal(in: folder)
    _ = try run("tar", ["-xzf", bundle.path], in: folder.path)
    let again = folder.file("again.tar.gz")
    let packed = try run("tar", ["--format=ustar", "-czf", again, bundle.name.folder], in: folder.path)
    #expect(packed.status == 0)
    let failed = failures(try BundleVerifier().verify(path: again))
    #expect(failed.isSuperset(of: [.container, .headers]))
    #expect(failed.isDisjoint(with: [.completeness, .checksums, .signature, .evidence]))
  }

  @Test("a damaged file is named", .enabled(if: hasTool("tar"), "needs tar"))
  func damagedFile() throws {
    let bundle = try Sample().seal(in: folder)
    _ = try run("tar", ["-xzf", bundle.path], in: folder.path)
    try write(
      bytes("127.0.0.1 elsewhere\n"), to: folder.file("\(bundle.name.folder)/data/config/current/etc/hosts"))
    try write(bytes("new"), to: folder.file("\(bundle.name.folder)/data/extra"))
    try FileManager.default.removeItem(
      atPath: folder.file("\(bundle.name.folder)/data/deploys/packages.jsonl"))
    _ = try run("tar", ["-czf", folder.file("again.tar.gz"), bundle.name.folder], in: folder.path)
    let problems = try BundleVerifier().verify(path: folder.file("again.tar.gz")).problems
    func has(_ check: VerificationReport.CheckName, _ place: String) -> Bool {
      problems.contains { $0.check == check && $0.place == place }
    }
    #expect(has(.checksums, "data/config/current/etc/hosts"))
    #expect(has(.completeness, "data/extra") && has(.evidence, "data/extra"))
    #expect(
      has(.completeness, "data/deploys/packages.jsonl") && has(.evidence, "data/deploys/packages.jsonl"))
  }

  @Test("a secret that was left in is found by file and line, and not shown")
  func secret() throws {
    var generator = SystemRandomNumberGenerator()
    let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789")
    let secret = String((0..<24).map { _ in letters.randomElement(using: &generator) ?? "a" })
    var sample = Sample()
    sample.files.append(("logs/app.log", "fine\n" + "pass" + "word=\(secret)\n"))
    let report = try BundleVerifier().verify(path: try sample.seal(in: folder).path)
    #expect(report.problems.map(\.place) == ["data/logs/app.log:2"])
    #expect(failures(report) == [.redaction])
    #expect(!(try json(report)).contains(secret))
  }

  @Test("evidence.json that is not true of the files fails", arguments: 0..<7)
  func untrueEvidence(index: Int) throws {
    let amendments: [(inout EvidenceManifest) -> Void] = [
      { $0.artifacts[0].bytes += 1 },
      { $0.artifacts[0].sha256 = String(repeating: "0", count: 64) },
      { $0.artifacts.removeLast() },
      { $0.artifacts[1].records = 17 },
      { $0.completeness.complete -= 1 },
      { $0.format = 2 },
      { $0.incident = "INC-2" },
    ]
    var sample = Sample()
    sample.amend = amendments[index]
    let report = try BundleVerifier().verify(path: try sample.seal(in: folder).path)
    #expect(failures(report) == [.evidence])
  }

  @Test("a missing artifact that is described as missing is no fault")
  func describedGap() throws {
    var sample = Sample()
    sample.amend = { manifest in
      manifest.artifacts.append(
        ArtifactRecord(path: "logs/x", kind: .journal, mediaType: "text/plain", state: .missing))
      manifest.completeness = Completeness(of: manifest.artifacts)
    }
    let report = try BundleVerifier().verify(path: try sample.seal(in: folder).path)
    #expect(report.passed && report.facts.completeness?.incomplete == ["logs/x"])
  }

  @Test(
    "documents that are not what their name says fail by file and line",
    arguments: [
      ("logs/journal.jsonl", "{}\n[]\n", "data/logs/journal.jsonl:2"),
      ("logs/journal.jsonl", "{}\n{\n", "data/logs/journal.jsonl:2"),
      ("signals/0001.json", "{]", "data/signals/0001.json"),
      ("timeline.jsonl", "{\"message\":\"m\"}\n", "data/timeline.jsonl:1"),
    ])
  func documents(path: String, body: String, place: String) throws {
    var sample = Sample()
    sample.files = [(path, body)]
    let report = try BundleVerifier().verify(path: try sample.seal(in: folder).path)
    #expect(report.problems.map(\.place) == [place])
    #expect(failures(report) == [.documents])
  }

  @Test("an unreadable file is an error, not a report")
  func unreadable() {
    #expect(throws: BundleError.system(call: "open", path: "/nonexistent", errno: ENOENT)) {
      try BundleVerifier().verify(path: "/nonexistent")
    }
  }
}
