import Foundation
import Synchronization
import Testing

@testable import exhibit

/// The real agent of this build, over a state in a folder, to be started, killed and started again.
final class AgentProcess {
  let folder: TemporaryFolder
  let endpoint: AgentEndpoint
  private var process: Process?
  private let exits = Mutex<[Int32: Int32]>([:])
  private var logs = 0

  var state: String { folder.path("state") }
  var journal: String { folder.path("journal") }
  var socket: String { folder.path("agent.sock") }
  var isRunning: Bool { process?.isRunning ?? false }

  /// It ended before it was to.
  struct Ended: Error {
    var log: String
  }

  /// A small host: an empty journal and a folder with one configuration file.
  ///
  /// - Parameters:
  ///   - folder: for all of it.
  ///   - listen: settings of `listen` besides the socket, as YAML.
  ///   - settings: more of the configuration, as YAML.
  /// - Throws: what keeps files from being written.
  init(in folder: TemporaryFolder, listen: String = "http: \"off\"", _ settings: String = "") throws {
    self.folder = folder
    endpoint = .socket(folder.path("agent.sock"))
    for name in ["journal", "etc"] {
      try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: false)
    }
    // A journal file that has a header and nothing else; times of 0 are none, and match every window.
    var header = Data("LPKSHHRH".utf8) + Data(count: 272 - 8)
    header[88] = 208
    header[152] = 1
    try header.write(to: URL(filePath: folder.path("journal/system.journal")))
    _ = try folder.file("etc/app.conf", Array("workers = 4\n".utf8))
    let text = """
      state_directory: \(folder.path("state"))
      listen: {\(listen), socket: \(folder.path("agent.sock"))}
      journal: {directory: \(folder.path("journal")), timeout: 5s}
      config_history: {paths: [\(folder.path("etc"))], scan_interval: 1h}
      packages: {enabled: false}
      observed: {enabled: false}
      bundles: {disk_floor: 16MiB}
      redaction: {rules_directory: \(folder.path("redaction.d"))}
      \(settings)
      """
    _ = try folder.file("exhibit.yaml", Array(text.utf8))
  }

  /// The log of the latest run.
  var log: String {
    get throws { try String(contentsOfFile: folder.path("log-\(logs)"), encoding: .utf8) }
  }

  /// The program beside the tests.
  static var executable: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "exhibit")
  }

  /// Highest resident memory so far, in bytes.
  func peakMemory() throws -> Int {
    let id = try #require(process).processIdentifier
    let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) * 1024
  }

  func start() throws {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = ["agent", "--config", folder.path("exhibit.yaml")]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    logs += 1
    process.standardError = try FileHandle(forWritingTo: URL(filePath: try folder.file("log-\(logs)", [])))
    try process.run()
    self.process = process
  }

  /// Ends it, and waits until it is gone.
  @discardableResult
  func end(_ signal: Int32) async throws -> Int32 {
    let process = try #require(process)
    kill(process.processIdentifier, signal)
    return try await exit()
  }

  /// Waits until it is gone by itself.
  func exit() async throws -> Int32 {
    let process = try #require(process)
    while process.isRunning { try await Task.sleep(for: .milliseconds(1)) }
    self.process = nil
    return process.terminationStatus
  }

  deinit {
    if let process { kill(process.processIdentifier, SIGKILL) }
  }

  /// Files below a folder of the state; none where it is not there.
  func files(_ name: String) throws -> [String] {
    let path = state + "/" + name
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  /// Waits until it answers.
  func ready(_ client: AgentClient) async throws {
    while true {
      do {
        _ = try await client.incidents(state: nil, limit: 1, cursor: nil)
        return
      } catch {
        guard isRunning else { throw Ended(log: try log) }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  /// All incidents, once no capture waits or runs.
  func settled(_ client: AgentClient) async throws -> [IncidentReport] {
    while true {
      var reports: [IncidentReport] = []
      var cursor: String?
      repeat {
        let page = try await client.incidents(state: nil, limit: 500, cursor: cursor)
        reports += page.incidents
        cursor = page.next
      } while cursor != nil
      if reports.allSatisfy({ $0.unfinishedCapture == nil }) { return reports }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
