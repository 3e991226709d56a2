internal import ConfigHistory
internal import Crypto
internal import Evidence
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Storage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

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

/// Lets a request in when its sender has one of the roles that the route asks for, and may see what it asks about.
struct RequireRole: RouterMiddleware {
  let role: TokenRole
  let door: Door
  let settings: CurrentSettings
  let tokens: TokenStore
  let audit: Audit
  let metrics: AgentMetrics
  let database: StateDatabase
  let failures: AddressLimits

  func handle(
    _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    let access = try await admit(request, context)
    context.principal = access.principal
    context.scope = access.scope
    if let scope = access.scope { try await narrow(to: scope, context) }
    return try await next(request, context)
  }

  /// - Returns: who is let in.
  /// - Throws: `Problem`, and the audit says so.
  func admit(_ request: Request, _ context: APIContext) async throws(Problem) -> Access {
    guard let access = await access(of: request, context) else {
      let detail =
        request.headers[.authorization] == nil
        ? "send a token of this agent as \"Authorization: Bearer …\""
        : "this agent knows no such token: it is another's, or is expired or revoked"
      throw await refused(request, by: "nobody", context, Problem(.unauthorized, detail))
    }
    guard access.has(role) else {
      throw await refused(
        request, by: access.principal, context,
        Problem(.forbidden, "\(access.principal) lacks the role \"\(role.rawValue)\""))
    }
    return access
  }

  /// Counts and records a request that was not let in: not each of a flood, which would push everything else out of the
  /// audit.
  ///
  /// - Returns: what to answer: `problem`, or that there were too many.
  func refused(
    _ request: Request, by principal: String, _ context: APIContext, _ problem: Problem
  ) async -> Problem {
    metrics.count("exhibit_requests_refused_total")
    let limit = settings.value.configuration.listen.maxFailures
    let subject = String(request.uri.path.prefix(200))
    switch failures.use(addressGroup(context.remote), burst: limit, perSecond: Double(limit) / 60) {
    case .allowed:
      await audit.settle("request.refused", by: principal, from: context.remote, subject: subject)
      return problem
    case .exceeded(let count):
      if count.isPowerOfTen {
        await audit.settle(
          "request.throttled", by: principal, from: context.remote, subject: subject,
          detail: "\(count) refused beyond \(limit) a minute")
      }
      var problem = Problem(
        .tooManyRequests, "more than \(limit) requests of your address were refused (listen.max_failures)",
        retryAfter: 60)
      problem.closes = true
      return problem
    }
  }

  private func access(of request: Request, _ context: APIContext) async -> Access? {
    if door == .socket { return socketAccess(context.peer?.user) }
    guard let header = request.headers[.authorization] else { return certificateAccess(context) }
    guard let secret = presented(in: header) else { return nil }
    let digest = SHA256.hash(data: secret)
    // All are compared, digest by digest, so that the time taken says nothing about any of them.
    let known = settings.value.tokens.reduce(nil as KnownToken?) { found, token in
      token.digest == digest ? token : found
    }
    if let known { return Access(principal: "token:\(known.name)", roles: known.roles) }
    return await tokens.access(of: digest, at: .now(), from: context.remote)
  }

  /// Who may open the socket may do everything, where nothing else is said; root and the agent's own user always may.
  private func socketAccess(_ user: UnixCredentials?) -> Access {
    // Over no connection: a test of the routes.
    guard let user else { return Access(principal: "socket", roles: [.admin]) }
    let settings = settings.value
    let login = settings.accounts.users[user.uid]
    let entries = settings.configuration.listen.socketUsers
    let principal = "unix:\(user.uid)" + (login.map { "/\($0)" } ?? "")
    if entries.isEmpty || user.uid == 0 || user.uid == geteuid() {
      return Access(principal: principal, roles: [.admin])
    }
    let roles = entries.filter { $0.fits(user, login: login, settings.accounts) }.map(\.roles)
    return Access(principal: principal, roles: roles.reduce(into: []) { $0.formUnion($1) })
  }

  private func certificateAccess(_ context: APIContext) -> Access? {
    guard let names = context.peer?.certificateNames, !names.isEmpty else { return nil }
    let entries = settings.value.configuration.listen.certificates.filter { names.contains($0.name) }
    // Whoever it is, the audit names them: with no role, they are refused.
    let name = entries.first?.name ?? String(names[0].prefix(256))
    return Access(
      principal: "certificate:\(name)", roles: entries.map(\.roles).reduce(into: []) { $0.formUnion($1) })
  }

  /// Somebody who may see some incidents only sees these and their bundles, and nothing that is of the whole host.
  /// What a route lists is narrowed where it is listed; a route that is not known here is closed.
  private func narrow(to scope: AccessScope, _ context: APIContext) async throws {
    let path = context.endpointPath ?? ""
    if ["/v1/incidents", "/v1/captures", "/v1/bundles"].contains(path) { return }
    var incident: Incident?
    if path == "/v1/incidents/{id}" || path.hasPrefix("/v1/incidents/{id}/") {
      incident = try await database.incident(try context.parameters.require("id"))
    } else if ["/v1/bundles/{id}", "/v1/captures/{id}"].contains(where: {
      path == $0 || path.hasPrefix($0 + "/")
    }) {
      let capture = try await database.capture(try context.parameters.require("id"))
      if let capture { incident = try await database.incident(capture.incidentID) }
    } else {
      throw Problem(.forbidden, "a token that is narrowed to some incidents may not use this")
    }
    // As what is not there: that there is such an incident is nothing for them to know.
    guard let incident, scope.allows(incident) else {
      throw Problem(.notFound, "there is nothing of that id; GET /v1/incidents lists the incidents")
    }
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

extension AgentConfiguration.SocketEntry {
  /// Whether the entry is of this user.
  fileprivate func fits(_ peer: UnixCredentials, login: String?, _ accounts: AccountNames) -> Bool {
    if let user { return user == login || user == "\(peer.uid)" }
    guard let group else { return false }
    return accounts.groups[peer.gid] == group
      || (login.map { accounts.members[group]?.contains($0) ?? false } ?? false)
  }
}

extension Int {
  fileprivate var isPowerOfTen: Bool {
    var rest = self
    while rest > 1, rest.isMultiple(of: 10) { rest /= 10 }
    return rest == 1
  }
}
