import Foundation
import Redaction
import Testing

@testable import Agent

@Suite("Redaction rules of the host's owner")
struct ConfigurationUserRuleTests {
  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func problems(_ text: String) -> String {
    do throws(ConfigurationErrors) {
      _ = try UserRuleFile.parse(text: text, file: "a.yaml")
      return ""
    } catch {
      return error.description
    }
  }

  /// Loads a folder with these files.
  private func load(_ files: [String: String]) throws -> Result<[String], any Error> {
    let folder = FileManager.default.temporaryDirectory.appending(path: "exhibit-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    return Result { try UserRuleFile.load(directory: folder.path).map(\.id) }
      .mapError { ConfigurationTextError(text: "\($0)".replacing(folder.path, with: "…")) }
  }

  private struct ConfigurationTextError: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
  }

  @Test("are shown by a file that the rules accept")
  func example() throws {
    let file = Self.repository.appending(path: "config/redaction.d/example.yaml")
    let rules = try UserRuleFile.parse(text: String(contentsOf: file, encoding: .utf8), file: "example.yaml")
    #expect(rules.map(\.id) == ["acme-token", "acme-pin"])
    #expect(
      rules.map(\.matcher) == [
        .prefix("acme_", alphabet: .alphanumeric, minimumLength: 20), .key(["acme_pin", "acme_door_code"]),
      ])
    #expect(rules.allSatisfy { !$0.examples.isEmpty && !$0.counterexamples.isEmpty })
    _ = try RuleSet.builtIn.adding(rules)
  }

  @Test("report everything that is wrong with them at once")
  func everythingAtOnce() {
    let text = """
      rules:
        - id: Acme Token
          prefix: acme_
          alphabet: alphanumerical
          minimum_length: 0
        - prefix: beta_
          keys: [beta]
          alphabet: hex
          minimum_length: 8
        - id: nothing
        - id: empty
          keys: []
        - id: short
          prefix: long_enough_
          minimum_lenght: 20
        - keys
      rule: []
      """
    #expect(
      problems(text) == """
        a.yaml:2: rules[0].id: "Acme Token" is not an id; write 1 to 64 lower-case letters, digits or hyphens
        a.yaml:4: rules[0].alphabet: "alphanumerical" is unknown; did you mean "alphanumeric"?
        a.yaml:5: rules[0].minimum_length: "0" is out of range; write 1 to 4096
        a.yaml:6: rules[1].id: is missing; add it
        a.yaml:7: rules[1].keys: stands beside "prefix"; make two rules of it
        a.yaml:10: rules[2].prefix: is missing; add it, or "keys" for the names of keys
        a.yaml:12: rules[3].keys: the list is empty; name at least one
        a.yaml:13: rules[4].alphabet: is missing; add it
        a.yaml:13: rules[4].minimum_length: is missing; add it
        a.yaml:15: rules[4].minimum_lenght: unknown setting; did you mean "minimum_length"?
        a.yaml:16: rules[5]: expected settings, found a text; write one "key: value" a line
        a.yaml:17: rule: unknown setting; did you mean "rules"?
        """)
  }

  @Test("that their own examples prove wrong are refused, and the example is not shown")
  func wrongExample() {
    let body = (0..<24).map { _ in "abcdefghij".randomElement() ?? "a" }.reduce(into: "") { $0.append($1) }
    let text = """
      rules:
        - id: acme-token
          prefix: acme_
          alphabet: alphanumeric
          minimum_length: 20
          counterexamples: ["acme_\(body)"]
      """
    let message = problems(text)
    #expect(message.hasPrefix("a.yaml:2: rules[0].id: "))
    #expect(!message.contains(body))
  }

  @Test("are read in the order of the files' names, whatever else lies in the folder")
  func order() throws {
    func rule(_ id: String) -> String { "rules: [{id: \(id), keys: [\(id)]}]" }
    let loaded = try load([
      "20-b.yaml": rule("second"), "10-a.yaml": rule("first"), "README": "hello", ".hidden.yaml": "[",
      "c.yaml~": "[",
      "30-empty.yaml": "",
    ])
    #expect(try loaded.get() == ["first", "second"])
    #expect(try UserRuleFile.load(directory: "/nowhere/redaction.d").isEmpty)
  }

  @Test("in a folder report the problems of all files at once")
  func allFiles() throws {
    let same = "rules: [{id: same, keys: [pin_code]}]"
    guard case .failure(let error) = try load(["a.yaml": same, "b.yaml": same, "c.yaml": "x: ["]) else {
      Issue.record("accepted")
      return
    }
    let lines = "\(error)".split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first == "…/b.yaml:1: rules[0].id: \"same\" is the id of another rule; give each its own")
    #expect(lines.last?.hasPrefix("…/c.yaml:2: not YAML: ") ?? false)
  }

  @Test("with a name that is not read are not passed over in silence")
  func yml() throws {
    guard case .failure(let error) = try load(["a.yml": ""]) else {
      Issue.record("accepted")
      return
    }
    #expect("\(error)" == "…: \"a.yml\" is not read; rename it to end in \".yaml\"")
  }

  @Test("need a folder")
  func folder() throws {
    do throws(ConfigurationErrors) {
      _ = try UserRuleFile.load(directory: #filePath)
      Issue.record("accepted")
    } catch {
      #expect(error.description.hasSuffix(": Not a directory; see that it can be read"))
    }
  }

  @Test("that are good load beside bad ones where the file is not strict, but no allowance of it does")
  func lenient() throws {
    let text = """
      strict: false
      rules:
        - id: good
          keys: [acme_pin]
        - id: bad
          regex: "abc("
          literal: abcd
      allow:
        - rules: [password]
          path: ["/etc/x"]
        - rules: [token]
      """
    var found = UserRules()
    try UserRuleFile.read(text: text, file: "a.yaml", into: &found)
    #expect(found.rules.map(\.id) == ["good"])
    #expect(found.allowances.isEmpty)
    #expect(
      found.warnings.map(\.description) == [
        "a.yaml:5: rules[1].id: the expression is wrong: missing closing parenthesis, at byte 5 of the expression",
        "a.yaml:10: allow[0].path: unknown setting; did you mean \"paths\"?",
      ])
    #expect(problems(text.replacing("strict: false", with: "strict: true")).split(separator: "\n").count == 2)
    var broken = UserRules()
    #expect(throws: ConfigurationErrors.self) {
      try UserRuleFile.read(text: "strict: false\nrules: [", file: "a.yaml", into: &broken)
    }
  }

  @Test("of every sort are read, and an allowance needs something that is right")
  func sorts() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "exhibit-\(UUID())")
    let secret = (0..<20).map { _ in String("abcdefghij".randomElement() ?? "a") }.joined()
    try Data("# note\nexport NAME=\"\(secret)\"\n".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let text = """
      rules:
        - {id: card, prefix: acme_, alphabet: digits, minimum_length: 10, checksum: luhn, severity: low, summary: a card}
        - {id: mount, literals_file: \(file.path), format: environment}
        - {id: badge, regex: 'badge#(\\d{6})', literal: "badge#", examples: ["badge#123456"]}
      allow:
        - {rules: [badge], values: [abcdefgh], paths: ["/etc/*"], units: ["a@*.service"], reason: a demo}
      """
    var found = UserRules()
    try UserRuleFile.read(text: text, file: "a.yaml", into: &found)
    let rules = try found.ruleSet()
    let redactor = Redactor(rules: rules, key: .random())
    #expect(redactor.redact("x\(secret)y").text.hasPrefix("x[REDACTED:mount:"))
    #expect(rules.rules.first { $0.id == "card" }?.severity == .low)
    #expect(
      found.allowances == [
        Allowance(
          rules: ["badge"], values: ["abcdefgh"], paths: ["/etc/*"], units: ["a@*.service"])
      ])
    #expect(problems("allow: [{values: [nonsense-]}]").contains("is no hash of a value"))
    #expect(problems("allow: [{rules: [pasword]}]").contains("did you mean \"password\"?"))
    #expect(problems("rules: [{id: x, literals_file: /nowhere/x}]").contains("literals_file"))
  }
}
