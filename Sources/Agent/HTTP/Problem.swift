internal import Bundle
internal import Deploys
internal import Evidence
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Signals
internal import Storage

/// An error as the API answers it: RFC 9457 problem details.
struct Problem: Error, Encodable {
  var status: Int
  var title: String
  /// What happened and what to do about it; never a value that was sent.
  var detail: String
  /// JSON Pointer (RFC 6901) of the field at fault.
  var field: String?
  /// Seconds after which to come again, sent as `Retry-After`.
  var retryAfter: Int?
  /// Whether the connection ends with the answer.
  var closes = false

  init(_ status: HTTPResponse.Status, _ detail: String, field: String? = nil, retryAfter: Int? = nil) {
    self.status = status.code
    title = status.reasonPhrase
    self.detail = detail
    self.field = field
    self.retryAfter = retryAfter
  }

  enum CodingKeys: String, CodingKey {
    case type, status, title, detail, field
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("about:blank", forKey: .type)
    try container.encode(status, forKey: .status)
    try container.encode(title, forKey: .title)
    try container.encode(detail, forKey: .detail)
    try container.encodeIfPresent(field, forKey: .field)
  }

  func response() throws -> Response {
    var response = try jsonResponse(self, status: HTTPResponse.Status(code: status))
    response.headers[.contentType] = "application/problem+json"
    if closes { response.headers[.connection] = "close" }
    if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
    if status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"exhibit\"" }
    return response
  }

  /// What retention deleted is no bundle that never was.
  static func expired(at time: Timestamp) -> Problem {
    Problem(
      .gone, "retention deleted the bundle at \(time); GET /v1/audit?action=bundle.expired lists all of them")
  }

  /// The problem that an error of the layers below is to a client.
  init(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as SignatureError: self.init(.unauthorized, "\(error)")
    case let error as SignalError: self.init(.badRequest, "\(error)", field: error.pointer)
    case let error as DeployError: self.init(.badRequest, "\(error)", field: error.pointer)
    case let error as StorageError: self.init(error)
    case BundleError.damaged, BundleError.limitExceeded:
      self.init(.gone, "the bundle's file is damaged on the agent's disk; exhibit verify says where")
    case is NIOTooManyBytesError:
      self.init(.contentTooLarge, "the body is larger than signals.max_body allows")
    case let error as HTTPError where error.status == .notFound:
      self.init(.notFound, "there is no such path; GET /openapi.json describes those that there are")
    case let error as HTTPError: self.init(error.status, error.body ?? error.status.reasonPhrase)
    default: self.init(.internalServerError, "the agent failed; its log says why")
    }
  }

  private init(_ error: StorageError) {
    switch error {
    case .queueFull: self.init(.serviceUnavailable, "\(error)", retryAfter: 30)
    case .diskFull: self.init(.serviceUnavailable, "\(error)", retryAfter: 60)
    case .invalidIncidentID, .invalidCursor: self.init(.badRequest, "\(error)")
    case .notFailed: self.init(.conflict, "\(error)")
    case .database:
      self.init(.serviceUnavailable, "the state database failed; the log says why", retryAfter: 10)
    }
  }
}

/// Turns whatever a route throws into problem details, and logs what the client is not told.
struct ProblemMiddleware: RouterMiddleware {
  func handle(
    _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      if let refusal = try wrongMethod(request, error, context) { return refusal }
      let problem = Problem(error)
      if problem.status >= 500 {
        context.logger.error(
          "Could not serve a request",
          metadata: [
            "http.method": "\(request.method)", "http.route": "\(context.endpointPath ?? "none")",
            "http.status": "\(problem.status)", "error": "\(error)",
          ])
      }
      return try problem.response()
    }
  }

  /// The router says "not found" of a method that a path does not have, too.
  private func wrongMethod(
    _ request: Request, _ error: any Error, _ context: APIContext
  ) throws -> Response? {
    guard (error as? HTTPError)?.status == .notFound, context.endpointPath == "NotFound" else { return nil }
    let methods = APIDescription.methods(of: request.uri.path)
    guard !methods.isEmpty else { return nil }
    let allowed = methods.map(\.rawValue).joined(separator: ", ")
    var response = try Problem(.methodNotAllowed, "this path knows \(allowed)").response()
    response.headers[.allow] = allowed
    return response
  }
}

extension Encodable {
  /// As the API answers it: on one line; keys sorted, so that answers can be compared.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// A JSON answer.
func jsonResponse(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
  Response(
    status: status,
    headers: [.contentType: "application/json", .cacheControl: "no-store"],
    body: ResponseBody(byteBuffer: ByteBuffer(string: try value.json() + "\n")))
}
