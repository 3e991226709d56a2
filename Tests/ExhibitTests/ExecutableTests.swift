import Bundle
import Evidence
import Foundation
import Testing

@testable import exhibit

/// What a run of the executable left.
private struct Run {
  var status: Int32
  var output: String
  var errors: String
}

@Suite("The executable", .enabled(if: FakeAgent.isAvailable, "needs python3"))
struct ExecutableTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Runs a shell command line in the folder, where `exhibit` is the executable that was built with the
  /// tests.
  private func shell(_ command: String, agent: AgentEndpoint? = nil) async throws -> Run {
    let id = UUID().uuidString
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    process.arguments = ["-c", "set -o pipefail; PATH=\(executable.path):$PATH; \(command)"]
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["EXHIBIT_SERVER": agent?.description ?? "http://127.0.0.1:1"], uniquingKeysWith: { $1 })
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (try folder.file("out-\(id)", []), try folder.file("err-\(id)", []))
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return Run(
      status: status, output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  @Test("explains a saved message without an agent")
  func signals() async throws {
    let body = try folder.file("body.json", Array(#"{"incident_id":"INC-7","severity":"page"}"#.utf8))
    let config = try folder.file(
      "exhibit.yaml", Array("signals: {rules: [{name: pages, match: [severity = page], window: 2h}]}".utf8))
    let options = "--source generic --config \(config)"
    let told = try await shell("exhibit signals explain \(options) - < \(body)")
    #expect(told.status == 0 && told.output.contains("INC-7") && told.output.contains("pages"), "\(told)")
    let json = try await shell("exhibit signals explain \(options) --json \(body) | python3 -m json.tool")
    #expect(json.status == 0 && json.output.contains("\"window_seconds\": 7200"), "\(json)")
    let list = try await shell("exhibit signals list --config \(config)")
    #expect(list.status == 0 && list.output.contains("/v1/signals/pagerduty"), "\(list)")
    for (arguments, status, message) in [
      ("--source nagios \(body)", 64, "known: alertmanager"),
      ("--source jira \(body)", 1, "/webhookEvent is missing"),
      ("--source jira nowhere.json", 66, "nowhere.json"), ("--source jira --header x \(body)", 64, "header"),
    ] as [(String, Int32, String)] {
      let run = try await shell("exhibit signals explain --config \(config) \(arguments)")
      #expect(run.status == status && run.errors.contains(message), "\(run)")
    }
  }

  @Test("refuses to pass on UTF-16, in which no rule sees a secret")
  func encodings() async throws {
    for mark in ["\\377\\376", "\\376\\377"] {
      let run = try await shell("printf '\(mark)p\\0a\\0' | exhibit redact")
      #expect(run.status != 0 && run.output.isEmpty && run.errors.contains("iconv -f UTF-16"), "\(run)")
    }
  }

  @Test("says that a journal is missing where there is nothing to print")
  func missing() async throws {
    let nowhere = try await shell("exhibit logs -D \(folder.path("nowhere"))")
    #expect(nowhere.status == 66 && nowhere.errors.contains("there is no journal"), "\(nowhere)")
    let gap = Gap(artifact: "logs/journal.jsonl", cause: .journalRotated, detail: "3 minutes are missing")
    let source = try SealedSample.seal(in: folder, gaps: [gap])
    let logs = try await shell("exhibit logs \(source)")
    #expect(logs.status == 0 && logs.output.contains("upstream timed out"), "\(logs)")
    #expect(logs.errors.contains("not whole: journal-rotated: 3 minutes are missing"), "\(logs)")
  }

  private func bundles() throws -> [String] {
    try folder.names().filter { $0.hasPrefix("INC-") }
  }

  @Test("pulls a sound bundle once, and overwrites another file only when it is told to")
  func pull() async throws {
    let source = try SealedSample.seal(in: folder)
    let agent = try FakeAgent(in: folder, "--bundle", source)
    let first = try await shell("exhibit pull INC-1 --wait", agent: agent.endpoint)
    #expect(first.status == 0, "\(first)")
    #expect(first.output.contains("✓ signature"))
    #expect(try bundles() == [SealedSample.name])
    let copy = folder.url.appending(path: SealedSample.name)
    #expect(try Data(contentsOf: copy) == Data(contentsOf: URL(filePath: source)))

    let again = try await shell(
      "exhibit pull INC-1 --json | jq -r .verification.passed", agent: agent.endpoint)
    #expect(again.output == "true\n")
    #expect(again.errors.contains("already here"))

    try FileManager.default.removeItem(at: copy)
    try Data("mine".utf8).write(to: copy)
    let refused = try await shell("exhibit pull INC-1", agent: agent.endpoint)
    #expect(refused.status == 1)
    #expect(try Data(contentsOf: copy) == Data("mine".utf8))
    let forced = try await shell("exhibit pull INC-1 --force -o .", agent: agent.endpoint)
    #expect(forced.status == 0)
    #expect(try Data(contentsOf: copy) == Data(contentsOf: URL(filePath: source)))
  }

  @Test("gives no unsound bundle its name")
  func unsound() async throws {
    let source = try folder.file("source", randomBytes(10_000))
    let agent = try FakeAgent(in: folder, "--bundle", source)
    let run = try await shell("exhibit pull INC-1 --wait", agent: agent.endpoint)
    #expect(run.status == 1)
    #expect(run.errors.split(separator: "\n").last?.contains("did not pass verification: container") == true)
    #expect(try bundles().allSatisfy { $0.hasSuffix(".part") })
  }

  @Test(
    "writes nowhere that the agent's name for a bundle points to",
    arguments: ["../x.tar.gz", ".x", "a/b.tar.gz"])
  func hostileName(_ name: String) async throws {
    let source = try SealedSample.seal(in: folder)
    let agent = try FakeAgent(in: folder, "--bundle", source, "--name", name)
    let run = try await shell("exhibit pull INC-1 --wait; code=$?; ls ..; exit $code", agent: agent.endpoint)
    #expect(run.status == 1)
    #expect(run.errors.contains("is not valid"))
    #expect(!run.output.split(separator: "\n").contains("x.tar.gz"))
  }

  @Test("tells on one line why a capture failed")
  func failedCapture() async throws {
    let agent = try FakeAgent(in: folder, "--fail", "disk full")
    let run = try await shell(
      "exhibit capture --incident INC-1 2>&1 >/dev/null | tail -1", agent: agent.endpoint)
    #expect(run.status == 1)
    #expect(run.output == "exhibit capture: capture 1 (manual) of INC-1 failed: disk full\n")
  }

  @Test("verifies, and places what is wrong")
  func verify() async throws {
    let path = try SealedSample.seal(in: folder)
    let sound = try await shell("exhibit verify \(path)")
    #expect(sound.status == 0)
    #expect(sound.output.split(separator: "\n").filter { $0.hasPrefix("  ✓") }.count == 9)

    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count / 2] ^= 1
    let damaged = try folder.file("damaged.tar.gz", Array(bytes))
    let run = try await shell("exhibit verify \(damaged) --json | jq -r .passed")
    #expect(run.status == 1)
    #expect(run.output == "false\n")
    #expect(run.errors.hasPrefix("exhibit verify: \(damaged) did not pass verification: container"))
  }

  @Test("reads the journal of a bundle like journalctl")
  func logs() async throws {
    let path = try SealedSample.seal(in: folder)
    let all = try await shell("exhibit logs \(path)")
    #expect(
      all.output == """
        Nov 24 03:49:34 web-1 nginx: upstream timed out
        Nov 24 03:49:35 web-1 sshd: closed

        """)
    #expect(try await shell("exhibit logs \(path) -u nginx -o json").output == SealedSample.journal[0] + "\n")
    #expect(try await shell("exhibit logs \(path) -n 1 -o json").output == SealedSample.journal[1] + "\n")
    #expect(try await shell("exhibit logs \(path) -n 0").output.isEmpty)
    #expect(try await shell("exhibit logs \(path) -p err -g timed | wc -l").output == "1\n")
  }

  @Test("pulls, verifies and reads a bundle of zstd like one of gzip")
  func zstd() async throws {
    let source = try SealedSample.seal(in: folder, as: .zstd)
    let name = URL(filePath: source).lastPathComponent
    #expect(name.hasSuffix(".tar.zst"))
    let agent = try FakeAgent(in: folder, "--bundle", source, "--name", name)
    let pulled = try await shell("exhibit pull INC-1 --wait", agent: agent.endpoint)
    #expect(pulled.status == 0, "\(pulled)")
    #expect(try bundles() == [name])
    #expect(try await shell("exhibit verify \(name) --json | jq -r .passed").output == "true\n")
    #expect(try await shell("exhibit logs \(name) -u nginx -o json").output == SealedSample.journal[0] + "\n")
    #expect(try await shell("exhibit timeline \(name)").output.contains("shop 2 deployed"))
    // It is no file here, but by its name it is no incident either.
    #expect(try await shell("exhibit timeline none.tar.zst").status == 66)
  }

  @Test("ends quietly when its reader does")
  func closedPipe() async throws {
    let path = try SealedSample.seal(in: folder)
    let run = try await shell("exhibit logs \(path) | true; exhibit verify \(path) | true")
    #expect(run.errors.isEmpty)
  }

  @Test("shows the timeline of a bundle and of an incident")
  func timeline() async throws {
    let path = try SealedSample.seal(in: folder)
    #expect(
      try await shell("exhibit timeline \(path)").output.contains("03:49:00.000  deploy  shop 2 deployed"))
    let agent = try FakeAgent(in: folder)
    let run = try await shell("exhibit timeline INC-1", agent: agent.endpoint)
    #expect(run.output.contains("incident INC-1 opened"))
    #expect(run.errors == "1 event of a kind that this version does not know; --json prints it\n")
    #expect(try await shell("exhibit timeline INC-1 --json | wc -l", agent: agent.endpoint).output == "2\n")
  }

  @Test("checks without showing a value, and takes records that end with NUL for texts of their own")
  func checkAndRecords() async throws {
    let secret = "Zq7" + (0..<12).map { _ in String(Int.random(in: 0...9)) }.joined()
    try Data("one\npassword=\(secret)\n".utf8).write(to: folder.url.appending(path: "in"))
    let found = try await shell("exhibit redact --check < in")
    #expect(found.status == 1 && found.output == "line 2: password\n" && found.errors.isEmpty, "\(found)")
    let clean = try await shell("echo fine | exhibit redact --check")
    #expect(clean.status == 0 && clean.output.isEmpty)
    let records = try await shell(
      "printf 'password=\(secret)\\0-----BEGIN PRIVATE KEY-----\\0QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0\\0' "
        + "| exhibit redact -0 | tr '\\0' '\\n'")
    #expect(records.output.hasPrefix("password=[REDACTED:password:"))
    // A key that begins in one record says nothing about the next one.
    #expect(records.output.hasSuffix("-----\nQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0\n"), "\(records)")
  }

  @Test("takes the rules of a folder, and lists, explains and tests rules")
  func rules() async throws {
    let rules = folder.url.appending(path: "rules")
    try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: false)
    let good = "rules: [{id: badge, regex: 'badge#(\\d{6})', literal: 'badge#', examples: ['badge#123456']}]"
    try Data(good.utf8).write(to: rules.appending(path: "a.yaml"))
    let redacted = try await shell("echo 'badge#471147 x' | exhibit redact --rules rules")
    #expect(redacted.output.contains(/^badge#\[REDACTED:badge:[a-z2-7]{8}\] x\n$/), "\(redacted)")
    let tested = try await shell("exhibit rules test rules && exhibit rules explain badge --rules rules")
    #expect(tested.status == 0 && tested.output.contains("badge#"), "\(tested)")
    let listed = try await shell(
      "exhibit rules list --json | jq -r 'map(select(.severity == \"critical\")) | length'")
    #expect((Int(listed.output.dropLast()) ?? 0) > 20, "\(listed)")
    try Data("rules: [{id: x, regex: 'a(', literal: 'abcd'}]".utf8).write(to: rules.appending(path: "b.yaml"))
    let refused = try await shell("exhibit redact --rules rules < /dev/null")
    #expect(refused.status == 78 && refused.errors.contains("b.yaml:1: "), "\(refused)")
    #expect(try await shell("exhibit rules explain nothing").status == 66)
  }

  @Test("a check of the configuration tells the rules that are left out, and is no failure for them")
  func leftOutRules() async throws {
    let rules = folder.url.appending(path: "redaction.d")
    try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: false)
    try Data("strict: false\nrules: [{id: short, keys: [a]}]\n".utf8).write(
      to: rules.appending(path: "a.yaml"))
    try Data("redaction: {rules_directory: \(rules.path)}\n".utf8)
      .write(to: folder.url.appending(path: "exhibit.yaml"))
    let check = try await shell("exhibit config check --config exhibit.yaml")
    #expect(check.status == 0 && check.output.contains("is good"), "\(check)")
    #expect(
      check.errors.contains("left out: ") && check.errors.contains("a.yaml:2: rules[0].id: "), "\(check)")
    let json = try await shell("exhibit config check --config exhibit.yaml --json | jq '.warnings | length'")
    #expect(json.output == "1\n")
  }

  @Test("redacts a bundle again into one that names its parent and verifies")
  func bundleAgain() async throws {
    let source = try SealedSample.seal(in: folder)
    let rules = folder.url.appending(path: "rules")
    try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: false)
    try Data("rules: [{id: upstream, regex: 'upstream timed (out)', literal: upstream}]".utf8)
      .write(to: rules.appending(path: "a.yaml"))
    let run = try await shell(
      "exhibit redact --bundle \(source) --with rules --into . --report r.json && ls -A")
    let name = "INC-1--web-1--002-manual.tar.gz"
    #expect(run.status == 0 && run.output.hasPrefix("./\(name)\n"), "\(run)")
    #expect(!run.output.contains(".exhibit-redact"))
    let verified = try await shell("exhibit verify \(name) --rules rules --json | jq -r .passed")
    #expect(verified.output == "true\n", "\(verified)")
    let old = try await shell("tar -xzOf \(source) --wildcards '*/data/evidence.json' | jq -r .bundle")
    let new = try await shell(
      "tar -xzOf \(name) --wildcards '*/data/evidence.json' | jq -r '.parent, .redaction.total'")
    #expect(new.output == old.output + "1\n", "\(new)")
    let journal = try await shell("exhibit logs \(name)")
    #expect(journal.output.contains("[REDACTED:upstream:"), "\(journal)")
  }

  @Test("takes what a new rule finds in one place of a bundle out of all of it")
  func bundleSweep() async throws {
    let source = try SealedSample.seal(in: folder)
    let rules = folder.url.appending(path: "rules")
    try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: false)
    let found = "0123456789abcdef0123456789abcdef"
    try Data("rules: [{id: log-id, regex: '__CURSOR\":\"s=([0-9a-f]{32})', literal: __CURSOR}]".utf8)
      .write(to: rules.appending(path: "a.yaml"))
    let run = try await shell("exhibit redact --bundle \(source) --with rules --into .")
    #expect(run.status == 0, "\(run)")
    let name = "INC-1--web-1--002-manual.tar.gz"
    let text = try await shell("tar -xzOf \(name) --wildcards '*/data/*'")
    // It stood in cursors as what the rule names, and bare as the boot's id.
    #expect(!text.output.contains(found))
    #expect(text.output.contains(/"_BOOT_ID":"\[REDACTED:log-id:[a-z2-7]{8}\]"/))
    let verified = try await shell("exhibit verify \(name) --rules rules --json | jq -r .passed")
    #expect(verified.output == "true\n", "\(verified)")
  }

  @Test("redacts a stream, with the same tokens for the same key")
  func redact() async throws {
    let secret = UUID().uuidString
    try Data("before\npassword=\(secret)\nafter\n".utf8).write(to: folder.url.appending(path: "in"))
    let command = "exhibit redact --key-file key --report report.json < in"
    let first = try await shell(command)
    #expect(first.status == 0)
    #expect(first.output.hasPrefix("before\npassword=[REDACTED:") && first.output.hasSuffix("]\nafter\n"))
    #expect(!first.output.contains(secret))
    #expect(try await shell(command).output == first.output)
    #expect(try await shell("jq .total report.json").output == "1\n")
  }

  @Test(
    "fails with one line and the right exit code",
    arguments: [
      ("show INC-1", 69), ("pull INC-1", 69), ("deploy record --service s --version 1", 69),
      ("verify none.tar.gz", 66), ("logs none.tar.gz", 66), ("timeline ./none", 66), ("verify .", 1),
      ("show INC-1 --token-file none", 66), ("redact --key-file /", 1),
    ])
  func failures(_ arguments: String, _ status: Int32) async throws {
    let run = try await shell("exhibit \(arguments)")
    #expect(run.status == status)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("exhibit \(arguments.split(separator: " ")[0])"))
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
  }

  @Test("never fails a deploy for want of an agent")
  func ifRunning() async throws {
    let run = try await shell("exhibit deploy record --service s --version 1 --if-running")
    #expect(run.status == 0)
    #expect(run.errors.hasPrefix("exhibit deploy record: not recorded, going on: cannot reach the agent"))
  }

  @Test("tells its version, its help and its completion scripts", arguments: ["bash", "zsh", "fish"])
  func builtIn(_ shell: String) async throws {
    #expect(try await self.shell("exhibit --version").output.wholeMatch(of: /exhibit \d+\.\d+\.\d+\n/) != nil)
    #expect(try await self.shell("exhibit pull --help").output.contains("USAGE: exhibit pull"))
    let script = try await self.shell("exhibit --generate-completion-script \(shell)")
    #expect(script.status == 0 && script.output.contains("incidents"))
  }
}
