import Bundle
import Evidence
import Foundation
import Logging
import Redaction
import Synchronization
import Testing

@testable import Capture

@Suite("A capture")
struct CaptureRunnerTests {
  let bench: CaptureBench

  init() throws {
    bench = try CaptureBench()
  }

  private func lines(_ count: Int) -> ScriptedCollector {
    ScriptedCollector { output, artifact in
      let sink = try output.open(artifact)
      for index in 0..<count {
        try sink.write(
          record: Array("{\"n\":\(index)}\n".utf8), at: Timestamp.noon.adding(seconds: Double(index - count)))
      }
    }
  }

  @Test("makes one bundle that verifies, and leaves no work behind")
  func complete() async throws {
    let result = try await bench.run([lines(100)])
    let record = try #require(result.manifest.artifact("logs/scripted.jsonl"))
    #expect(record.state == .complete)
    #expect(record.records == 100)
    #expect(record.first == Timestamp.noon.adding(seconds: -100))
    #expect(result.manifest.completeness.ratio == 1)
    #expect(result.manifest.gaps.isEmpty)
    #expect(try BundleReader(path: result.bundle.path).manifest() == result.manifest)
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.work).isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.bundles) == [result.bundle.file])
  }

  @Test("is compressed as it is told to be", arguments: Compression.allCases)
  func compression(compression: Compression) async throws {
    var environment = bench.environment([lines(20_000)])
    environment.compression = compression
    let bundle = try await CaptureRunner(environment).run(.sample()) { _ in }.bundle
    #expect(bundle.file.hasSuffix(compression == .zstd ? ".tar.zst" : ".tar.gz"))
    #expect(try BundleVerifier().verify(path: bundle.path).passed)
    var count = 0
    try BundleReader(path: bundle.path).forEachLine(of: "logs/scripted.jsonl") { _ in
      count += 1
      return true
    }
    #expect(count == 20_000)
  }

  @Test("of the same input gives the same bytes")
  func deterministic() async throws {
    let signal = ReceivedSignal(
      source: "generic", phase: .opened, receivedAt: .noon, headers: ["b": "2", "a": "1"], body: "{\"x\": 1}")
    let first = try await bench.run([lines(5000)], request: .sample(signals: [signal]))
    let other = try CaptureBench()
    let again = try await CaptureRunner(
      bench.environment([lines(5000)], bundles: other.bundles, work: other.work)
    ).run(.sample(signals: [signal])) { _ in }
    #expect(first.bundle.sha256 == again.bundle.sha256)
    #expect(
      try Data(contentsOf: URL(filePath: first.bundle.path))
        == Data(contentsOf: URL(filePath: again.bundle.path)))
  }

  @Test("redacts every artifact on its way, whatever the collector wrote")
  func redacts() async throws {
    let secret = (0..<20).map { _ in String(Int.random(in: 0...9)) + "x" }.joined()
    let collector = ScriptedCollector { output, artifact in
      let sink = try output.open(artifact)
      try sink.write(record: Array("{\"MESSAGE\":\"password=\(secret) rest\"}\n".utf8), at: nil)
      output.add(
        TimelineEvent(at: .noon, kind: .deploy, message: "token: --password=\(secret)", source: "test"))
      output.report(
        Gap(
          artifact: artifact.path, cause: .sourceError, detail: "https://user:\(secret)@host/ did not answer")
      )
    }
    let result = try await bench.run([collector])
    #expect(result.manifest.redaction.total > 0)
    let reader = BundleReader(path: result.bundle.path)
    for path in ["logs/scripted.jsonl", "timeline.jsonl", "timeline.md", "evidence.json"] {
      let text = String(decoding: try reader.read(path, limit: 1 << 20), as: UTF8.self)
      #expect(!text.contains(secret), "\(path)")
      #expect(text.contains("[REDACTED:"), "\(path)")
    }
  }

  @Test("keeps a signal's body as it came, and says when bodies were not kept")
  func signals() async throws {
    let kept = ReceivedSignal(
      source: "generic", phase: .opened, receivedAt: .noon, headers: [:], body: "{\"x\":[1,2]}")
    let text = ReceivedSignal(
      source: "generic", phase: .updated, receivedAt: .noon, headers: [:], body: "not JSON")
    let dropped = ReceivedSignal(
      source: "generic", phase: .updated, receivedAt: .noon, headers: [:], body: nil)
    let result = try await bench.run([], request: .sample(signals: [kept, text, dropped]))
    let reader = BundleReader(path: result.bundle.path)
    let first = try reader.read("signals/0001.json", limit: 1 << 20)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(first)) as? [String: Any])
    #expect((object["body"] as? [String: Any])?["x"] as? [Int] == [1, 2])
    let second = try reader.read("signals/0002.json", limit: 1 << 20)
    let other = try #require(try JSONSerialization.jsonObject(with: Data(second)) as? [String: Any])
    #expect(other["text"] as? String == "not JSON")
    #expect(result.manifest.gaps.map(\.artifact) == ["signals"])
  }
}

