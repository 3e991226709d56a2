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

  func validate() throws {
    if socket != nil && server != nil {
      throw ValidationError("--socket and --server exclude each other.")
    }
    if let server, AgentEndpoint.server(parsing: server) == nil {
      throw ValidationError("--server \(server) is not a URL like https://host:9464.")
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

  /// Runs `body` with a client, whose connections are closed when it returns.
  func withClient<Result>(_ body: (AgentClient) async throws -> Result) async throws -> Result {
    let path = tokenFile ?? Terminal.environment("EXHIBIT_TOKEN_FILE")
    let token = try path.map { try BearerToken(file: $0) }
    return try await AgentClient.with(endpoint: endpoint(), token: token, body)
  }
}
