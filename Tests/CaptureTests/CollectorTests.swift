import Bundle
import Capture
import ConfigHistory
import Deploys
import Evidence
import Foundation
import Redaction
import Testing

@Suite("The collectors")
struct CollectorTests {
  let bench: CaptureBench
  private let limits = CollectorLimits(seconds: 20, bytes: 16 << 20)

  init() throws {
    bench = try CaptureBench()
  }

  private func text(_ path: String, in bundle: SealedBundle) throws -> String {
    String(decoding: try BundleReader(path: bundle.path).read(path, limit: 1 << 24), as: UTF8.self)
  }

  private func window(_ seconds: Double) -> CaptureRequest {
    var request = CaptureRequest.sample()
    let now = Timestamp.now()
    request.window = TimeWindow(from: now.adding(seconds: -seconds), to: now.adding(seconds: 1))
    return request
  }

  @Test("config: tells what changed since the history's last look before the window, as a patch that applies")
  func config() async throws {
    let etc = bench.folder + "/etc"
    try FileManager.default.createDirectory(atPath: etc, withIntermediateDirectories: true)
    let old = (0..<16).map { _ in String(Int.random(in: 0...9)) + "k" }.joined()
    let new = (0..<16).map { _ in String(Int.random(in: 0...9)) + "q" }.joined()
    try Data("workers=4\npassword=\(old)\n".utf8).write(to: URL(filePath: etc + "/app.conf"))
    let history = try ChangeHistory(
      databasePath: bench.folder + "/history.sqlite", key: bench.redactionKey.derived(for: "test"))
    let scope = ConfigScope(paths: [etc])
    _ = try history.scan(scope, redactor: bench.redactor, at: Timestamp.now().adding(seconds: -7200))
    try Data("workers=64\npassword=\(new)\n".utf8).write(to: URL(filePath: etc + "/app.conf"))
    let result = try await bench.run(
      [ConfigCollector(history: history, scope: scope, limits: limits)], request: window(3600))
    #expect(result.manifest.artifact("config/changes.jsonl")?.records == 1)
    #expect(result.manifest.artifact("config/changes.jsonl")?.state == .complete)
    let patch = try text("config/changes.patch", in: result.bundle)
    #expect(patch.contains("-workers=4\n"))
    #expect(patch.contains("+workers=64\n"))
    #expect(!patch.contains(old) && !patch.contains(new))
    let current = try text("config/current\(etc)/app.conf", in: result.bundle)
    #expect(current.hasPrefix("workers=64\npassword=[REDACTED:"))
    #expect(try text("timeline.jsonl", in: result.bundle).contains("app.conf modified"))
  }

  @Test(
    "config: of narrowed paths only what is in them is told, and the scan goes on over the whole scope",
    arguments: [
      ("/a", ["a/x"]), ("/a/", ["a/x"]), ("/ab/y", ["ab/y"]), ("", ["a/x", "ab/y"]), ("/a/x/z", []),
    ])
  func narrowed(path: String, expected: [String]) async throws {
    let etc = bench.folder + "/etc"
    for name in ["a", "ab"] {
      try FileManager.default.createDirectory(atPath: "\(etc)/\(name)", withIntermediateDirectories: true)
    }
    func write(_ text: String) throws {
      for file in ["a/x", "ab/y"] { try Data(text.utf8).write(to: URL(filePath: "\(etc)/\(file)")) }
    }
    let history = try ChangeHistory(
      databasePath: bench.folder + "/history.sqlite", key: bench.redactionKey.derived(for: "test"))
    let scope = ConfigScope(paths: [etc])
    try write("1\n")
    _ = try history.scan(scope, redactor: bench.redactor, at: Timestamp.now().adding(seconds: -7200))
    try write("2\n")
    let result = try await bench.run(
      [ConfigCollector(history: history, scope: scope, paths: [etc + path], limits: limits)],
      request: window(3600))
    let patch = try text("config/changes.patch", in: result.bundle)
    for file in ["a/x", "ab/y"] {
      #expect(patch.contains("etc/\(file)") == expected.contains(file), "\(file) in\n\(patch)")
    }
    #expect(result.manifest.artifact("config/changes.jsonl")?.records == expected.count)
    let all = try history.changes(in: window(3600).window)
    #expect(all.count == 2)
  }

