import ConfigHistory
import Evidence
import Foundation
import Redaction
import Testing

@testable import Agent
@testable import exhibit

@Suite("The commands of the config history")
struct ConfigHistoryCommandTests {
  private let folder: TemporaryFolder
  private let configuration: String
  private let watched: String

  /// A state folder in which an agent scanned three times: at 1000, 2000 and 3000 seconds.
  init() throws {
    folder = try TemporaryFolder()
    let root = folder.url.path
    watched = "\(root)/etc"
    let state = "\(root)/state"
    for path in [watched, state] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    configuration = try folder.file("exhibit.yaml", Array("state_directory: \(state)\n".utf8))
    let key = try RedactionKey.loadOrCreate(path: StateFolder.redactionKey(in: state))
    let history = try ChangeHistory(
      databasePath: StateFolder.configHistory(in: state), key: key.derived(for: "config history"))
    let redactor = Redactor(rules: .builtIn, key: key)
    let scope = ConfigScope(paths: [watched], secretPaths: ["\(watched)/secret"])
    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: URL(filePath: "\(watched)/\(name)"))
    }
    func scan(_ second: Int64) throws {
      _ = try history.scan(scope, redactor: redactor, at: Timestamp(seconds: second))
    }
    try write("app.conf", "port = 1\nname = \u{1B}[31mx\n")
    try write("secret", "1")
    try scan(1000)
    try write("app.conf", "port = 2\nname = \u{1B}[31mx\n")
    try write("secret", "2")
    try scan(2000)
    try FileManager.default.removeItem(atPath: "\(watched)/app.conf")
    try scan(3000)
  }

  private func run(_ line: String) throws -> (status: Int32, output: String, errors: String) {
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let process = Process()
    process.executableURL = executable.appending(path: "exhibit")
    process.arguments =
      ["config"] + line.split(separator: " ").map(String.init) + ["--config", configuration]
    process.currentDirectoryURL = URL(filePath: watched)
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let problems = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: text, as: UTF8.self),
      String(decoding: problems, as: UTF8.self)
    )
  }

  @Test("lists the versions of a path that is gone, from the folder that it was in")
  func history() throws {
    let run = try run("history app.conf")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n").map { $0.split(separator: "  ").first.map(String.init) }
    #expect(
      lines == [
        "CHANGED", "1970-01-01T00:33:20Z … 1970-01-01T00:50:00Z",
        "1970-01-01T00:16:40Z … 1970-01-01T00:33:20Z", "1970-01-01T00:16:40Z",
      ])
    let json = try self.run("history app.conf --json --limit 1")
    #expect(json.output.contains(#""kind" : "deleted""#))
    #expect(try self.run("history app.conf --limit 1").errors.contains("--limit shows them"))
  }

  @Test("prints a file as it was, byte for byte into a pipe")
  func show() throws {
    let run = try run("show \(watched)/app.conf --at 1970-01-01T00:40:00Z")
    #expect(run.status == 0 && run.output == "port = 2\nname = \u{1B}[31mx\n")
    let listing = try self.run("show . --at 1970-01-01T00:40:00Z")
    #expect(listing.output.contains("app.conf") && listing.output.contains("(secret)"))
  }

  @Test(
    "says why there is nothing to print, with an exit code for it",
    arguments: [
      ("show app.conf --at 1970-01-01T00:10:00Z", 66, "begins after"),
      ("show app.conf", 66, "was not there"),
      ("show secret", 1, "not kept"),
      ("show never", 66, "no scan has seen"),
      ("diff --from 1970-01-01T00:00:00Z never", 66, "no scan has seen"),
      ("history never", 66, "config_history"),
      ("history app.conf --state-directory /nowhere", 66, "No such file"),
    ])
  func failures(line: String, status: Int32, problem: String) throws {
    let run = try run(line)
    #expect(run.status == status && run.errors.contains(problem), "\(run)")
    #expect(run.output.isEmpty && run.errors.split(separator: "\n").count == 1)
  }

  @Test("prints the window's changes, what a patch cannot say first, as a patch that applies")
  func diff() throws {
    let run = try run("diff --from 1970-01-01T00:20:00Z --to 1970-01-01T00:40:00Z --exit-code")
    #expect(run.status == 1)
    #expect(run.output.hasPrefix("# 1970-01-01T00:33:20Z modified \(watched)/app.conf\n"))
    #expect(run.output.contains("its content is not kept (secret)"))
    #expect(run.output.contains("\n-port = 1\n+port = 2\n"))
    let one = try self.run("diff --from 1970-01-01T00:20:00Z --to 1970-01-01T00:40:00Z secret")
    #expect(one.status == 0 && one.output.contains("modified") && !one.output.contains("port"))
    let quiet = try self.run("diff --from 1970-01-01T00:55:00Z --exit-code")
    #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
    let early = try self.run("diff --from 1970-01-01T00:00:00Z --to 1970-01-01T00:40:00Z --json")
    #expect(early.errors.contains("the history begins at 1970-01-01T00:16:40Z"))
    #expect(early.output.contains(#""history_start" : "1970-01-01T00:16:40.000000000Z""#))
  }

  @Test("keeps from a terminal what it would obey, and colours hunks by their marks")
  func terminal() {
    var painter = PatchPainter(colour: true, isTerminal: true)
    let text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- old\u{1B}[2J\n+\tnew\n same\n"
    let painted = String(decoding: painter.painted(Array(text.utf8)), as: UTF8.self)
    #expect(
      painted.split(separator: "\n") == [
        "\u{1B}[1mdiff --git a/x b/x\u{1B}[0m", "\u{1B}[1m--- a/x\u{1B}[0m", "\u{1B}[1m+++ b/x\u{1B}[0m",
        "\u{1B}[36m@@ -1 +1 @@\u{1B}[0m", "\u{1B}[31m--- old\\x1b[2J\u{1B}[0m", "\u{1B}[32m+\tnew\u{1B}[0m",
        " same",
      ])
  }

  @Test(
    "take times that are relative",
    arguments: [("now", 1000.0), ("15m", 100), ("15m ago", 100), ("1s", 999)])
  func times(text: String, seconds: Double) {
    let now = Timestamp(seconds: 1000)
    #expect(TimeArgument(argument: text, now: now)?.timestamp == Timestamp(seconds: Int64(seconds)))
  }

  @Test(
    "resolve paths in the current folder, whether they exist or not",
    arguments: [
      ("/a//b/../c/", "/a/c"), ("x", "/etc/x"), ("./x/.", "/etc/x"), ("../../..", "/"), (".", "/etc"),
    ])
  func paths(text: String, path: String) {
    #expect(PathArgument(argument: text, folder: "/etc")?.path == path)
  }
}
