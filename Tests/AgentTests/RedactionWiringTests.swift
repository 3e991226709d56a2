import ConfigHistory
import Evidence
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Redaction
import Storage
import Synchronization
import Testing

@testable import Agent
@testable import Deploys

private func makeSecret() -> String {
  "q7Zk" + String(UInt64.random(in: 1 << 60 ... .max), radix: 36)
}

extension APIBench {
  /// What is in the files of the state folder.
  fileprivate func state() throws -> Data {
    var bytes = Data()
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      var isFolder: ObjCBool = false
      let path = "\(folder.path)/\(name)"
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
        bytes += try Data(contentsOf: URL(filePath: path))
      }
    }
    return bytes
  }

  fileprivate func counted(_ rule: String) -> Bool {
    metrics.text().contains("exhibit_redactions_total{rule=\"\(rule)\"}")
  }
}

@Suite("Redaction in the agent")
struct RedactionWiringTests {
  @Test("known secrets and identities of the configuration hold for whatever comes in")
  func configuration() async throws {
    let (known, other) = (makeSecret(), makeSecret())
    let bench = try APIBench { configuration, root in
      let file = root + "/app.env"
      _ = FileManager.default.createFile(
        atPath: file, contents: Data("A=\(known)\n# no\nB=\"\(other)\"\n".utf8))
      configuration.redaction.knownSecrets = [.init(file: file, format: .environment)]
      configuration.redaction.identities.emails = .pseudonym
      configuration.redaction.identities.persons = .drop
      configuration.redaction.identities.people = ["alice"]
    }
    let redactor = bench.settings.value.redactor
    let encoded = Data("user:\(other)".utf8).base64EncodedString()
    let text = redactor.redact("\(known) \(encoded) bob@example.net alice").text
    #expect(
      text.contains(
        /^\[REDACTED:known-secret:[a-z2-7]{8}\] \S+\[REDACTED:known-secret:[a-z2-7]{8}\]\S* \[REDACTED:email:[a-z2-7]{8}\] \[REDACTED:person:xxxxxxxx\]$/
      ), "\(text)")
  }

  @Test("the secrets by which senders sign are known, too")
  func signing() async throws {
    let secret = makeSecret() + makeSecret()
    let bench = try APIBench { configuration, root in
      let file = root + "/github.secret"
      _ = FileManager.default.createFile(
        atPath: file, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
      configuration.deploys.webhooks.append(.init(source: .github, secrets: [file]))
    }
    let text = bench.settings.value.redactor.redact("of old it was \(secret), in the wiki").text
    #expect(text.contains(/^of old it was \[REDACTED:known-secret:[a-z2-7]{8}\], in the wiki$/), "\(text)")
  }

  @Test("a wrong file of known secrets keeps the agent from starting, with place and remedy")
  func wrongFile() throws {
    var settings = AgentConfiguration.RedactionSettings()
    settings.knownSecrets = [.init(file: "/nonexistent/secrets"), .init(file: "/dev/null")]
    do {
      _ = try SettingsFactory.knownSecrets(settings)
      Issue.record("it was taken")
    } catch {
      #expect(
        "\(error)" == """
          /nonexistent/secrets: redaction.known_secrets: no such file; create it, or name another
          /dev/null: redaction.known_secrets: not a regular file; name a file
          """)
    }
  }

  @Test("what the configuration may say of known secrets and identities, and what it may not")
  func settings() throws {
    let configuration = try AgentConfiguration.parse(
      text: """
        redaction:
          known_secrets: [{file: "credential:app", format: environment}, {file: /a}]
          identities: {addresses: pseudonym, people: drop, names_of_people: [alice]}

        """, file: "f")
    #expect(
      configuration.redaction.knownSecrets == [
        .init(file: "credential:app", format: .environment), .init(file: "/a"),
      ])
    #expect(configuration.redaction.identities.addresses == .pseudonym)
    #expect(configuration.redaction.identities.people == ["alice"])
    #expect(
      configurationProblems(
        """
        redaction:
          known_secrets: [{format: line}, {file: a}]
          identities: {email: drop, people: pseudonym, cards: hide, names_of_hosts: [ab]}

        """) == """
          exhibit.yaml:2: redaction.known_secrets[0].file: is missing; add it
          exhibit.yaml:2: redaction.known_secrets[0].format: "line" is unknown; did you mean "lines"?
          exhibit.yaml:2: redaction.known_secrets[1].file: "a" is a relative path; write it from the root, as in "/a"
          exhibit.yaml:3: redaction.identities.cards: "hide" is unknown; write one of keep, pseudonym, drop
          exhibit.yaml:3: redaction.identities.names_of_hosts[0]: "ab" has 2 bytes; write a name of 3 to 128
          exhibit.yaml:3: redaction.identities.people: no name is known; list them in "names_of_people", or write keep
          exhibit.yaml:3: redaction.identities.email: unknown setting; did you mean "emails"?
          """)
  }

  @Test(
    "a secret of a signal, of a deploy, of a watched file and its name, and of an error is in no file of the state"
  )
  func state() async throws {
    let bench = try APIBench()
    let secrets = (0..<5).map { _ in makeSecret() }
    let headers: HTTPFields = [.authorization: "Bearer \(APIBench.signalToken)"]
    try await bench.run(.socket) { client in
      let signal = "{\"incident_id\":\"INC-1\",\"title\":\"password=\(secrets[0])\",\"status\":\"open\"}"
      try await client.execute(
        uri: "/v1/signals/generic", method: .post, headers: headers, body: ByteBuffer(string: signal)
      ) { #expect($0.status == .accepted, "\($0)") }
      let deploy =
        "{\"service\":\"shop\",\"version\":\"2\",\"description\":\"token: \(secrets[1])\",\"url\":\"https://u:\(secrets[1])@h/\"}"
      try await client.execute(uri: "/v1/deploys/generic", method: .post, body: ByteBuffer(string: deploy)) {
        #expect($0.status == .accepted, "\($0)")
      }
    }
    #expect(bench.counted("password") && bench.counted("url-userinfo"))
    // The bare secret of a signal is known from now on.
    let later = bench.settings.value.redactor.redact("again \(secrets[0])").text
    #expect(later.hasPrefix("again [REDACTED:password:"))

    let etc = bench.root + "/etc/api_key=\(secrets[2])"
    try FileManager.default.createDirectory(atPath: etc, withIntermediateDirectories: true)
    try Data("client_secret: \(secrets[3])\n".utf8).write(to: URL(filePath: etc + "/a.yaml"))
    var settings = bench.settings.value
    settings.configuration.configHistory.paths = [bench.root + "/etc"]
    bench.settings.replace(with: settings)
    let history = try ChangeHistory(
      databasePath: bench.folder.configHistory, key: bench.folder.redactionKey().derived(for: "test"))
    let logger = Logger(label: "test") { _ in CapturedLogHandler(log: bench.lines) }
    let scanner = try ConfigScanner(
      history: history, settings: bench.settings, metrics: bench.metrics, logger: logger)
    let scanning = Task { try await scanner.run() }
    for _ in 0..<600 where !bench.counted("secret") { try await Task.sleep(for: .milliseconds(50)) }
    scanning.cancel()
    try await scanning.value
    #expect(bench.counted("secret"))
    #expect(bench.settings.value.redactor.redact("again \(secrets[3])").text.hasPrefix("again [REDACTED:"))

    let row = try #require(try await bench.database.claimCapture(at: .now()))
    let error = MeteredRedactor(bench.settings.value.redactor, bench.metrics).redact(
      "open https://u:\(secrets[4])@host/ failed")
    try await bench.database.fail(row.id, error: error, at: .now(), retryAt: nil)
    let state = try bench.state()
    #expect(state.range(of: Data("INC-1".utf8)) != nil)
    for (index, secret) in secrets.enumerated() {
      #expect(state.range(of: Data(secret.utf8)) == nil, "secret \(index)")
      #expect(!bench.lines.messages.contains { $0.contains(secret) }, "secret \(index)")
    }
  }

  @Test("an incident's id that looks like a secret is refused, and one that was in a signal's secret is not")
  func incidentID() async throws {
    let bench = try APIBench()
    _ = bench.settings.value.redactor.redact("password=INC-4711-shop9")
    let token =
      "gh" + "p_" + (0..<36).map { _ in "abcdefghkmnpqrstuvwxyzABCDEFGH0123456789".randomElement() ?? "a" }
    for (id, status) in [("INC-4711-shop9", HTTPResponse.Status.accepted), (token, .badRequest)] {
      try await bench.run(.socket) { client in
        try await client.execute(
          uri: "/v1/incidents/\(id)/captures", method: .post, body: ByteBuffer(string: "{}")
        ) { response in
          #expect(response.status == status, "\(String(buffer: response.body))")
        }
      }
    }
    #expect(try bench.state().range(of: Data(token.utf8)) == nil)
  }

  @Test("the log says no secret, be it in a message, in metadata or in an error's text")
  func log() throws {
    let recorder = Mutex<[LogRecord]>([])
    let redaction = LogRedaction()
    let secret = makeSecret()
    let writer = LogWriter { record in recorder.withLock { $0.append(redaction.redact(record)) } }
    struct Failure: Error, CustomStringConvertible {
      var description: String
    }
    var logger = Logger(label: "test") { _ in JournalLogHandler(writer: writer, level: .info) }
    logger[metadataKey: "config.path"] = "/etc/password=\(secret)/x"
    logger.error(
      "open https://user:\(secret)@host/", metadata: ["error": "\(Failure(description: "token: \(secret)"))"])
    let memory = FoundSecrets(known: [Array("known \(secret)".utf8)], key: .random(), after: nil)
    redaction.use(Redactor(rules: .builtIn, key: .random()).collecting(into: memory))
    logger.error("it is known \(secret)")
    #expect(writer.flush(timeout: .seconds(60)))
    let lines = recorder.withLock { $0.map { $0.line(colour: false) } }
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.contains("[REDACTED:") && !$0.contains(secret) }, "\(lines)")
  }

  @Test("rules that are left out are told at the start")
  func warnings() throws {
    let bench = try APIBench { configuration, root in
      let folder = root + "/redaction.d"
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("strict: false\nrules:\n  - id: short\n    keys: [a]\n".utf8)
          .write(to: URL(filePath: folder + "/a.yaml"))
      } catch {
        Issue.record(error)
      }
    }
    let logger = Logger(label: "test") { _ in CapturedLogHandler(log: bench.lines) }
    bench.settings.announce(logger, LogRedaction())
    #expect(bench.lines.messages.count == 1)
    #expect(bench.lines.messages[0].hasPrefix("warning Left out a redaction rule"))
    #expect(bench.lines.messages[0].contains("a.yaml:3: rules[0].id: a key must begin with at least 3"))
    #expect(try Daemon.check(bench.settings.value.configuration).count == 1)
  }
}
