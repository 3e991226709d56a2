import Foundation
import Glibc
import Testing

@testable import exhibit

/// The real agent on a free port.
private final class LiveAgent {
  let port: Int
  private let agent: AgentProcess

  init(_ listen: String) async throws {
    port = try Self.freePort()
    agent = try AgentProcess(in: TemporaryFolder(), listen: "http: \"127.0.0.1:\(port)\", \(listen)")
    try agent.start()
    // Its readiness is what /healthz says; a process that ended is not waited for.
    while try await shell("curl -s http://127.0.0.1:\(port)/healthz").output != "ok\n" {
      try #require(agent.isRunning)
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  func peakMemory() throws -> Int { try agent.peakMemory() }

  func exhibit(_ arguments: String) async throws -> String {
    try await shell("EXHIBIT_SOCKET=\(agent.socket) \(AgentProcess.executable.path) \(arguments)").output
  }

  func shell(_ command: String) async throws -> (status: Int32, output: String) {
    try await withCheckedThrowingContinuation { continuation in
      Thread {
        continuation.resume(
          with: Result {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", command]
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

  private static func freePort() throws -> Int {
    let descriptor = socketDescriptor()
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
      }
    }
    try #require(result == 0)
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func socketDescriptor() -> Int32 {
    Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  }
}

@Suite("An agent under attack", .enabled(if: FakeAgent.isAvailable, "needs python3 and curl"), .serialized)
struct AgentAttackTests {
  private let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../AgentTests/Access/attack.py").standardizedFileURL.path

  /// Bytes by which its memory may grow meanwhile: the buffers of a thousand connections, and no body.
  private let growth = 128 << 20

  @Test("serves others and stays small while 5,000 silent connections stand before it")
  func connections() async throws {
    let agent = try await LiveAgent("header_timeout: 5m")
    let before = try agent.peakMemory()
    let run = try await agent.shell("/usr/bin/python3 \(script) \(agent.port) idle 5000")
    #expect(run.output == "honest HTTP/1.1 200 OK\n")
    // The other door has room of its own.
    #expect(try await agent.exhibit("incidents --json") == "[\n\n]\n")
    #expect(try agent.peakMemory() - before < growth)
  }

  @Test("stays small through a gigabyte of body, a flood of headers and a slow crowd")
  func floods() async throws {
    let agent = try await LiveAgent("header_timeout: 2s, body_timeout: 10s")
    let token = try await agent.exhibit("token create flood --role signal").trimmingCharacters(
      in: .whitespacesAndNewlines)
    try #require(token.hasPrefix("exh_"))
    let before = try agent.peakMemory()
    let body = try await agent.shell(
      """
      head -c 1G /dev/zero | curl -s -o /dev/null -w '%{http_code}' -X POST -T - \
      -H 'Authorization: Bearer \(token)' http://127.0.0.1:\(agent.port)/v1/signals/generic
      """)
    #expect(body.output == "413")
    for attack in ["many_headers 20", "endless_header 20", "endless_path 5", "slow_header 500", "silent 500"]
    {
      let run = try await agent.shell("/usr/bin/python3 \(script) \(agent.port) \(attack)")
      #expect(run.status == 0 && run.output.hasPrefix("honest HTTP/1.1 200 OK"), "\(attack): \(run)")
    }
    #expect(try agent.peakMemory() - before < growth)
  }
}