@Suite("A collector in trouble")
struct CollectorTroubleTests {
  let bench: CaptureBench

  init() throws {
    bench = try CaptureBench()
  }

  private struct Broken: Error, CustomStringConvertible {
    var description: String { "the source is broken" }
  }

  @Test("that fails is a gap, and its neighbours are whole")
  func fails() async throws {
    let failing = ScriptedCollector(name: "failing") { output, artifact in
      let sink = try output.open(artifact)
      try sink.write(record: Array("{}\n".utf8), at: nil)
      throw Broken()
    }
    let fine = ScriptedCollector(name: "fine") { output, artifact in _ = try output.open(artifact) }
    let result = try await bench.run([failing, fine])
    let record = try #require(result.manifest.artifact("logs/failing.jsonl"))
    #expect(record.state == .partial)
    #expect(record.records == 1)
    #expect(record.gaps.map(\.cause) == [.sourceError])
    #expect(record.gaps[0].detail.contains("the source is broken"))
    #expect(result.manifest.artifact("logs/fine.jsonl")?.state == .complete)
    #expect(result.manifest.completeness.incomplete == ["logs/failing.jsonl"])
  }

  @Test("that fails before it began leaves its artifact missing")
  func neverBegins() async throws {
    let result = try await bench.run([ScriptedCollector { _, _ in throw Broken() }])
    let record = try #require(result.manifest.artifact("logs/scripted.jsonl"))
    #expect(record.state == .missing)
    #expect(record.sha256 == nil)
  }

  @Test("that forgets an expected artifact is told so")
  func forgets() async throws {
    let result = try await bench.run([ScriptedCollector { _, _ in }])
    #expect(result.manifest.artifact("logs/scripted.jsonl")?.gaps.map(\.cause) == [.sourceError])
  }

  @Test("that has more than its bytes keeps whole records, and names the budget")
  func budget() async throws {
    let limits = CollectorLimits(seconds: 10, bytes: 1000)
    let result = try await bench.run([
      ScriptedCollector(limits: limits) { output, artifact in
        let sink = try output.open(artifact)
        while true { try sink.write(record: Array("{\"n\":1}\n".utf8), at: nil) }
      }
    ])
    let record = try #require(result.manifest.artifact("logs/scripted.jsonl"))
    #expect(record.gaps.map(\.cause) == [.budget])
    #expect(record.records == 125)
    #expect(record.bytes == 1000)
  }

  @Test("that is slow keeps what it has, and names the time")
  func slow() async throws {
    let limits = CollectorLimits(seconds: 0.2, bytes: 1 << 20)
    let result = try await bench.run([
      ScriptedCollector(limits: limits) { output, artifact in
        let sink = try output.open(artifact)
        try sink.write(record: Array("{}\n".utf8), at: nil)
        while true {
          try output.checkTime()
          Thread.sleep(forTimeInterval: 0.01)
        }
      }
    ])
    let record = try #require(result.manifest.artifact("logs/scripted.jsonl"))
    #expect(record.state == .partial)
    #expect(record.gaps.map(\.cause) == [.timeout])
  }

