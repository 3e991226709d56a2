internal import AsyncHTTPClient
internal import Evidence
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// Speaks HTTP with one agent, over its unix socket or TCP.
struct AgentClient {
  /// The largest JSON answer that is read, in bytes.
  private static let maximumAnswer = 16 * 1024 * 1024
  /// How long the answer to a small request may take.
  private static let answerTimeout = TimeAmount.seconds(30)

  let endpoint: AgentEndpoint
  private let token: BearerToken?
  private let http: HTTPClient

  /// Runs `body` with a client, and closes its connections.
  static func with<Result>(
    endpoint: AgentEndpoint, token: BearerToken?, tls: ClientTLS = ClientTLS(),
    _ body: (AgentClient) async throws -> Result
  ) async throws -> Result {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(5), read: .seconds(60))
    if endpoint.usesTLS { configuration.tlsConfiguration = try tls.configuration() }
    // Whether to try again is the command's decision: an agent that is not there is said at once.
    configuration.connectionPool.retryConnectionEstablishment = false
    return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
      try await body(AgentClient(endpoint: endpoint, token: token, http: http))
    }
  }

  /// Gets a JSON resource; `path` holds the segments of its path, not encoded.
  func get<Answer: Decodable>(
    _ path: [String], query: [(name: String, value: String)] = []
  ) async throws(AgentError) -> Answer {
    let request = HTTPClientRequest(url: endpoint.url(path: path, query: query))
    return try await decoded(request, name: "GET /" + path.joined(separator: "/"))
  }

  /// Posts a JSON body, and decodes the JSON answer.
  func post<Body: Encodable, Answer: Decodable>(
    _ path: [String], _ body: Body
  ) async throws(AgentError) -> Answer {
    try await send(.POST, path, body)
  }

  /// Puts a JSON body, and decodes the JSON answer.
  func put<Body: Encodable, Answer: Decodable>(
    _ path: [String], _ body: Body
  ) async throws(AgentError) -> Answer {
    try await send(.PUT, path, body)
  }

  /// Deletes a resource.
  func delete(_ path: [String]) async throws(AgentError) {
    var request = HTTPClientRequest(url: endpoint.url(path: path, query: []))
    request.method = .DELETE
    let name = "DELETE /" + path.joined(separator: "/")
    let response = try await execute(request, name: name, deadline: .now() + AgentClient.answerTimeout)
    _ = try await collect(response, name: name)
  }

  private func send<Body: Encodable, Answer: Decodable>(
    _ method: HTTPMethod, _ path: [String], _ body: Body
  ) async throws(AgentError) -> Answer {
    let name = "\(method.rawValue) /" + path.joined(separator: "/")
    var request = HTTPClientRequest(url: endpoint.url(path: path, query: []))
    request.method = method
    request.headers.add(name: "Content-Type", value: "application/json")
    do {
      request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
    } catch {
      throw .unexpectedAnswer(endpoint, request: name, reason: "cannot encode the request: \(error)")
    }
    return try await decoded(request, name: name)
  }

  /// Starts a download, of any length, and of any duration where it has no deadline.
  ///
  /// - Returns: the answer with a status below 300; its body is still to be read.
  func stream(
    _ path: [String], headers: [(name: String, value: String)] = [], deadline: NIODeadline = .distantFuture
  ) async throws(AgentError) -> HTTPClientResponse {
    var request = HTTPClientRequest(url: endpoint.url(path: path, query: []))
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    return try await execute(request, name: "GET /" + path.joined(separator: "/"), deadline: deadline)
  }

  /// What a broken read of a body of this agent means.
  func failure(_ error: any Error, during request: String) -> AgentError {
    AgentError(error, endpoint: endpoint, request: request)
  }

  private func decoded<Answer: Decodable>(
    _ request: HTTPClientRequest, name: String
  ) async throws(AgentError) -> Answer {
    let response = try await execute(request, name: name, deadline: .now() + AgentClient.answerTimeout)
    let body = try await collect(response, name: name)
    do {
      return try JSONDecoder().decode(Answer.self, from: body)
    } catch {
      throw .unexpectedAnswer(endpoint, request: name, reason: AgentError.summary(of: error))
    }
  }

  private func execute(
    _ request: HTTPClientRequest, name: String, deadline: NIODeadline
  ) async throws(AgentError) -> HTTPClientResponse {
    var request = request
    request.headers.add(name: "User-Agent", value: "exhibit/\(ExhibitVersion.current)")
    if let token { request.headers.add(name: "Authorization", value: token.authorization) }
    let response: HTTPClientResponse
    do {
      response = try await http.execute(request, deadline: deadline)
    } catch {
      throw AgentError(error, endpoint: endpoint, request: name)
    }
    guard response.status.code >= 300 else { return response }
    throw try await problem(response, name: name)
  }

  private func collect(_ response: HTTPClientResponse, name: String) async throws(AgentError) -> Data {
    do {
      return Data(try await response.body.collect(upTo: AgentClient.maximumAnswer).readableBytesView)
    } catch {
      throw AgentError(error, endpoint: endpoint, request: name)
    }
  }

  /// Reads an RFC 9457 body; an answer without one is told by its status.
  private func problem(_ response: HTTPClientResponse, name: String) async throws(AgentError) -> AgentError {
    let body = try await collect(response, name: name)
    let status = Int(response.status.code)
    let problem: Problem?
    do {
      problem = try JSONDecoder().decode(Problem.self, from: body)
    } catch {
      // A proxy's HTML page, say: the status is all there is to tell.
      problem = nil
    }
    let detail = problem?.detail ?? problem?.title ?? "\(name): \(response.status.reasonPhrase)"
    switch status {
    case 401: return .unauthenticated(endpoint, tokenSent: token != nil)
    case 403: return .forbidden(endpoint, detail: detail)
    case 400..<500: return .refused(status: status, detail: detail, field: problem?.field)
    case 500...: return .failed(endpoint, status: status, detail: detail)
    default: return .unexpectedAnswer(endpoint, request: name, reason: "status \(status)")
    }
  }
}
