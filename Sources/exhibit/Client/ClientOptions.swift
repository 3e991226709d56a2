internal import ArgumentParser

/// Which agent to talk to: the options that all of the client commands share.
struct ClientOptions: ParsableArguments {
  /// Where the agent of this host listens unless it was told otherwise.
  static let defaultSocket = "/run/exhibit/exhibit.sock"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The agent's unix socket (EXHIBIT_SOCKET; default: \(defaultSocket)).", valueName: "path"),
    completion: .file())
  var socket: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The agent's URL, when it is on another host (EXHIBIT_SERVER).", valueName: "url"))
  var server: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "File with the bearer token, mode 0600 (EXHIBIT_TOKEN_FILE).", valueName: "path"),
    completion: .file())
  var tokenFile: String?

  @Option(
    name: .customLong("cacert"),
    help: ArgumentHelp(
      "Authorities that sign the agent's certificate, instead of the system's (EXHIBIT_CACERT).",
      valueName: "path"),
    completion: .file())
  var authorities: String?

  @Option(
    name: .customLong("cert"),
    help: ArgumentHelp(
      "Certificate to show the agent instead of a token (EXHIBIT_CERT).", valueName: "path"),
    completion: .file())
  var certificate: String?

  @Option(
    name: .customLong("cert-key"),
    help: ArgumentHelp(
      "Private key of --cert, mode 0600, where it is a file of its own (EXHIBIT_CERT_KEY).",
      valueName: "path"),
    completion: .file())
  var certificateKey: String?

  func validate() throws {
    if socket != nil && server != nil {
      throw ValidationError("--socket and --server exclude each other.")
    }
    if let server, AgentEndpoint.server(parsing: server) == nil {
      throw ValidationError("--server \(server) is not a URL like https://host:9464.")
    }
    if certificateKey != nil && certificate == nil && Terminal.environment("EXHIBIT_CERT") == nil {
      throw ValidationError("--cert-key is the key of --cert, which is missing.")
    }
  }

  /// A flag wins over the environment, and there a server over a socket.
  func endpoint() throws -> AgentEndpoint {
    if let socket { return .socket(socket) }
    if let url = server ?? Terminal.environment("EXHIBIT_SERVER") {
      guard let endpoint = AgentEndpoint.server(parsing: url) else {
        throw CommandFailure(.usage, "EXHIBIT_SERVER is not a URL like https://host:9464: \(url)")
      }
      return endpoint
    }
    return .socket(Terminal.environment("EXHIBIT_SOCKET") ?? ClientOptions.defaultSocket)
  }

  private var tls: ClientTLS {
    // A certificate that was given does not go with a key of the environment.
    let key = certificate == nil ? Terminal.environment("EXHIBIT_CERT_KEY") : nil
    return ClientTLS(
      authorities: authorities ?? Terminal.environment("EXHIBIT_CACERT"),
      certificate: certificate ?? Terminal.environment("EXHIBIT_CERT"), key: certificateKey ?? key)
  }

  /// Runs `body` with a client, whose connections are closed when it returns.
  func withClient<Result>(_ body: (AgentClient) async throws -> Result) async throws -> Result {
    let endpoint = try endpoint()
    // What the environment says may be meant for other commands; an option is meant for this one.
    let options = [("--cacert", authorities), ("--cert", certificate), ("--cert-key", certificateKey)]
    if !endpoint.usesTLS, let (option, _) = options.first(where: { $0.1 != nil }) {
      throw CommandFailure(
        .usage, "\(option) is for an agent at https://…, and \(endpoint) has no TLS; see --server")
    }
    let path = tokenFile ?? Terminal.environment("EXHIBIT_TOKEN_FILE")
    let token = try path.map { try BearerToken(file: $0) }
    return try await AgentClient.with(endpoint: endpoint, token: token, tls: tls, body)
  }
}
