import Foundation
import Logging
import Storage
import Testing

@testable import Agent

/// Certificates of two authorities, made by openssl.
struct Certificates: Sendable {
  let folder: String

  init(in folder: String) async throws {
    self.folder = folder
    let script = """
      set -e; cd \(folder)
      for ca in ours theirs; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$ca" \
          -keyout $ca.key -out $ca.pem
      done
      leaf() {
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$3" -keyout $1.key -out $1.csr
        printf 'subjectAltName=%s\\n' "$4" > $1.ext
        openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 -extfile $1.ext -out $1.pem
        chmod 600 $1.key
      }
      leaf server ours '/CN=server' IP:127.0.0.1,DNS:localhost
      leaf renewed theirs '/CN=server' IP:127.0.0.1
      leaf alertmanager ours '/O=Example/CN=alertmanager.example.com' DNS:am.example.com
      leaf mesh ours '/O=Example' URI:spiffe://example.com/deployer
      leaf nobody ours '/CN=nobody' DNS:nobody.example.com
      leaf stranger theirs '/CN=alertmanager.example.com' DNS:am.example.com
      """
    let run = try await Shell.run(script)
    try #require(run.status == 0, "\(run.output)")
  }

  func path(_ name: String) -> String { folder + "/" + name }

  func settings(_ name: String = "server", clientCA: Bool = false) -> AgentConfiguration.TLSSettings {
    .init(
      certificate: path("\(name).pem"), key: path("\(name).key"), clientCA: clientCA ? path("ours.pem") : "")
  }
}

@Suite("TLS", .enabled(if: Shell.hasTools, "needs curl, openssl and python3"))
struct TLSTests {
  private let bench: APIBench
  private let certificates: Certificates

  init() async throws {
    bench = try APIBench { configuration, _ in
      configuration.listen.headerTimeout = .seconds(2)
      configuration.listen.certificates = [
        .init(name: "alertmanager.example.com", roles: [.read]),
        .init(name: "spiffe://example.com/deployer", roles: [.deploy, .admin]),
      ]
    }
    certificates = try await Certificates(in: bench.root)
  }

  private func curl(_ port: Int, _ path: String = "/healthz", _ options: String = "") async throws -> Ran {
    try await Shell.run(
      "curl -sS -o /dev/null -w '%{http_code}' --cacert \(certificates.path("ours.pem")) \(options) "
        + "https://127.0.0.1:\(port)\(path)")
  }

  private func client(_ name: String) -> String {
    "--cert \(certificates.path("\(name).pem")) --key \(certificates.path("\(name).key"))"
  }

  @Test("serves by TLS 1.2 and 1.3, by nothing older, and by no plain HTTP")
  func versions() async throws {
    try await bench.listen(tls: TLSStore(certificates.settings())) { port in
      for version in ["--tlsv1.2 --tls-max 1.2", "--tlsv1.3"] {
        let run = try await curl(port, "/healthz", version)
        #expect(run.output == "200", "\(version): \(run)")
      }
      // At security level 0 this curl would speak it.
      let old = try await curl(port, "/healthz", "--tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0")
      #expect(old.status != 0 && !old.output.contains("200"), "\(old)")
      let plain = try await Shell.run("curl -sS http://127.0.0.1:\(port)/healthz")
      #expect(plain.status != 0, "\(plain)")
      let read = try await curl(
        port, "/v1/incidents", "-H 'Authorization: Bearer \(APIBench.readToken)'")
      #expect(read.output == "200")
    }
  }

  @Test("a client certificate has the roles of its names, and the audit names it")
  func clients() async throws {
    try await bench.listen(tls: TLSStore(certificates.settings(clientCA: true))) { port in
      #expect(try await curl(port, "/v1/incidents", client("alertmanager")).output == "200")
      #expect(try await curl(port, "/v1/audit", client("alertmanager")).output == "403")
      #expect(try await curl(port, "/v1/audit", client("mesh")).output == "200")
      #expect(try await curl(port, "/v1/incidents", client("nobody")).output == "403")
      // Without one, a token does.
      #expect(try await curl(port, "/v1/incidents").output == "401")
      let token = "-H 'Authorization: Bearer \(APIBench.readToken)'"
      #expect(try await curl(port, "/v1/incidents", token).output == "200")
      // A certificate does not make up for a wrong token.
      let wrong = "\(client("alertmanager")) -H 'Authorization: Bearer wrong'"
      #expect(try await curl(port, "/v1/incidents", wrong).output == "401")
      let stranger = try await curl(port, "/v1/incidents", client("stranger"))
      #expect(stranger.status != 0 && !stranger.output.contains("200"), "\(stranger)")
    }
    let rows = try await bench.audit.log.rows(before: nil, limit: 50).elements
    let principals = Set(rows.map(\.principal))
    #expect(principals.isSuperset(of: ["certificate:spiffe://example.com/deployer", "certificate:nobody"]))
  }

