internal import Crypto
internal import Foundation
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
    context.principal = try await admit(request, context)
    return try await next(request, context)
  }

  /// - Returns: who is let in.
  /// - Throws: `Problem`, and the audit says so.
  func admit(_ request: Request, _ context: APIContext) async throws(Problem) -> String {
    if door == .socket { return "socket" }
    guard let token = knownToken(request) else {
      await refused(request, by: "nobody", context)
      throw Problem(.unauthorized, "send a token of this agent as \"Authorization: Bearer …\"")
    }
    guard token.roles.contains(role) || token.roles.contains(.admin) else {
      await refused(request, by: "token:\(token.name)", context)
      throw Problem(.forbidden, "the token \"\(token.name)\" lacks the role \"\(role.rawValue)\"")
    }
    return "token:\(token.name)"
  }

  /// Counts and records a request that was not let in.
  func refused(_ request: Request, by principal: String, _ context: APIContext) async {
    metrics.count("exhibit_requests_refused_total")
    await audit.settle(
      "request.refused", by: principal, from: context.remote, subject: String(request.uri.path.prefix(200)))
  }

  /// The known token that the request bears, or has for a password. All are compared, digest by digest, so that the
  /// time taken says nothing about any of them.
  private func knownToken(_ request: Request) -> KnownToken? {
    guard let header = request.headers[.authorization], let secret = presented(in: header) else { return nil }
    let digest = SHA256.hash(data: secret)
    return settings.value.tokens.reduce(nil) { found, token in token.digest == digest ? token : found }
  }

  /// `Bearer TOKEN`, or `Basic base64(anything:TOKEN)`, which is all that some senders can say.
  private func presented(in header: String) -> [UInt8]? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "bearer": return Array(parts[1].utf8)
    case "basic":
      guard let pair = Data(base64Encoded: String(parts[1])),
        let colon = pair.firstIndex(of: UInt8(ascii: ":"))
      else { return nil }
      return Array(pair[pair.index(after: colon)...])
    default: return nil
    }
  }
}
