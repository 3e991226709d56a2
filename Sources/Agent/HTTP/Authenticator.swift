internal import Crypto
internal import HTTPTypes
internal import Hummingbird

/// A bearer token that the agent knows: its digest, never its text.
struct KnownToken: Sendable {
  let name: String
  let roles: Set<TokenRole>
  let digest: SHA256Digest

  init(name: String, roles: Set<TokenRole>, secret: [UInt8]) {
    self.name = name
    self.roles = roles
    digest = SHA256.hash(data: secret)
  }
}

/// Which door a request came through.
enum Door: Sendable {
  /// The unix socket: who may open it (its file mode says so) may do everything.
  case socket
  /// TCP: by token.
  case network
}

/// Lets a request in when its sender has one of the roles that the route asks for.
struct RequireRole: RouterMiddleware {
  let role: TokenRole
  let door: Door
  let settings: CurrentSettings
  let audit: Audit
  let metrics: AgentMetrics

  func handle(
    _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.principal = try admit(request, context)
    return try await next(request, context)
  }

  /// - Returns: who sends.
  /// - Throws: the `Problem` of a request that may not pass, which is in the audit log then.
  func admit(_ request: Request, _ context: APIContext) throws(Problem) -> String {
    if door == .socket { return "socket" }
    guard let token = bearerToken(request) else {
      refused(request, by: "nobody", context)
      throw Problem(.unauthorized, "send a token of this agent as \"Authorization: Bearer …\"")
    }
    guard token.roles.contains(role) || token.roles.contains(.admin) else {
      refused(request, by: token.name, context)
      throw Problem(.forbidden, "the token \"\(token.name)\" lacks the role \"\(role.rawValue)\"")
    }
    return token.name
  }

  /// Whether the request claims to have a token.
  func hasBearer(_ request: Request) -> Bool {
    request.headers[.authorization]?.prefix(7).lowercased() == "bearer "
  }

  /// Counts and audits a request that may not pass.
  func refused(_ request: Request, by principal: String, _ context: APIContext) {
    metrics.count("exhibit_requests_refused_total")
    audit.record(
      "request.refused", by: principal, from: context.remote, subject: String(request.uri.path.prefix(200)))
  }

  /// The known token that the request bears. All are compared, digest by digest, so that the time taken says
  /// nothing about any of them.
  private func bearerToken(_ request: Request) -> KnownToken? {
    guard hasBearer(request), let header = request.headers[.authorization] else { return nil }
    let digest = SHA256.hash(data: Array(header.dropFirst(7).utf8))
    return settings.value.tokens.reduce(nil) { found, token in token.digest == digest ? token : found }
  }
}
