internal import HTTPTypes

/// One route, as `GET /openapi.json` describes it.
struct APIOperation: Sendable {
  /// What a successful answer is.
  enum Content: Sendable {
    case json(String)
    case other([String])
    case none
  }

  var method: HTTPRequest.Method
  /// With its parameters in braces. One called `path`, at the end, may have slashes.
  var path: String
  var summary: String
  /// `nil` for everybody; a source's signature takes the place of `signal` and `deploy`.
  var role: TokenRole?
  /// Of the query; their schemas are in `APIDescription.queryParameters`.
  var query: [String] = []
  /// Schema of the body, where it has one.
  var body: String?
  var bodyIsRequired = false
  /// By status.
  var answers: [Int: Content]
  /// Statuses of problem details, beside those that every route with a role has.
  var problems: [Int] = []

  init(
    _ method: HTTPRequest.Method, _ path: String, _ summary: String, role: TokenRole? = nil,
    query: [String] = [], body: String? = nil, bodyIsRequired: Bool = false,
    answers: [Int: Content], problems: [Int] = []
  ) {
    self.method = method
    self.path = path
    self.summary = summary
    self.role = role
    self.query = query
    self.body = body
    self.bodyIsRequired = bodyIsRequired
    self.answers = answers
    self.problems = problems
  }

  /// Whether a request's path is this one's.
  func matches(_ requested: String) -> Bool {
    var segments = requested.split(separator: "/", omittingEmptySubsequences: true)[...]
    for element in path.split(separator: "/") {
      guard let segment = segments.popFirst() else { return false }
      if element == "{path}" { return true }
      guard element.hasPrefix("{") || element == segment else { return false }
    }
    return segments.isEmpty
  }

  /// The operation object (https://spec.openapis.org/oas/v3.1.1.html#operation-object).
  var node: JSONNode {
    var node: [String: JSONNode] = [
      "operationId": .text(operationID), "summary": .text(summary), "responses": .object(responses),
    ]
    let parameters = pathParameters + query.map { ["$ref": .text("#/components/parameters/\($0)")] }
    if !parameters.isEmpty { node["parameters"] = .list(parameters) }
    if let body {
      node["requestBody"] = [
        "required": .flag(bodyIsRequired),
        "content": ["application/json": ["schema": ["$ref": .text("#/components/schemas/\(body)")]]],
      ]
    }
    node["security"] = role == nil ? [] : [["token": []]]
    if let role { node["description"] = .text("Role: \(role.rawValue), or admin.") }
    return .object(node)
  }

  /// `GET /v1/incidents/{id}/timeline` is `get-v1-incidents-id-timeline`.
  private var operationID: String {
    let words = path.split { !$0.isLetter && !$0.isNumber }
    return ([method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "-")
  }

  private var pathParameters: [JSONNode] {
    path.split(separator: "/").filter { $0.hasPrefix("{") }.map { element in
      let name = String(element.dropFirst().dropLast())
      return [
        "name": .text(name), "in": "path", "required": true, "schema": ["type": "string", "minLength": 1],
      ]
    }
  }

  private var responses: [String: JSONNode] {
    var responses: [String: JSONNode] = [:]
    for (status, content) in answers {
      var node: [String: JSONNode] = ["description": .text(Self.reason(status))]
      switch content {
      case .json(let schema):
        node["content"] = ["application/json": ["schema": ["$ref": .text("#/components/schemas/\(schema)")]]]
      case .other(let types):
        node["content"] = .object(Dictionary(uniqueKeysWithValues: types.map { ($0, [:]) }))
      case .none: break
      }
      responses[String(status)] = .object(node)
    }
    for status in problems + (role == nil ? [] : [401, 403, 429, 503]) {
      responses[String(status)] = [
        "description": .text(Self.reason(status)),
        "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
      ]
    }
    return responses
  }

  private static func reason(_ status: Int) -> String {
    HTTPResponse.Status(code: status).reasonPhrase
  }
}