  @Test("config: rows of changes before the fault have their rank and its reasons")
  func ranks() async throws {
    let etc = bench.folder + "/etc"
    try FileManager.default.createDirectory(atPath: etc, withIntermediateDirectories: true)
    let history = try ChangeHistory(
      databasePath: bench.folder + "/history.sqlite", key: bench.redactionKey.derived(for: "test"))
    let scope = ConfigScope(paths: [etc])
    _ = try history.scan(scope, redactor: bench.redactor, at: Timestamp.now().adding(seconds: -7200))
    for number in 0..<300 {
      try Data("value=\(number)\n".utf8).write(to: URL(filePath: "\(etc)/app\(number).conf"))
    }
    var request = window(3600)
    (request.incident.openedAt, request.incident.title) = (Timestamp.now().adding(seconds: 60), "app7 fails")
    let result = try await bench.run(
      [ConfigCollector(history: history, scope: scope, limits: limits)], request: request)
    let record = try #require(result.manifest.artifact("config/changes.jsonl"))
    #expect(record.records == 300 && record.state == .complete)
    let lines = try text("config/changes.jsonl", in: result.bundle).split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.count == 300)
    let ranked = try text("ranked-changes.jsonl", in: result.bundle).split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(ranked.count == 50 && lines.count { $0["rank"] != nil } == 50)
    for change in ranked {
      let reference = try #require(change["ref"] as? String)
      let row = lines[try #require(Int(reference.split(separator: ":").last ?? "")) - 1]
      #expect(
        row["rank"] as? Int == change["rank"] as? Int && row["points"] as? Int == change["points"] as? Int)
      #expect((row["reasons"] as? [[String: Any]])?.isEmpty == false && row["seconds_to_onset"] is Int)
      #expect((change["message"] as? String)?.hasPrefix(row["path"] as? String ?? "?") == true)
    }
    #expect(try BundleVerifier().verify(path: result.bundle.path).passed)
  }

  @Test("config: a history that began within the window is a named gap")
  func youngHistory() async throws {
    let etc = bench.folder + "/etc"
    try FileManager.default.createDirectory(atPath: etc, withIntermediateDirectories: true)
    let history = try ChangeHistory(
      databasePath: bench.folder + "/history.sqlite", key: bench.redactionKey.derived(for: "test"))
    let result = try await bench.run(
      [ConfigCollector(history: history, scope: ConfigScope(paths: [etc]), limits: limits)],
      request: window(60))
    #expect(result.manifest.gaps.map(\.cause).contains(.historyStart))
  }

  @Test("deploys: the ledger's records become CDEvents and events of the timeline")
  func deploys() async throws {
    let record = DeployRecord(
      id: "01J0000000000000000000000B", service: "checkout", version: "1.4.2", previousVersion: "1.4.1",
      finishedAt: Timestamp.noon.adding(seconds: -60), source: "cli", receivedAt: .noon)
    let document = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
    let result = try await bench.run([DeployCollector(limits: limits) { _ in [document] }])
    let line = try text("deploys/deploys.jsonl", in: result.bundle)
    #expect(line.contains("dev.cdevents.service."))
    #expect(try text("timeline.jsonl", in: result.bundle).contains("1.4.1→1.4.2"))
  }

  @Test("packages: what dpkg did in the window, and nothing else")
  func packages() async throws {
    let log = bench.folder + "/dpkg.log"
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
    let now = Date()
    let lines = [
      "\(formatter.string(from: now.addingTimeInterval(-90_000))) install old:amd64 <none> 1.0",
      "\(formatter.string(from: now.addingTimeInterval(-60))) upgrade nginx:amd64 1.22 1.24",
    ]
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: log))
    let collector = PackageCollector(
      aptHistory: bench.folder + "/none.log", dpkgLog: log, limits: limits)
    let result = try await bench.run([collector], request: window(3600))
    let text = try text("deploys/packages.jsonl", in: result.bundle)
    #expect(text.contains("\"nginx\"") && !text.contains("\"old\""))
    #expect(result.manifest.artifact("deploys/packages.jsonl")?.records == 1)
  }

  private func gzip(_ path: String, _ tool: String = "gzip") throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = tool == "zstd" ? [tool, "--rm", "-q", path] : [tool, path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private func dpkgLine(_ package: String, secondsAgo: Double) -> Data {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
    let time = formatter.string(from: Date().addingTimeInterval(-secondsAgo))
    return Data("\(time) install \(package):amd64 <none> 1.0\n".utf8)
  }

  @Test("packages: rotated logs are read, whichever way they are named and compressed")
  func rotated() async throws {
    let log = bench.folder + "/dpkg.log"
    for (suffix, seconds) in [(".1", 120.0), (".2", 240), (".3", 360), ("-20261101", 480), (".4.old", 500)] {
      try dpkgLine("p\(Int(seconds))", secondsAgo: seconds).write(to: URL(filePath: log + suffix))
    }
    try gzip(log + ".2")
    try gzip(log + ".3", "zstd")
    try gzip(log + "-20261101")
    let collector = PackageCollector(aptHistory: bench.folder + "/none.log", dpkgLog: log, limits: limits)
    let result = try await bench.run([collector], request: window(3600))
    let lines = try text("deploys/packages.jsonl", in: result.bundle).split(separator: "\n")
    #expect(lines.count == 4)
    for (line, name) in zip(lines, ["p480", "p360", "p240", "p120"]) { #expect(line.contains("\"\(name)\"")) }
    #expect(result.manifest.artifact("deploys/packages.jsonl")?.state == .complete)
  }

  @Test(
    "packages: a rotated log that cannot be read is a gap up to when it was written, and the rest is there")
  func damagedRotated() async throws {
    let log = bench.folder + "/dpkg.log"
    try dpkgLine("now", secondsAgo: 60).write(to: URL(filePath: log))
    try Data([0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]).write(to: URL(filePath: log + ".1.gz"))
    try Data("x".utf8).write(to: URL(filePath: log + ".2.xz"))
    let collector = PackageCollector(aptHistory: bench.folder + "/none.log", dpkgLog: log, limits: limits)
    let result = try await bench.run([collector], request: window(3600))
    let artifact = try #require(result.manifest.artifact("deploys/packages.jsonl"))
    #expect(artifact.records == 1 && artifact.state == .partial)
    #expect(artifact.gaps.map(\.cause) == [.sourceError, .sourceError])
    #expect(artifact.gaps.allSatisfy { $0.to != nil && $0.from != nil })
    #expect(artifact.gaps.contains { $0.detail.contains("let logrotate compress with gzip") })
  }

  @Test("packages: a host without any package log, and a FIFO in its place, are gaps and no hang")
  func noLogs() async throws {
    let fifo = bench.folder + "/dpkg.log"
    #expect(mkfifo(fifo, 0o600) == 0)
    let collector = PackageCollector(aptHistory: bench.folder + "/none", dpkgLog: fifo, limits: limits)
    let result = try await bench.run([collector], request: window(3600))
    #expect(result.manifest.artifact("deploys/packages.jsonl")?.gaps.map(\.cause) == [.sourceError])
  }
}
