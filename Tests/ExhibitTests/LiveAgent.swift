import Foundation
import Glibc
import Testing

@testable import exhibit

/// The real agent on a free port.
final class LiveAgent {
  static let hasTLSTools = ["/usr/bin/curl", "/usr/bin/openssl"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  let port: Int
  private let agent: AgentProcess
  var socket: String { agent.socket }

  /// - Parameters:
  ///   - listen: more settings of `listen`, as YAML.
  ///   - folder: for all of it.
  /// - Throws: when it does not start.
  init(_ listen: String, in folder: TemporaryFolder? = nil) async throws {
    port = try Self.freePort()
    agent = try AgentProcess(
      in: try folder ?? TemporaryFolder(), listen: "http: \"127.0.0.1:\(port)\", \(listen)")
    try agent.start()
    // Both doors open together; a process that ended is not waited for.
    while try await shell("curl -s --unix-socket \(agent.socket) http://localhost/healthz").output != "ok\n" {
      try #require(agent.isRunning)
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  func peakMemory() throws -> Int { try agent.peakMemory() }

  func exhibit(_ arguments: String) async throws -> String {
    try await shell("EXHIBIT_SOCKET=\(agent.socket) \(AgentProcess.executable.path) \(arguments)").output
  }

  /// Runs a command of bash in the agent's folder, and gives its status and what it wrote to standard output.
  func shell(_ command: String) async throws -> (status: Int32, output: String) {
    let folder = agent.folder.url
    return try await withCheckedThrowingContinuation { continuation in
      Thread {
        continuation.resume(
          with: Result {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", command]
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: output, as: UTF8.self))
          })
      }.start()
    }
  }

  /// Below those that Linux gives to clients: one of them could get it before the agent does.
  private static func freePort() throws -> Int {
    for _ in 0..<1000 {
      let port = Int.random(in: 20_000..<32_000)
      if isFree(port) { return port }
    }
    throw CancellationError()
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socketDescriptor()
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func socketDescriptor() -> Int32 {
    Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  }
}
