internal import Evidence
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Storage

extension API {
  /// `GET`, `POST /v1/tokens` and `DELETE /v1/tokens/{name}`.
  func addTokenRoutes(to group: RouterGroup<APIContext>) {
    group.get("tokens") { _, _ in
      let configured = settings.value.configuration.tokens.map { TokenAnswer($0) }
      return try jsonResponse(TokenList(tokens: configured + tokens.rows.map { TokenAnswer($0) }))
    }
    group.post("tokens") { request, context in
      let wish = try tokenRequest(try await body(of: request))
      guard !settings.value.configuration.tokens.contains(where: { $0.name == wish.name }),
        let made = try await tokens.make(wish, by: context.principal, at: .now())
      else {
        throw Problem(
          .conflict,
          "a token has or had that name, or there are \(StateDatabase.tokenLimit) of them; take another name",
          field: "/name")
      }
      do {
        try await audit.require(
          "token.created", by: context.principal, from: context.remote, subject: made.row.name,
          detail: made.row.roles.joined(separator: ","))
      } catch {
        // There is no token that the audit does not know of.
        _ = try await tokens.revoke(made.row.name, at: .now())
        throw error
      }
      var answer = TokenAnswer(made.row)
      answer.token = made.value
      return try jsonResponse(answer, status: .created)
    }
    group.delete("tokens/:name") { _, context in
      let name = try context.parameters.require("name")
      guard !settings.value.configuration.tokens.contains(where: { $0.name == name }) else {
        throw Problem(.conflict, "the token stands in the configuration; remove it there, and reload")
      }
      guard try await tokens.revoke(name, at: .now()) else {
        throw Problem(
          .notFound, "there is no such token, or it was revoked before; GET /v1/tokens lists them")
      }
      try await audit.require("token.revoked", by: context.principal, from: context.remote, subject: name)
      return Response(status: .noContent)
    }
  }

  private func tokenRequest(_ bytes: [UInt8]) throws(Problem) -> TokenRequest {
    let wish = try decoded(TokenRequest.self, from: bytes)
    do throws(Complaint) {
      try wish.check(at: .now())
      return wish
    } catch {
      throw Problem(.badRequest, error.message)
    }
  }
}

/// The body of `POST /v1/tokens`.
struct TokenRequest: RequestBody, Sendable {
  static let example =
    "{\"name\": \"ci\", \"roles\": [\"deploy\"], \"expires_at\": \"2027-01-01T00:00:00Z\"}"
  var name: String
  var roles: [TokenRole]
  var expiresAt: Timestamp?
  var incidents: [String]?
  var conditions: [String]?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, roles, incidents, conditions
    case expiresAt = "expires_at"
  }
  typealias Member = CodingKeys

  /// - Throws: what is wrong, with the remedy.
  func check(at now: Timestamp) throws(Complaint) {
    _ = try AgentConfiguration.TokenEntry.checkName(name)
    guard !roles.isEmpty else { throw Complaint("roles is empty; name at least one") }
    if let expiresAt, expiresAt <= now { throw Complaint("expires_at is past; write a later time") }
    let scope = try AccessScope(incidents: incidents ?? [], conditions: conditions ?? [])
    guard scope == nil || Set(roles) == [.read] else {
      throw Complaint("incidents and conditions narrow what is read; only a token of the role read has them")
    }
  }
}

extension TokenRole: Decodable {}

struct TokenList: Encodable {
  var tokens: [TokenAnswer]
}

/// A token without its value, but for the answer to who made it.
struct TokenAnswer: Encodable {
  var name: String
  var roles: [String]
  /// `configuration` or `created`.
  var kind: String
  var incidents: [String] = []
  var conditions: [String] = []
  var createdAt: Timestamp?
  var createdBy: String?
  var expiresAt: Timestamp?
  var lastUsedAt: Timestamp?
  var lastUsedFrom: String?
  var revokedAt: Timestamp?
  var token: String?

  init(_ entry: AgentConfiguration.TokenEntry) {
    name = entry.name
    roles = entry.roles.map(\.rawValue).sorted()
    kind = "configuration"
  }

  init(_ row: TokenRow) {
    name = row.name
    roles = row.roles
    kind = "created"
    incidents = row.incidents
    conditions = row.conditions
    createdAt = row.createdAt
    createdBy = row.createdBy
    expiresAt = row.expiresAt
    lastUsedAt = row.lastUsedAt
    lastUsedFrom = row.lastUsedFrom
    revokedAt = row.revokedAt
  }

  enum CodingKeys: String, CodingKey {
    case name, roles, kind, incidents, conditions, token
    case createdAt = "created_at"
    case createdBy = "created_by"
    case expiresAt = "expires_at"
    case lastUsedAt = "last_used_at"
    case lastUsedFrom = "last_used_from"
    case revokedAt = "revoked_at"
  }
}
