import Agent
import Bundle
import Evidence
import Foundation
import Logging
import Signals
import Testing

@Suite("The configuration file that is delivered")
struct ConfigurationFileTests {
  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func delivered() throws -> String {
    let file = Self.repository.appending(path: "config/exhibit.yaml")
    return try String(contentsOf: file, encoding: .utf8)
  }

  @Test("says exactly what the agent does without a file")
  func isTheDefaults() throws {
    let configuration = try AgentConfiguration.parse(text: delivered(), file: "exhibit.yaml")
    #expect(configuration == AgentConfiguration())
  }

  @Test("has every setting", arguments: AgentConfiguration.settings)
  func hasEverySetting(setting: String) throws {
    let key = try #require(setting.split(separator: ".").last)
    let depth = setting.count { $0 == "." } * 2
    let line = String(repeating: " ", count: depth) + key + ":"
    #expect(try delivered().split(separator: "\n").contains { $0.hasPrefix(line) })
  }

  @Test("names the limits that are enforced", arguments: AgentConfiguration.settings)
  func namesLimits(setting: String) throws {
    guard let limits = limits(of: setting) else { return }
    let lines = try delivered().split(separator: "\n", omittingEmptySubsequences: false)
    let path = setting.split(separator: ".")
    var place = 0
    for (depth, key) in path.enumerated() {
      let prefix = String(repeating: " ", count: depth * 2) + key + ":"
      place = try #require(lines[place...].firstIndex { $0.hasPrefix(prefix) })
    }
    let comment = lines[..<place].reversed().prefix { $0.drop { $0 == " " }.hasPrefix("#") }
    let words = comment.reversed().map { $0.drop { $0 == " " || $0 == "#" } }.joined(separator: " ")
    #expect(words.contains("Range: \(limits)."))
  }

  /// What the parser says of a value far out of range.
  private func limits(of setting: String) -> String? {
    let path = setting.split(separator: ".")
    for value in ["99999999999d", "99999999999GiB", "99999999999"] {
      let nested = path.enumerated().map { String(repeating: " ", count: $0.offset) + $0.element + ":" }
      do throws(ConfigurationErrors) {
        _ = try AgentConfiguration.parse(text: nested.joined(separator: "\n") + " \(value)\n", file: "f")
      } catch {
        let message = error.problems.first?.message ?? ""
        if let range = message.range(of: "is out of range; write ") {
          return String(message[range.upperBound...])
        }
      }
    }
    return nil
  }

  @Test("shows tokens that are accepted as soon as the comment signs are removed")
  func tokensInTheExample() throws {
    let text = try delivered()
      .replacing("tokens: []", with: "tokens:")
      .replacing(#/\n#  (-|  )/#) { "\n  \($0.output.1)" }
    let configuration = try AgentConfiguration.parse(text: text, file: "exhibit.yaml")
    #expect(configuration.tokens.map(\.name) == ["alertmanager", "deploy-pipeline"])
    #expect(configuration.tokens.map(\.roles) == [[.signal], [.deploy]])
  }

  @Test("shows sources and rules that are accepted as soon as the comment signs are removed")
  func signalsInTheExample() throws {
    let section = try delivered().components(separatedBy: "\n\n").first { $0.contains("\nsignals:") }
    let text = try #require(section)
      .replacing("  sources: []", with: "  sources:")
      .replacing("  rules: []", with: "  rules:")
      .replacing(#/\n  #  (-|  )/#) { "\n    \($0.output.1)" }
    let signals = try AgentConfiguration.parse(text: text, file: "exhibit.yaml").signals
    #expect(signals.sources.map(\.name) == ["pagerduty", "grafana-eu", "shop"])
    #expect(signals.sources.map(\.type) == ["pagerduty", "grafana", "generic"])
    #expect(signals.sources[0].secrets.count == 2 && signals.sources[0].scheme == nil)
    #expect(signals.sources[2].fields.incident.description == "/alarm/id")
    #expect(signals.sources[2].fields.status.description == "/status")
    #expect(signals.rules.map(\.captures) == [false, true, true])
    #expect(signals.rules.map(\.kind) == [.incident, .incident, .sloBreach])
    #expect(signals.rules[1].window == .seconds(7200))
    #expect(signals.rules[2].collectors == [.journal, .deploys])
  }

  @Test(
    "may be empty, commented out, or of sections without settings",
    arguments: [
      "", "\n", "# nothing\n", "---\n", "\u{FEFF}", "journal:\nbundles:\n", "journal: {}\n", "\r\n",
    ])
  func emptyIsDefaults(text: String) throws {
    #expect(try AgentConfiguration.parse(text: text, file: "f") == AgentConfiguration())
  }

  @Test("can change every kind of setting")
  func changes() throws {
    let configuration = try AgentConfiguration.parse(
      text: """
        state_directory: /srv/exhibit
        listen: {http: off, socket: /run/x.sock}
        tokens: [{name: a, roles: [read, admin], file: a}]
        capture: {window: 2h, queue_limit: 3}
        journal: {enabled: false, units: [nginx.service, "a@b-c\\\\x2d.timer"], max_bytes: 3 MiB}
        bundles: {compression: zstd}
        log_level: debug

        """, file: "f")
    var expected = AgentConfiguration()
    expected.stateDirectory = "/srv/exhibit"
    expected.listen.http = nil
    expected.listen.socket = "/run/x.sock"
    expected.tokens = [.init(name: "a", roles: [.read, .admin], file: "a")]
    expected.capture.window = .seconds(7200)
    expected.capture.queueLimit = 3
    expected.journal.enabled = false
    expected.journal.units = ["nginx.service", #"a@b-c\x2d.timer"#]
    expected.journal.maxBytes = 3 << 20
    expected.bundles.compression = .zstd
    expected.logLevel = .debug
    #expect(configuration == expected)
  }

  @Test(
    "binds to loopback addresses",
    arguments: [
      ("127.0.0.1:9464", "127.0.0.1", 9464), ("127.9.9.9:1", "127.9.9.9", 1),
      ("localhost:80", "localhost", 80),
      ("\"[::1]:65535\"", "::1", 65535),
    ])
  func loopback(text: String, host: String, port: Int) throws {
    let configuration = try AgentConfiguration.parse(text: "listen: {http: \(text)}", file: "f")
    #expect(configuration.listen.http == HTTPAddress(host: host, port: port))
  }
}
