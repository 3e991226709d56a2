import Agent
import Foundation
import Testing

@Suite("The file of a bearer token")
struct ConfigurationTokenTests {
  private let folder: URL
  /// As the user of the tests; generated, for there is no token in the source.
  private let value = (0..<32).map { _ in "0123456789abcdef".randomElement() ?? "0" }.reduce(into: "") {
    $0.append($1)
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "exhibit-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  private func entry(_ file: String) -> AgentConfiguration.TokenEntry {
    .init(name: "pager", roles: [.signal], file: file)
  }

  /// Loads a file with `content` and `mode`, as a credential or by its absolute path.
  private func load(_ content: String, mode: Int = 0o600, credential: Bool = false) throws -> Result<
    String, any Error
  > {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "pager").path
    try Data(content.utf8).write(to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return Result {
      let bytes = try TokenFile.load(
        entry(credential ? "pager" : file), credentialsDirectory: credential ? folder.path : nil)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private func message(_ result: Result<String, any Error>) -> String {
    guard case .failure(let error) = result else { return "" }
    return "\(error)".replacing(folder.path, with: "…")
  }

  @Test("is the token, without the newline that editors add", arguments: ["", "\n"])
  func value(ending: String) throws {
    #expect(try load(value + ending).get() == value)
  }

  @Test("may be a credential of systemd, whose mode is systemd's business")
  func credential() throws {
    #expect(try load(value, mode: 0o440, credential: true).get() == value)
  }

  @Test("is refused when others may read or write it", arguments: [0o640, 0o604, 0o660, 0o620, 0o777])
  func mode(mode: Int) throws {
    #expect(
      try message(load(value, mode: mode))
        == "…/pager: token pager: others than its owner may read or write it; run \"chmod 600 …/pager\"")
  }

  @Test("two tokens of one value are refused, beside whatever else is wrong")
  func twice() throws {
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    var configuration = AgentConfiguration()
    for name in ["pager", "admin"] {
      let file = folder.appending(path: name).path
      try Data(value.utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      configuration.tokens.append(.init(name: name, roles: [.signal], file: file))
    }
    configuration.redaction.rulesDirectory = "/etc/passwd"
    let errors = try #require(throws: ConfigurationErrors.self) { try Daemon.check(configuration) }
    let text = "\(errors)"
    #expect(text.contains("it has the value of the token pager") && !text.contains(value), "\(text)")
    #expect(text.contains("/etc/passwd: ") && errors.problems.count == 2, "\(text)")
  }

  @Test("is refused when it is too short, and is never shown", arguments: [0, 1, 15])
  func short(count: Int) throws {
    let text = try message(load(String(value.prefix(count)) + "\n"))
    #expect(
      text == """
        …/pager: token pager: the token has \(count) bytes, and at least 16 are needed; write a new one with \
        "openssl rand -hex 32"
        """)
  }

  @Test(
    "is refused with bytes that no header can carry, and is never shown",
    arguments: ["\n\n", " ", "\r\n", "\u{E9}", "\0"])
  func bytes(ending: String) throws {
    let text = try message(load(value + ending))
    #expect(
      text.hasPrefix("…/pager: token pager: the token has spaces, line ends or other than ASCII characters;"))
    #expect(!text.contains(value))
  }

  @Test("is refused when it is missing, or too large, or a relative path without credentials")
  func missing() throws {
    #expect(try message(load(String(repeating: value, count: 200))).contains("larger than 4KiB"))
    let gone = Result {
      String(decoding: try TokenFile.load(entry("/nowhere/pager"), credentialsDirectory: nil), as: UTF8.self)
    }
    #expect(message(gone) == "/nowhere/pager: token pager: no such file; create it, or name another")
    let relative = Result {
      String(decoding: try TokenFile.load(entry("pager"), credentialsDirectory: nil), as: UTF8.self)
    }
    #expect(
      message(relative) == """
        pager: token pager: a relative path needs systemd's credentials; add "LoadCredential=pager:/path" to the \
        unit, or write an absolute path
        """)
  }
}
