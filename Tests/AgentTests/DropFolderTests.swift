import Evidence
import Foundation
import Logging
import Storage
import Testing

@testable import Agent

@Suite("The drop folder")
struct DropFolderTests {
  private let bench: APIBench
  private let path: String

  init() throws {
    let bench = try APIBench { configuration, root in configuration.deploys.dropFolder = root + "/drop" }
    self.bench = bench
    path = bench.root + "/drop"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  private var folder: DropFolder {
    let lines = bench.lines
    let logger = Logger(label: "test") { _ in CapturedLogHandler(log: lines) }
    return DropFolder(
      intake: DeployIntake(database: bench.database, settings: bench.settings, metrics: bench.metrics),
      settings: bench.settings, metrics: bench.metrics, audit: bench.audit, logger: logger)
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
  }

  private func names(_ folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path + folder).sorted()
  }

  private var documents: [String] {
    get throws { try bench.database.deployDocuments(before: .now().adding(seconds: 86_400 * 365)) }
  }

  private let deploy = #"{"service":"checkout","version":"1.4.2"}"#

  @Test("takes what is finished, in the order of names, and leaves what is being written")
  func takes() async throws {
    try write(deploy, to: "b.json")
    try write(#"{"service":"cart","version":"1"}"#, to: "a.json")
    for name in ["c.json.tmp", ".d.json", "readme"] { try write(deploy, to: name) }
    let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/deploys/cdevents-service.deployed.json")
    try write(String(contentsOf: fixture, encoding: .utf8), to: "e.json")
    #expect(try await folder.takeAll(DropFolderFiles(path: path)))
    #expect(try names() == [".d.json", "c.json.tmp", "readme"])
    #expect(try documents.count == 3)
    #expect(try documents.allSatisfy { $0.contains("\"source\":\"drop-folder\"") })
    #expect(try documents.contains { $0.contains("mySubject123") })
  }

  @Test("what is no deploy is set aside, with a reason that names the field and quotes nothing")
  func rejects() async throws {
    let secret = "hunter2-" + String(UInt64.random(in: .min ... .max))
    try write(#"{"service":"checkout","outcome":"\#(secret)"}"#, to: "field.json")
    try write(secret, to: "text.json")
    try write(String(repeating: " ", count: (1 << 20) + 1), to: "large.json")
    try FileManager.default.createSymbolicLink(
      atPath: path + "/link.json", withDestinationPath: "/etc/shadow")
    try FileManager.default.createDirectory(atPath: path + "/folder.json", withIntermediateDirectories: true)
    #expect(mkfifo(path + "/fifo.json", 0o600) == 0)
    try write(deploy, to: "z.json")
    #expect(try await folder.takeAll(DropFolderFiles(path: path)))
    #expect(try documents.count == 1)
    #expect(try names() == ["rejected"])
    let reasons = try Dictionary(
      uniqueKeysWithValues: names("/rejected").filter { $0.hasSuffix(".reason") }.map {
        ($0, try String(contentsOfFile: path + "/rejected/" + $0, encoding: .utf8))
      })
    #expect(reasons.count == 6)
    #expect(reasons["field.json.reason"]?.hasPrefix("/version is missing") == true)
    #expect(reasons["text.json.reason"]?.contains("is not JSON") == true)
    #expect(reasons["large.json.reason"]?.contains("signals.max_body") == true)
    #expect(reasons["link.json.reason"]?.contains("symbolic link") == true)
    #expect(!reasons.values.contains { $0.contains(secret) })
    #expect(bench.metrics.text().contains("exhibit_drop_files_rejected_total 6"))
  }

  @Test("a file that was recorded before the agent died is not recorded again")
  func idempotent() async throws {
    try write(deploy, to: "a.json")
    let files = DropFolderFiles(path: path)
    let file = try #require(try files.read("a.json", limit: 1000))
    let intake = DeployIntake(database: bench.database, settings: bench.settings, metrics: bench.metrics)
    _ = try await intake.record(
      .init(
        source: file.source, sender: "drop-folder", body: file.bytes, headers: [:], deliveryID: file.identity)
    )
    #expect(try await folder.takeAll(files))
    #expect(try documents.count == 1 && names().isEmpty)
  }

  @Test("takes a hundred at a time, and keeps the newest hundred of what it set aside")
  func limits() async throws {
    for index in 0..<130 { try write("x", to: "\(1000 + index).json") }
    let files = DropFolderFiles(path: path)
    #expect(try await folder.takeAll(files) == false)
    #expect(try names().filter { $0.hasSuffix(".json") }.count == 30)
    #expect(try await folder.takeAll(files))
    let kept = try names("/rejected").filter { !$0.hasSuffix(".reason") }
    #expect(kept.count == DropFolderFiles.rejectedLimit)
    #expect(try names("/rejected").count == 2 * DropFolderFiles.rejectedLimit)
  }

  @Test("a folder that is not there is an error with its path and what to do")
  func missing() async throws {
    let error = await #expect(throws: DropFolderError.self) {
      try await folder.takeAll(DropFolderFiles(path: path + "/none"))
    }
    #expect(error?.description.contains("/none: opendir: No such file") == true)
  }
}
