import ConfigHistory
import Evidence
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import Agent

@Suite("The agent's watch over the configuration")
struct ConfigScannerTests {
  @Test("stores a change by an event, tells how it watches, in metrics and the API, and ends with the agent")
  func watch() async throws {
    let bench = try APIBench { configuration, root in
      configuration.configHistory.paths = [root + "/etc"]
      configuration.configHistory.watch = .inotify
    }
    let file = bench.root + "/etc/app.conf"
    try FileManager.default.createDirectory(atPath: bench.root + "/etc", withIntermediateDirectories: true)
    try Data("workers=4\n".utf8).write(to: URL(filePath: file))
    let history = try ChangeHistory(databasePath: bench.root + "/history.sqlite", key: [UInt8](0..<32))
    let scanner = try ConfigScanner(
      history: history, settings: bench.settings, metrics: bench.metrics, logger: Logger(label: "test"))
    let group = ServiceGroup(
      configuration: .init(services: [scanner], logger: Logger(label: "test")))
    let running = Task { try await group.run() }
    try await eventually {
      bench.metrics.text().contains(#"exhibit_config_watch_active{mechanism="inotify"} 1.0"#)
    }
    try await eventually { bench.metrics.text().contains("exhibit_config_scan_files 2.0") }
    let start = Timestamp.now()
    try Data("workers=64\n".utf8).write(to: URL(filePath: file))
    try await eventually {
      try history.changes(in: TimeWindow(from: start, to: .now())).map(\.path) == [file]
    }
    #expect(bench.metrics.text().contains(#"exhibit_config_scans_total{of="everything"} 1.0"#))
    var api = bench.api
    api.watch = scanner.watch
    let application = Application(router: api.router(door: .socket))
    try await application.test(.router) { client in
      try await client.execute(uri: "/v1/config/watch", method: .get) { response in
        #expect(response.status == .ok)
        let text = String(buffer: response.body)
        #expect(text.contains(#""mechanism":"inotify""#) && text.contains(#""folders":"#))
      }
    }
    await group.triggerGracefulShutdown()
    try await running.value
  }

  @Test("is not there where no one watches")
  func none() async throws {
    try await APIBench().run(.socket) { client in
      try await client.execute(uri: "/v1/config/watch", method: .get) { #expect($0.status == .notFound) }
    }
  }

  @Test("leaves out the agent's own state, whatever is configured")
  func ownState() {
    var configuration = AgentConfiguration()
    configuration.stateDirectory = "/var/lib/exhibit"
    configuration.configHistory.exclude = ["/etc/mtab"]
    #expect(ConfigScope(configuration).exclude == ["/etc/mtab", "/var/lib/exhibit"])
  }

  private func eventually(_ condition: () throws -> Bool) async throws {
    for _ in 0..<600 {
      if try condition() { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("it did not come")
  }
}