  @Test("that hangs is left behind, and not started again while it hangs")
  func hangs() async throws {
    let release = DispatchSemaphore(value: 0)
    let starts = Atomic(0)
    let hanging = ScriptedCollector(name: "hanging", limits: CollectorLimits(seconds: 0.1, bytes: 1)) {
      _, _ in
      starts.add(1, ordering: .relaxed)
      release.wait()
    }
    let stuck = StuckCollectors()
    for number in 1...2 {
      var request = CaptureRequest.sample()
      request.sequence = number
      let result = try await bench.run([hanging], request: request, stuck: stuck)
      let record = try #require(result.manifest.artifact("logs/hanging.jsonl"))
      #expect(record.state == .missing)
      #expect(record.gaps.map(\.cause) == [.timeout])
    }
    #expect(starts.load(ordering: .relaxed) == 1)
    release.signal()
  }

  @Test("that has ended can be started again at once")
  func again() async throws {
    let spool = SpoolFolder(path: bench.work + "/spool", compression: .fast)
    try spool.prepare()
    let runner = CollectorRunner(
      window: CaptureRequest.sample().window, freeze: nil, redactor: bench.redactor, spool: spool,
      stuck: StuckCollectors(), logger: Logger(label: "test"))
    let collector = ScriptedCollector { output, artifact in _ = try output.open(artifact) }
    for _ in 0..<500 {
      let outcomes = try await runner.run([collector]) { _ in }
      #expect(outcomes.flatMap(\.artifacts).flatMap(\.record.gaps).isEmpty)
      for artifact in outcomes.flatMap(\.artifacts) { try artifact.spooled?.remove() }
    }
  }

  @Test("reports events up to a limit, and names what was beyond it")
  func events() async throws {
    let result = try await bench.run([
      ScriptedCollector { output, artifact in
        _ = try output.open(artifact)
        for index in 0..<(CollectorOutput.eventLimit + 3) {
          output.add(TimelineEvent(at: .noon, kind: .unitStarted, message: "unit \(index)", source: "test"))
        }
      }
    ])
    #expect(
      result.manifest.gaps.contains { $0.artifact == "timeline.jsonl" && $0.detail.contains(" 3 more") })
  }

  @Test("a stop of the agent ends the capture without a bundle")
  func cancelled() async throws {
    let endless = ScriptedCollector { output, artifact in
      _ = try output.open(artifact)
      while true {
        try output.checkTime()
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
    let bench = bench
    let task = Task { try await bench.run([endless]) }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.bundles).isEmpty)
  }

  @Test("a full disk fails the capture with its cause, and nothing half is seen")
  func diskFull() async throws {
    try #require(getuid() == 0, "needs root to mount a small tmpfs")
    let small = bench.folder + "/small"
    try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
    try #require(mount("tmpfs", small, "tmpfs", 0, "size=256k") == 0)
    defer { umount2(small, Int32(MNT_DETACH)) }
    let noise = ScriptedCollector(limits: CollectorLimits(seconds: 30, bytes: 64 << 20)) { output, artifact in
      let sink = try output.open(artifact)
      for _ in 0..<20_000 {
        let digits = (0..<8).map { _ in String(UInt64.random(in: .min ... .max)) }.joined(separator: " ")
        try sink.write(record: Array("{\"n\":\"\(digits)\"}\n".utf8), at: nil)
      }
    }
    let environment = bench.environment([noise], bundles: small, work: small)
    await #expect { try await CaptureRunner(environment).run(.sample()) { _ in } } throws: { error in
      if case .diskFull = error as? BundleError { true } else { false }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: small).isEmpty)
  }
}
