internal import Evidence
internal import HTTPTypes

/// What the API is: every route once. `GET /openapi.json` is made of it, and it knows which methods a path has.
enum APIDescription {
  static let operations: [APIOperation] = [
    .init(.get, "/healthz", "Whether the process serves.", answers: [200: .other(["text/plain"])]),
    .init(
      .get, "/readyz", "Whether its database answers.", answers: [200: .other(["text/plain"])],
      problems: [503]),
    .init(
      .get, "/metrics", "Counters, in Prometheus' text format; from elsewhere with the role read.",
      answers: [200: .other(["text/plain"])], problems: [401, 403, 429, 503]),
    .init(
      .get, "/openapi.json", "This document.", answers: [200: .other(["application/json"])]),

    .init(
      .post, "/v1/signals/{source}", "Take in an incident signal: durable before it is answered.",
      role: .signal, body: "Anything", answers: [202: .json("SignalAnswer")], problems: [400, 404, 413]),
    .init(
      .options, "/v1/signals/{source}", "The handshake of CloudEvents' webhooks.", answers: [200: .none],
      problems: [404, 503]),
    .init(
      .post, "/v1/deploys/{source}", "Record a deploy.", role: .deploy, body: "Anything",
      answers: [202: .json("DeployAnswer")], problems: [400, 404, 413]),

    .init(
      .get, "/v1/incidents", "List incidents, newest first.", role: .read,
      query: ["incident_state", "source", "severity", "since", "until", "held", "cursor", "limit"],
      answers: [200: .json("IncidentList")], problems: [400]),
    .init(
      .get, "/v1/incidents/{id}", "One incident with its captures.", role: .read,
      answers: [200: .json("Incident")], problems: [404]),
    .init(
      .get, "/v1/incidents/{id}/timeline", "The timeline of its newest bundle, as JSON lines.", role: .read,
      answers: [200: .other(["application/jsonl"]), 304: .none], problems: [404, 410]),
    .init(
      .get, "/v1/incidents/{id}/readers", "Who took in its bundles, as the audit has it.", role: .read,
      answers: [200: .json("ReaderList")], problems: [404]),
    .init(
      .put, "/v1/incidents/{id}/hold", "Keep retention from deleting its bundles.", role: .admin,
      body: "HoldRequest", bodyIsRequired: true, answers: [200: .json("Hold")], problems: [400, 404, 413]),
    .init(
      .delete, "/v1/incidents/{id}/hold", "Take the hold away.", role: .admin, answers: [204: .none],
      problems: [404]),
    .init(
      .post, "/v1/incidents/{id}/captures", "Ask for a capture; opens the incident where it is new.",
      role: .admin, body: "CaptureRequest", answers: [202: .json("Acceptance")], problems: [400, 413]),

    .init(
      .get, "/v1/captures", "List captures, the latest first.", role: .read,
      query: ["capture_state", "incident", "phase", "since", "until", "cursor", "limit"],
      answers: [200: .json("CaptureList")], problems: [400]),
    .init(
      .get, "/v1/captures/{id}", "One capture.", role: .read, answers: [200: .json("Capture")],
      problems: [404]),
    .init(
      .get, "/v1/captures/{id}/events", "Server-sent events of its progress, until it is over.", role: .read,
      answers: [200: .other(["text/event-stream"])], problems: [404]),

    .init(
      .post, "/v1/captures/{id}/retry", "Make a capture again that failed for good.", role: .admin,
      answers: [202: .json("Acceptance")], problems: [404, 409]),

    .init(
      .get, "/v1/bundles", "List bundles, newest first.", role: .read,
      query: ["incident", "phase", "since", "until", "cursor", "limit"],
      answers: [200: .json("BundleList")], problems: [400]),
    .init(
      .get, "/v1/bundles/{id}", "One bundle.", role: .read, answers: [200: .json("Bundle")],
      problems: [404, 410]),
    .init(
      .get, "/v1/bundles/{id}/content", "The bundle itself; one range at a time.", role: .read,
      answers: [200: bundleFile, 206: bundleFile, 304: .none], problems: [404, 410, 416]),
    .init(
      .head, "/v1/bundles/{id}/content", "Length and SHA-256 (ETag) of the bundle.", role: .read,
      answers: [200: .none, 304: .none], problems: [404, 410]),
    .init(
      .get, "/v1/bundles/{id}/files", "The files of the bundle, as its evidence.json lists them.",
      role: .read, answers: [200: .json("FileList")], problems: [404, 410]),
    .init(
      .get, "/v1/bundles/{id}/files/{path}", "One file of the bundle, unpacked.", role: .read,
      answers: [200: .other(["*/*"]), 304: .none], problems: [404, 410]),

    .init(
      .get, "/v1/audit", "The audit, newest first; reading it is a row of it.", role: .admin,
      query: ["subject", "action", "cursor", "limit"], answers: [200: .json("AuditList")], problems: [400]),
    .init(
      .get, "/v1/tokens", "The tokens, without their values.", role: .admin,
      answers: [200: .json("TokenList")]),
    .init(
      .post, "/v1/tokens", "Make a token; its value is shown this once.", role: .admin, body: "TokenRequest",
      bodyIsRequired: true, answers: [201: .json("Token")], problems: [400, 409, 413]),
    .init(
      .delete, "/v1/tokens/{name}", "Revoke a token.", role: .admin, answers: [204: .none],
      problems: [404, 409]),

    .init(
      .get, "/v1/config/watch", "How changes of the configuration are noticed.", role: .read,
      answers: [200: .json("WatchStatus")], problems: [404]),
    .init(
      .get, "/v1/checks", "What a capture now would lack, and what to do about it.", role: .read,
      answers: [200: .json("CheckList")]),
  ]

  private static let bundleFile = APIOperation.Content.other(["application/gzip", "application/zstd"])

  /// The methods of a path, `HEAD` beside each `GET`; none where there is no such path.
  static func methods(of path: String) -> [HTTPRequest.Method] {
    let methods = operations.filter { $0.matches(path) }.map(\.method)
    let all = Set(methods.contains(.get) ? methods + [.head] : methods)
    return all.sorted { $0.rawValue < $1.rawValue }
  }

  /// https://spec.openapis.org/oas/v3.1.1.html
  static let document: JSONNode = [
    "openapi": "3.1.1",
    "info": [
      "title": "Exhibit", "version": .text(ExhibitVersion.current),
      "description": """
      The HTTP API of `exhibit agent`, version 1. Every error is problem details (RFC 9457). An unknown query \
      parameter is an error; unknown members of an answer are to be ignored, for later versions add some. JSON and \
      other texts above 1 KiB are sent as gzip to those who accept it. GET routes answer HEAD, too.
      """,
      "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
    ],
    "paths": .object(paths),
    "components": [
      "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
      "parameters": .object(queryParameters),
      "schemas": .object(schemas),
    ],
  ]

  private static var paths: [String: JSONNode] {
    Dictionary(grouping: operations, by: \.path).mapValues { operations in
      .object(
        Dictionary(uniqueKeysWithValues: operations.map { ($0.method.rawValue.lowercased(), $0.node) }))
    }
  }
}
