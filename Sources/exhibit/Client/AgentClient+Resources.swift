internal import AsyncHTTPClient
internal import Evidence
internal import NIOCore

/// The agent's resources, one function each.
extension AgentClient {
  /// One page of incidents, newest first.
  func incidents(
    state: IncidentState?, held: Bool = false, limit: Int, cursor: String?
  ) async throws(AgentError) -> IncidentPage {
    var query = [(name: "limit", value: String(limit))]
    if let state { query.append((name: "state", value: state.rawValue)) }
    if held { query.append((name: "held", value: "true")) }
    if let cursor { query.append((name: "cursor", value: cursor)) }
    return try await get(["v1", "incidents"], query: query)
  }

  func incident(_ id: String) async throws(AgentError) -> IncidentReport {
    try await get(["v1", "incidents", id])
  }

  /// Asks for a capture; the incident is opened when the agent does not know it.
  func requestCapture(of incident: String, _ request: CaptureRequest) async throws(AgentError)
    -> CaptureAccepted
  {
    try await post(["v1", "incidents", incident, "captures"], request)
  }

  /// Asks for a capture again that failed for good.
  func retryCapture(_ id: String) async throws(AgentError) -> CaptureAccepted {
    try await post(["v1", "captures", id, "retry"], [String: String]())
  }

  /// Server-sent events of a capture, until it is over or the deadline has come.
  func events(of capture: String, deadline: NIODeadline) async throws(AgentError) -> HTTPClientResponse {
    try await stream(["v1", "captures", capture, "events"], deadline: deadline)
  }

  func hold(_ incident: String, _ request: HoldRequest) async throws(AgentError) -> HoldReport {
    try await put(["v1", "incidents", incident, "hold"], request)
  }

  func release(_ incident: String) async throws(AgentError) {
    try await delete(["v1", "incidents", incident, "hold"])
  }

  func bundle(_ id: String) async throws(AgentError) -> BundleSummary {
    try await get(["v1", "bundles", id])
  }

  func record(_ deploy: DeployRequest) async throws(AgentError) -> DeployAccepted {
    try await post(["v1", "deploys", "generic"], deploy)
  }

  func checks() async throws(AgentError) -> [CheckReport] {
    struct Answer: Decodable { var checks: [CheckReport] }
    let answer: Answer = try await get(["v1", "checks"])
    return answer.checks
  }

  func configWatch() async throws(AgentError) -> WatchReport {
    try await get(["v1", "config", "watch"])
  }

  /// The bundle's bytes from `offset` on, provided that they are still those with the digest.
  func content(of bundle: BundleSummary, from offset: Int) async throws(AgentError) -> HTTPClientResponse {
    let range = [
      (name: "Range", value: "bytes=\(offset)-"), (name: "If-Range", value: "\"\(bundle.sha256)\""),
    ]
    return try await stream(["v1", "bundles", bundle.id, "content"], headers: offset > 0 ? range : [])
  }

  /// `timeline.jsonl` of the incident's newest bundle.
  func timeline(of incident: String) async throws(AgentError) -> HTTPClientResponse {
    try await stream(["v1", "incidents", incident, "timeline"])
  }
}
