import Agent
import Evidence
import Foundation
import Signals
import Testing

@Suite("The pages on incident tools")
struct IntegrationPageTests {
  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let folder = repository.appending(path: "docs/integrations")

  private static var pages: [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    } catch {
      Issue.record("\(error)")
      return []
    }
  }

  private static func text(_ page: String) throws -> String {
    try String(contentsOf: folder.appending(path: page), encoding: .utf8)
  }

  /// The blocks of code of a language, without the indentation of the list that they stand in.
  private static func blocks(of language: String, in page: String) throws -> [String] {
    var blocks: [String] = []
    var indentation: Int?
    for line in try text(page).split(separator: "\n", omittingEmptySubsequences: false) {
      let content = line.drop { $0 == " " }
      if let indent = indentation {
        if content.hasPrefix("```") {
          indentation = nil
        } else {
          blocks[blocks.count - 1] += line.dropFirst(indent) + "\n"
        }
      } else if content == "```\(language)" {
        indentation = line.count - content.count
        blocks.append("")
      }
    }
    return blocks
  }

  @Test("there is one for every source, and the index leads to it", arguments: SourceTable.all.map(\.name))
  func complete(name: String) throws {
    let path = "/v1/signals/\(name)`"
    let row = try #require(
      Self.text("README.md").split(separator: "\n").first { $0.contains(path) }, "the index has no \(name)")
    let page = try #require(row.firstMatch(of: #/\((\w+\.md)\)/#)?.output.1)
    let text = try Self.text(String(page))
    #expect(text.contains("/v1/signals/\(name)"))
    #expect(text.contains("exhibit signals explain --source \(name)"))
    #expect(text.contains("**Tried:**"))
  }

  @Test("what they say to paste into the configuration is accepted", arguments: pages)
  func configurations(page: String) throws {
    for yaml in try Self.blocks(of: "yaml", in: page)
    where yaml.hasPrefix("signals:") || yaml.hasPrefix("tokens:") {
      _ = try AgentConfiguration.parse(text: yaml, file: page)
    }
  }

  @Test("there is something to paste on all but those that need a token alone")
  func pasted() throws {
    let with = try Self.pages.filter { page in
      try Self.blocks(of: "yaml", in: page).contains { $0.hasPrefix("signals:") }
    }
    #expect(
      Set(Self.pages).subtracting(with) == ["alertmanager.md", "datadog.md", "oncall.md", "opsgenie.md"])
  }

  @Test("Datadog's template, filled in, is what the tests read")
  func datadog() throws {
    func keys(_ data: Data) throws -> Set<String> {
      Set(try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]).keys)
    }
    let template = try #require(Self.blocks(of: "json", in: "datadog.md").first)
    let fixtures = Self.repository.appending(path: "Tests/Fixtures/signals")
    #expect(
      try keys(Data(template.utf8))
        == keys(Data(contentsOf: fixtures.appending(path: "datadog-Triggered.json"))))
    let explanation = try AgentConfiguration().explain(
      source: "datadog", body: Array(template.utf8), headers: [], receivedAt: .now())
    #expect(
      explanation?.signals.map(\.signal.phase) == [.ignored], "a template that nothing filled in is a test")
  }

  @Test("the body that the generic source takes as it is is taken as it is")
  func generic() throws {
    let body = try #require(Self.blocks(of: "json", in: "generic.md").first)
    let explanation = try AgentConfiguration().explain(
      source: "generic", body: Array(body.utf8), headers: [], receivedAt: .now())
    let signal = try #require(explanation?.signals.first?.signal)
    #expect(signal.incidentKey == "INC-7" && signal.service == "checkout" && signal.labels.count == 3)
    #expect(explanation?.remarks == [])
  }
}