  @Test("where certificates are required there is no connection without")
  func required() async throws {
    var settings = certificates.settings(clientCA: true)
    settings.clientCertificates = .required
    try await bench.listen(tls: TLSStore(settings)) { port in
      let without = try await curl(port)
      #expect(without.status != 0)
      let with = try await curl(port, "/healthz", client("nobody"))
      #expect(with.output == "200")
    }
  }

  @Test("a handshake that does not go on is cut")
  func slowHandshake() async throws {
    try await bench.listen(tls: TLSStore(certificates.settings())) { port in
      let run = try await Shell.run(
        "/usr/bin/python3 -c 'import socket\ns = socket.create_connection((\"127.0.0.1\", \(port)))\n"
          + "s.sendall(bytes([0x16, 3, 1, 2, 0, 1]))\nprint(s.recv(100))'")
      #expect(run.status == 0, "\(run)")
      #expect(try await curl(port).output == "200")
    }
  }

  @Test("a renewed certificate is taken without a restart, a broken one is not")
  func renewal() async throws {
    let store = try TLSStore(certificates.settings())
    let lines = bench.lines
    let watch = TLSWatch(
      store: store, audit: bench.audit, logger: Logger(label: "test") { _ in CapturedLogHandler(log: lines) })
    try await bench.listen(tls: store) { port in
      #expect(try await curl(port).output == "200")
      _ = try await Shell.run("echo broken > \(certificates.path("server.pem"))")
      await watch.look()
      await watch.look()
      #expect(try await curl(port).output == "200")
      #expect(lines.messages.filter { $0.contains("Kept the old TLS certificate") }.count == 1)
      let renew = "cd \(bench.root); mv renewed.pem server.pem; mv renewed.key server.key"
      #expect(try await Shell.run(renew).status == 0)
      await watch.look()
      #expect(try await curl(port).status != 0)
      #expect(
        try await curl(port, "/healthz", "--cacert \(certificates.path("theirs.pem"))").output == "200")
    }
    #expect(try await bench.audit.log.rows(before: nil, action: "tls", limit: 5).elements.count == 1)
  }

  @Test("files that cannot be used are named, with what to do")
  func problems() async throws {
    func message(_ settings: AgentConfiguration.TLSSettings) -> String {
      do {
        _ = try TLSStore(settings)
        return ""
      } catch {
        return "\(error)"
      }
    }
    var settings = certificates.settings()
    settings.key = certificates.path("alertmanager.key")
    #expect(message(settings).contains("see that the two belong together"))
    settings.key = certificates.path("server.pem")
    #expect(message(settings).contains("server.pem: listen.tls.key: "))
    settings.key = certificates.path("nowhere")
    #expect(message(settings).contains("nowhere: listen.tls.key: no such file"))
    settings = certificates.settings()
    settings.certificate = certificates.path("server.key")
    #expect(message(settings).contains("holds no certificate in PEM"))
    settings = certificates.settings()
    _ = try await Shell.run("chmod 644 \(certificates.path("server.key"))")
    #expect(message(settings).contains("chmod 640"))
    settings.certificate = "credential"
    #expect(message(settings).contains("LoadCredential=credential:/path"))
  }
}

@Suite("Addresses that others reach")
struct ListenConfigurationTests {
  private func problems(_ text: String) -> String {
    do {
      _ = try AgentConfiguration.parse(text: text, file: "x.yaml")
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("need TLS, or a word that says that they are to be without")
  func publicAddress() {
    let refused = problems("listen:\n  http: 0.0.0.0:9464")
    #expect(refused.contains("x.yaml:2: listen.http: \"0.0.0.0:9464\" is not a loopback address"))
    #expect(refused.contains("listen.tls.certificate") && refused.contains("insecure: true"))
    #expect(problems("listen: {http: \"[::]:9464\"}").contains("not a loopback address"))
    #expect(problems("listen: {http: 0.0.0.0:9464, insecure: true}").isEmpty)
    #expect(problems("listen: {http: 0.0.0.0:9464, tls: {certificate: /a, key: /b}}").isEmpty)
    #expect(problems("listen: {http: 127.8.8.8:9464}").isEmpty)
  }

  @Test("half of a TLS configuration is none")
  func incomplete() {
    #expect(problems("listen: {tls: {certificate: /a}}").contains("listen.tls.key: is missing"))
    #expect(problems("listen: {tls: {key: /a}}").contains("listen.tls.certificate: is missing"))
    #expect(
      problems("listen: {certificates: [{name: a, roles: [read]}]}").contains(
        "there is no listen.tls.client_ca"))
    #expect(
      problems("listen: {tls: {certificate: /a, key: /b, client_certificates: required}}")
        .contains("listen.tls.client_ca: is missing"))
    #expect(problems("listen: {socket_users: [{roles: [read]}]}").contains("either a user or a group"))
  }
}
