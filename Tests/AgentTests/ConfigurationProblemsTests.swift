import Agent
import Foundation
import Testing

/// The problems of `text`, one a line.
func configurationProblems(_ text: String) -> String {
  do throws(ConfigurationErrors) {
    _ = try AgentConfiguration.parse(text: text, file: "exhibit.yaml")
    return ""
  } catch {
    return error.description
  }
}

@Suite("A wrong configuration file")
struct ConfigurationProblemsTests {
  @Test("is told everything that is wrong with it at once, in the order of the lines")
  func everythingAtOnce() {
    let text = """
      state_directory: exhibit
      capture:
        window: 15
        queue_limit: 0
      journal:
        enabled: yes
        units: nginx.service
        timeout: 90x
        max_bytes: 2GB
      config_history:
        paths: 5
        retenton: 30d
      bundles:
        compression: 6
        max_bytes: [1GiB]
      log_level: warn
      """
    #expect(
      configurationProblems(text) == """
        exhibit.yaml:1: state_directory: "exhibit" is a relative path; write it from the root, as in "/exhibit"
        exhibit.yaml:3: capture.window: "15" has no unit; write "15m"
        exhibit.yaml:4: capture.queue_limit: "0" is out of range; write 1 to 100000
        exhibit.yaml:6: journal.enabled: "yes" is neither true nor false; write one of them
        exhibit.yaml:7: journal.units: expected a list of unit names, found a text; write [first, second], \
        or [] for none
        exhibit.yaml:8: journal.timeout: "90x" is not a duration; write a whole number and one of s, m, h, d
        exhibit.yaml:9: journal.max_bytes: "2GB" has no known unit; write "2GiB"
        exhibit.yaml:11: config_history.paths: expected a list of paths, found a number; write [first, second], \
        or [] for none
        exhibit.yaml:12: config_history.retenton: unknown setting; did you mean "retention"?
        exhibit.yaml:14: bundles.compression: "6" is unknown; write one of fast, balanced, small, zstd
        exhibit.yaml:15: bundles.max_bytes: expected one value, found a list; write a single value
        exhibit.yaml:16: log_level: "warn" is unknown; did you mean "warning"?
        """)
  }

  @Test("is told both lines of a setting that is set twice, and what else is wrong")
  func duplicates() {
    let text = """
      journal:
        timeout: 5s
        enabled: true
        # again
        timeout: 6
        units: []
      capture: {window: 15}
      "journal":
        units:
        - a.service
      tokens:
        - name: a
          roles: [read]
          name: b
          file: x
      log_level: loud
      """
    #expect(
      configurationProblems(text) == """
        exhibit.yaml:5: timeout: set twice, first on line 2; remove one of them
        exhibit.yaml:7: capture.window: "15" has no unit; write "15m"
        exhibit.yaml:8: journal: set twice, first on line 1; remove one of them
        exhibit.yaml:14: name: set twice, first on line 12; remove one of them
        exhibit.yaml:16: log_level: "loud" is unknown; write one of trace, debug, info, notice, warning, error, \
        critical
        """)
    #expect(
      configurationProblems("\njournal: {timeout: 5s, timeout: 6s}")
        == "exhibit.yaml:2: timeout: set twice in one { … }; remove one of them")
  }

  @Test("does not grow in memory by aliases")
  func aliasBomb() {
    let lines = (1...9).map {
      "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ","))]"
    }
    let text = "a0: &a0 [x]\n" + lines.joined(separator: "\n") + "\n? *a9\n: x\n"
    #expect(
      configurationProblems(text)
        == "exhibit.yaml:2: the YAML alias \"*a0\" is not supported; write the value out")
  }

  @Test("may be nested deeper than any stack", arguments: ["[", "{a: ", "- ", "? ", "{? ["])
  func nesting(opening: String) {
    #expect(configurationProblems(String(repeating: opening, count: 200_000)).hasPrefix("exhibit.yaml"))
  }

  @Test("may be any bytes that are UTF-8")
  func anything() {
    var generator = SystemRandomNumberGenerator()
    let pieces = [
      "journal", ":", " ", "\n", "  ", "- ", "[", "]", "{", "}", "\"", "'", "&a", "*a", "!", "|", ">", "#",
      ",", "?", "%", "@", "\t", "\r", "\u{85}", "\u{2028}", "é", "15", "units", "tokens", "name", "\u{301}",
      "\0",
    ]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }
      _ = configurationProblems(text.joined())
    }
  }

  @Test("never puts a second line or a terminal sequence into a message")
  func messageOnOneLine() {
    let text =
      "log_level: \"a\\nb\\e[31m\\u202e\"\n\"k\\n\": 1\nstate_directory: \(String(repeating: "x", count: 9999))"
    let lines = configurationProblems(text).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.utf8.count < 400 && !$0.unicodeScalars.contains("\u{1B}") })
  }
}

@Suite("A configuration file that cannot be read")
struct ConfigurationUnreadableTests {
  private func problem(_ body: (String) throws -> String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "exhibit-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try body(folder)
    do throws(ConfigurationErrors) {
      _ = try AgentConfiguration.load(path: path)
      return ""
    } catch {
      return error.description.replacing(folder, with: "…")
    }
  }

  @Test("is named with what to do about it")
  func reasons() throws {
    #expect(
      try problem { "\($0)/exhibit.yaml" } == "…/exhibit.yaml: no such file; create it, or name another")
    #expect(try problem { $0 } == "…: not a regular file; name a file")
    #expect(
      try problem { folder in
        try Data([0x61, 0x3A, 0xFF]).write(to: URL(filePath: "\(folder)/f"))
        return "\(folder)/f"
      } == "…/f: not UTF-8 text; save the file as UTF-8")
    #expect(
      try problem { folder in
        try Data(repeating: 0x23, count: (1 << 20) + 1).write(to: URL(filePath: "\(folder)/f"))
        return "\(folder)/f"
      } == "…/f: larger than 1MiB; remove what does not belong in it")
    #expect(
      try problem { folder in
        mkfifo("\(folder)/f", 0o600)
        return "\(folder)/f"
      } == "…/f: not a regular file; name a file")
  }

  @Test("may be of exactly the largest size")
  func limit() throws {
    #expect(
      try problem { folder in
        try Data(repeating: 0x23, count: 1 << 20).write(to: URL(filePath: "\(folder)/f"))
        return "\(folder)/f"
      } == "")
  }
}
