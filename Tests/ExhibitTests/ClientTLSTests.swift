import Foundation
import Testing

@testable import exhibit

@Suite("TLS with an agent on another host", .enabled(if: LiveAgent.hasTLSTools, "needs curl and openssl"))
struct ClientTLSTests {
  /// Two authorities, the agent's certificate by one of them, and a client's by each.
  private static let certificates = """
    set -e
    for ca in ours theirs; do
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$ca" \
        -keyout $ca.key -out $ca.pem
    done
    leaf() {
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$3" -keyout $1.key -out $1.csr
      openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 \
        -extfile <(echo "subjectAltName=$4") -out $1.pem
      chmod 600 $1.key
    }
    leaf server ours server DNS:localhost
    leaf laptop ours laptop.example.com DNS:laptop.example.com
    leaf other ours other.example.com DNS:other.example.com
    leaf stranger theirs laptop.example.com DNS:laptop.example.com
    cat laptop.pem laptop.key > both.pem; chmod 600 both.pem
    cp laptop.key open.key; chmod 644 open.key
    mkfifo pipe
    """

  private func agent(_ listen: String = "") async throws -> LiveAgent {
    let folder = try TemporaryFolder()
    let script = try folder.file("certificates.sh", Array(Self.certificates.utf8))
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [script]
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    try #require(status == 0)
    return try await LiveAgent(
      """
      tls: {certificate: \(folder.path("server.pem")), key: \(folder.path("server.key")), \
      client_ca: \(folder.path("ours.pem"))\(listen)}, certificates: [{name: laptop.example.com, roles: [read]}]
      """, in: folder)
  }

  /// What 'exhibit incidents --json' says, in the folder of the certificates.
  private func incidents(
    _ agent: LiveAgent, _ options: String, environment: String = "", host: String = "localhost"
  ) async throws -> (status: Int32, output: String) {
    try await agent.shell(
      "\(environment) \(AgentProcess.executable.path) incidents --json --server https://\(host):\(agent.port) "
        + "\(options) 2>&1")
  }

  @Test("trusts a private authority, and is known by its certificate")
  func certificate() async throws {
    let agent = try await agent()
    for (options, environment) in [
      ("--cacert ours.pem --cert laptop.pem --cert-key laptop.key", ""),
      ("--cacert ours.pem --cert both.pem", ""),
      ("", "EXHIBIT_CACERT=ours.pem EXHIBIT_CERT=laptop.pem EXHIBIT_CERT_KEY=laptop.key"),
      // A certificate that was given brings its own key.
      ("--cert both.pem", "EXHIBIT_CACERT=ours.pem EXHIBIT_CERT=stranger.pem EXHIBIT_CERT_KEY=stranger.key"),
    ] {
      let run = try await incidents(agent, options, environment: environment)
      #expect(run.status == 0 && run.output == "[\n\n]\n", "\(options) \(environment): \(run)")
    }
  }

  @Test("says what is wrong with a certificate, and what to do")
  func refusals() async throws {
    let agent = try await agent()
    for (options, status, message) in [
      ("", 77, "give the file of a private authority with --cacert"),
      ("--cacert theirs.pem", 77, "no authority that is trusted here signed its certificate"),
      ("--cacert ours.pem", 77, "give a token with --token-file, or a certificate with --cert"),
      (
        "--cacert ours.pem --cert stranger.pem --cert-key stranger.key", 77,
        "does not accept the certificate of --cert"
      ),
      ("--cacert missing.pem", 66, "missing.pem"),
      ("--cacert ours.key", 64, "--cacert ours.key holds no certificate in PEM"),
      ("--cacert ours.pem --cert laptop.pem", 77, "chmod 600 laptop.pem"),
      ("--cacert ours.pem --cert laptop.pem --cert-key open.key", 77, "chmod 600 open.key"),
      (
        "--cacert ours.pem --cert laptop.pem --cert-key stranger.key", 64,
        "laptop.pem and the key stranger.key do not belong together"
      ),
      ("--cacert ours.pem --cert both.pem --cert-key certificates.sh", 64, "holds no private key in PEM"),
      (
        "--cacert ours.pem --cert other.pem --cert-key other.key", 77,
        "certificate:other.example.com lacks the role"
      ),
      ("--cacert pipe", 64, "pipe is not a regular file"),
      ("--cacert ours.pem --cert-key laptop.key", 64, "--cert-key is the key of --cert, which is missing"),
    ] as [(String, Int32, String)] {
      let run = try await incidents(agent, options)
      #expect(run.status == status && run.output.contains(message), "\(options): \(run)")
    }
    let named = try await incidents(agent, "--cacert ours.pem --cert both.pem", host: "127.0.0.1")
    #expect(named.status == 77 && named.output.contains("its certificate is for another name"), "\(named)")
  }

  @Test("an option of TLS is refused where there is none, and one of the environment is not read there")
  func withoutTLS() async throws {
    let agent = try await agent()
    let exhibit = AgentProcess.executable.path
    for place in ["--server http://127.0.0.1:1", "--socket /nowhere"] {
      let option = try await agent.shell("\(exhibit) incidents \(place) --cert laptop.pem 2>&1")
      #expect(
        option.status == 64 && option.output.contains("--cert is for an agent at https://"), "\(option)")
      let environment = try await agent.shell("EXHIBIT_CACERT=missing.pem \(exhibit) incidents \(place) 2>&1")
      #expect(
        environment.status == 69 && environment.output.contains("cannot reach the agent"), "\(environment)")
    }
  }

  @Test("says that an agent without TLS has none")
  func plain() async throws {
    let agent = try await LiveAgent("header_timeout: 10s")
    let run = try await incidents(agent, "")
    #expect(run.status == 77 && run.output.contains("it does not speak TLS; write http://"), "\(run)")
  }

  @Test("says that the agent wants a certificate")
  func required() async throws {
    let agent = try await agent(", client_certificates: required")
    let run = try await incidents(agent, "--cacert ours.pem")
    #expect(run.status == 77 && run.output.contains("give it with --cert and --cert-key"), "\(run)")
    #expect(try await incidents(agent, "--cacert ours.pem --cert both.pem").status == 0)
  }
}
