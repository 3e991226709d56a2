import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import Agent

/// What a program printed, and how it ended.
struct Ran: Sendable {
  var status: Int32
  var output: String
}

enum Shell {
  static let hasTools =
    ["/usr/bin/curl", "/usr/bin/openssl", "/usr/bin/python3"].allSatisfy {
      FileManager.default.isExecutableFile(atPath: $0)
    }

  /// Runs a command line of bash, off the threads of the pool.
  static func run(_ command: String) async throws -> Ran {
    try await withCheckedThrowingContinuation { continuation in
      Thread {
        continuation.resume(
          with: Result {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", "set -o pipefail; " + command]
            process.standardInput = FileHandle.nullDevice
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return Ran(
              status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
          })
      }.start()
    }
  }

  /// Runs the script of hostile clients.
  static func attack(_ port: Int, _ arguments: String) async throws -> Ran {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/exhibit/attack.py").standardizedFileURL
    return try await run("/usr/bin/python3 \(script.path) \(port) \(arguments)")
  }
}

extension APIBench {
  /// Listens on a port of the loopback interface while `body` runs.
  func listen(tls: TLSStore? = nil, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    let doors = Doors(api: api, listen: settings.value.configuration.listen, logger: Logger(label: "test"))
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let door = doors.network(HTTPAddress(host: "127.0.0.1", port: 0), tls: tls) { channel in
      continuation.yield(channel.localAddress?.port ?? 0)
    }
    try await serve(door) {
      for await port in ports {
        try await body(port)
        return
      }
    }
  }

  /// Listens on `listen.socket` while `body` runs.
  func listenOnSocket(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let doors = Doors(api: api, listen: settings.value.configuration.listen, logger: Logger(label: "test"))
    let (opened, continuation) = AsyncStream.makeStream(of: Void.self)
    let door = try doors.socket { _ in continuation.yield() }
    try await serve(door) {
      for await _ in opened {
        try await body()
        return
      }
    }
  }

  private func serve(_ door: some Service, _ body: @escaping @Sendable () async throws -> Void) async throws {
    var configuration = ServiceGroupConfiguration(services: [door], logger: Logger(label: "test"))
    configuration.maximumGracefulShutdownDuration = .seconds(5)
    let group = ServiceGroup(configuration: configuration)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      do {
        try await body()
      } catch {
        await group.triggerGracefulShutdown()
        throw error
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }
}
