import Foundation
import Testing

@testable import exhibit

/// The server of `Fixtures/exhibit/agent.py`, for as long as the object lives.
final class FakeAgent {
  let endpoint: AgentEndpoint
  private let process = Process()
  private let log: URL

  static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

  /// Listens on the socket, or on TCP when there is none.
  init(in folder: TemporaryFolder, socket: String? = nil, _ options: String...) throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/exhibit/agent.py").standardizedFileURL
    log = folder.url.appending(path: "requests.log")
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = [script.path, "--log", log.path] + (socket.map { ["--socket", $0] } ?? []) + options
    process.standardOutput = output
    try process.run()
    // One line, when it listens; nothing when it could not start.
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let address = line.trimmingCharacters(in: .newlines)
    try #require(!address.isEmpty)
    endpoint = socket.map { .socket($0) } ?? .server("http://127.0.0.1:\(address)")
  }

  deinit {
    // SIGKILL, for children inherit the signals that the test process blocks. Not waited for: that would block a
    // thread of the pool on which the other tests run.
    kill(process.processIdentifier, SIGKILL)
  }

  /// One line a request.
  func requests() throws -> [String] {
    try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map(String.init)
  }
}

/// A folder that is gone with the object.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "exhibit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      Issue.record("cannot remove \(url.path): \(error)")
    }
  }

  func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file, and returns its path.
  func file(_ name: String, _ content: [UInt8], mode: Int = 0o600) throws -> String {
    let path = path(name)
    try Data(content).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  /// Names of the files in it, sorted.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }
}

func randomBytes(_ count: Int) -> [UInt8] {
  (0..<count).map { _ in UInt8.random(in: .min ... .max) }
}
