import Bundle
import Evidence
import Foundation
import Synchronization
import Testing

@testable import exhibit

/// Body of a signal of the source `generic`.
private struct Alert: Encodable {
  var incident_id: String
  var title = "checkout fails"
  var status: String
}

/// Answer of `POST /v1/signals/generic`.
private struct Accepted: Decodable {
  var incident_id: String?
}

/// What was answered with 202.
private final class Ledger: Sendable {
  struct Entries {
    var opened: Set<String> = []
    var resolved: Set<String> = []
    var acknowledged = 0
  }

  private let entries = Mutex(Entries())

  var value: Entries { entries.withLock { $0 } }

  func record(_ id: String, _ status: String) {
    entries.withLock { entries in
      entries.acknowledged += 1
      if status == "open" { entries.opened.insert(id) }
      if status == "resolved" { entries.resolved.insert(id) }
    }
  }

  /// An incident that is open, as far as is known.
  func unresolved(at position: Int) -> String? {
    entries.withLock { entries in
      let open = entries.opened.subtracting(entries.resolved).sorted()
      return open.isEmpty ? nil : open[position % open.count]
    }
  }
}

/// SplitMix64: the same seed gives the same numbers.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite("An agent that is killed", .timeLimit(.minutes(10)))
struct KillTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let kills = Int(ProcessInfo.processInfo.environment["EXHIBIT_KILLS"] ?? "") ?? 200
  private static let seed = UInt64(ProcessInfo.processInfo.environment["EXHIBIT_SEED"] ?? "") ?? 20_261_125
  /// Incidents that each sender opens in one run of the agent: captures have to keep up.
  private static let incidentsARun = 1
  private static let senders = 3

  private func withClient<R>(_ agent: AgentProcess, _ body: (AgentClient) async throws -> R) async throws -> R
  {
    try await AgentClient.with(endpoint: agent.endpoint, token: nil, body)
  }

  /// Sends signals until it is cancelled: new incidents, news of those that there are, ends.
  private static func send(_ client: AgentClient, _ ledger: Ledger, run: Int, sender: Int) async {
    var generator = SeededGenerator(state: seed &+ UInt64(run * senders + sender))
    var opened = 0
    while !Task.isCancelled {
      var (id, status) = ("K-\(run)-\(sender)-\(opened)", "open")
      let known = ledger.unresolved(at: Int.random(in: 0..<1000, using: &generator))
      if opened >= incidentsARun, let known {
        (id, status) = (known, Bool.random(using: &generator) ? "acknowledged" : "resolved")
      }
      do {
        let _: Accepted = try await client.post(
          ["v1", "signals", "generic"], Alert(incident_id: id, status: status))
        ledger.record(id, status)
        if status == "open" { opened += 1 }
        try await Task.sleep(for: .milliseconds(20))
      } catch {
        // Not there yet, killed, or its queue is full: nothing was acknowledged.
        do { try await Task.sleep(for: .milliseconds(15)) } catch { return }
      }
    }
  }

  @Test(
    "at random moments of intake and capture loses nothing that it acknowledged, and makes each bundle once")
  func kills() async throws {
    let agent = try AgentProcess(in: folder, "capture: {window: 1s, queue_limit: 64}")
    let ledger = Ledger()
    var leftovers = 0
    var generator = SeededGenerator(state: Self.seed)
    try await withClient(agent) { client in
      for run in 0..<Self.kills {
        try agent.start()
        try await withThrowingTaskGroup { group in
          for sender in 0..<Self.senders {
            group.addTask { await Self.send(client, ledger, run: run, sender: sender) }
          }
          // A quarter of the kills are on the way to the first signal, all others after it.
          if run % 4 > 0 {
            let enough = ledger.value.acknowledged + Int.random(in: 1...4, using: &generator)
            while ledger.value.acknowledged < enough { try await Task.sleep(for: .milliseconds(1)) }
          }
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...250, using: &generator)))
          // The senders are at work still.
          try await agent.end(SIGKILL)
          group.cancelAll()
        }
        leftovers += try agent.files("work").count + agent.files("bundles").count { $0.hasPrefix(".") }
      }
      try agent.start()
      try await agent.ready(client)
      try check(try await agent.settled(client), ledger.value)
    }
    #expect(try await agent.end(SIGTERM) == 0)
    try checkFiles(agent)
    // Else the kills were not where it matters.
    #expect(leftovers > Self.kills / 20, "\(leftovers)")
    #expect(ledger.value.opened.count > Self.kills / 4 && ledger.value.resolved.count > Self.kills / 8)
    print(
      "kills: \(Self.kills), seed \(Self.seed); acknowledged \(ledger.value.acknowledged) signals, "
        + "\(ledger.value.opened.count) incidents and \(ledger.value.resolved.count) ends; \(leftovers) unfinished files were left by kills"
    )
  }

  /// Every signal that was acknowledged is there, and every capture is one bundle.
  private func check(_ reports: [IncidentReport], _ acknowledged: Ledger.Entries) throws {
    let byKey = Dictionary(grouping: reports, by: \.incident.key)
    for id in acknowledged.opened {
      let report = try #require(byKey[id]?.first, "\(id) was acknowledged and is not there")
      #expect(byKey[id]?.count == 1, "\(id)")
      #expect(report.captures.count { $0.phase == .opened } == 1, "\(id)")
      let isOver = acknowledged.resolved.contains(id)
      if isOver { #expect(!report.incident.state.isOpen, "the end of \(id) was acknowledged") }
      let ends = report.captures.count { $0.phase == .resolved }
      #expect(ends == (report.incident.state.isOpen ? 0 : 1), "\(id)")
      #expect(report.captures.allSatisfy { $0.state == .done && $0.bundle != nil }, "\(report.captures)")
    }
    let names = reports.flatMap(\.captures).compactMap(\.bundle?.name)
    #expect(Set(names).count == names.count)
    #expect(try agentBundles() == names.sorted())
  }

  private func agentBundles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("state/bundles")).sorted()
  }

  private func checkFiles(_ agent: AgentProcess) throws {
    #expect(try agent.files("work") == [])
    #expect(try agent.files("freezes") == [])
    let links = agent.journal + "/.exhibit"
    if FileManager.default.fileExists(atPath: links) {
      #expect(try FileManager.default.contentsOfDirectory(atPath: links) == [])
    }
    let verifier = BundleVerifier()
    for name in try agent.files("bundles") {
      let report = try verifier.verify(path: agent.state + "/bundles/" + name)
      #expect(report.passed, "\(name): \(report.problems)")
    }
  }

  @Test("finds its damaged database at the next start, moves it aside, and goes on with its bundles")
  func damagedDatabase() async throws {
    let agent = try AgentProcess(in: folder, "capture: {window: 1s}")
    try await withClient(agent) { client in
      try agent.start()
      try await agent.ready(client)
      let _: Accepted = try await client.post(
        ["v1", "signals", "generic"], Alert(incident_id: "INC-1", status: "open"))
      let before = try await agent.settled(client)
      #expect(try await agent.end(SIGTERM) == 0)
      for name in ["exhibit.sqlite", "config-history.sqlite"] {
        let path = "\(agent.state)/\(name)"
        try Data("this was a database once, and is none any more".utf8).write(to: URL(filePath: path))
        // SQLite would mend it from there.
        for file in [path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: file) {
          try FileManager.default.removeItem(atPath: file)
        }
      }
      try agent.start()
      try await agent.ready(client)
      let after = try await agent.settled(client)
      #expect(after.map(\.newestBundle?.sha256) == before.map(\.newestBundle?.sha256))
      #expect(after.map(\.incident) == before.map(\.incident))
      let log = try agent.log
      #expect(log.contains("The state database was damaged") && log.contains("exhibit.sqlite.damaged-"))
      #expect(log.contains("The config history was damaged"))
      let _: Accepted = try await client.post(
        ["v1", "signals", "generic"], Alert(incident_id: "INC-1", status: "resolved"))
      #expect(try await agent.settled(client).first?.captures.map(\.phase) == [.opened, .resolved])
      try await agent.end(SIGTERM)
    }
  }

  /// Whether a test may have mounts of its own.
  private static let mayMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = unshare + ["true"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  private static let unshare = (getuid() == 0 ? [] : ["--map-root-user"]) + ["--mount"]

  @Test(
    "does not start on a state folder that it cannot write to, and says which and what to do",
    .enabled(if: mayMount, "needs mounts of its own"))
  func readOnly() async throws {
    let agent = try AgentProcess(in: folder)
    try FileManager.default.createDirectory(atPath: agent.state, withIntermediateDirectories: false)
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments =
      Self.unshare + [
        "sh", "-c",
        "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec \"$2\" agent --config \"$3\"",
        "sh", agent.state, executable.appending(path: "exhibit").path, folder.path("exhibit.yaml"),
      ]
    let log = try folder.file("read-only.log", [])
    process.standardInput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
    try process.run()
    while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
    #expect(process.terminationStatus == 1)
    let text = try String(contentsOfFile: log, encoding: .utf8)
    #expect(
      text.contains("\(agent.state): Read-only file system") && text.contains("another state_directory"),
      "\(text)")
  }
}
