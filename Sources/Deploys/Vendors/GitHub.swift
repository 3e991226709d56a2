internal import Evidence

extension DeployDecoder {
  /// GitHub's `deployment` and `deployment_status` webhooks
  /// (https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status). All other events, and the
  /// state `inactive`, which tells that another deployment took over, are of no deploy.
  ///
  /// The version is `ref` where that is a release (`v2.4.1`), else the commit: a branch is no version.
  static func github(_ delivery: DeployDelivery) throws(DeployError) -> [DeployRecord] {
    let message = try decodeWire(GitHubMessage.self, from: delivery.body)
    let event = delivery.headers["x-github-event"]
    guard event == nil || event == "deployment" || event == "deployment_status" else { return [] }
    guard let deployment = message.deployment else {
      throw .field(
        pointer: "/deployment", problem: "is missing; choose the events Deployments and Deployment statuses")
    }
    guard let outcome = try outcome(of: message) else { return [] }
    let commit = try wireRequired(deployment.sha, "/deployment/sha")
    let repository = try wireRequired(message.repository?.name, "/repository/name")
    let fullName = message.repository?.full_name?.text ?? repository
    let status = message.deployment_status
    let startedAt = try wireTime(deployment.created_at, "/deployment/created_at")
    let changedAt = try wireTime(status?.created_at, "/deployment_status/created_at")
    return [
      DeployRecord(
        id: ULID.make(at: delivery.receivedAt), service: repository,
        version: release(deployment.ref) ?? commit,
        environment: status?.environment?.text ?? deployment.environment?.text, commit: commit,
        url: status?.log_url?.text ?? status?.target_url?.text ?? message.workflow_run?.value?.html_url?.text,
        actor: deployment.creator?.login?.text ?? message.sender?.login?.text,
        outcome: outcome, kind: deployment.task?.text?.contains("rollback") == true ? .rolledback : .deployed,
        startedAt: startedAt, finishedAt: changedAt ?? startedAt ?? delivery.receivedAt,
        source: DeploySource.github.rawValue,
        deliveryID: delivery.headers["x-github-delivery"], receivedAt: delivery.receivedAt,
        deployID: deployment.id?.text.map { "\(fullName)/\($0)" },
        message: status?.description?.text ?? deployment.description?.text)
    ]
  }

  private static func outcome(of message: GitHubMessage) throws(DeployError) -> DeployOutcome? {
    guard let status = message.deployment_status else { return .inProgress }
    switch try wireRequired(status.state, "/deployment_status/state") {
    case "success": return .success
    case "failure", "error": return .failure
    case "pending", "queued", "waiting", "in_progress": return .inProgress
    case "inactive": return nil
    default: return .unknown
    }
  }

  private static func release(_ ref: WireText?) -> String? {
    guard let name = ref?.text?.split(separator: "/").last, isRelease(name) else { return nil }
    return String(name)
  }
}

// Spelled as on the wire.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct GitHubMessage: Decodable {
  struct Deployment: Decodable {
    let id, sha, ref, task, environment, description, created_at: WireText?
    let creator: User?
  }

  struct Status: Decodable {
    let state, environment, description, target_url, log_url, created_at: WireText?
  }

  struct User: Decodable { let login: WireText? }
  struct Repository: Decodable { let name, full_name: WireText? }
  struct Run: Decodable { let html_url: WireText? }

  let deployment: Deployment?
  let deployment_status: Status?
  let repository: Repository?
  let sender: User?
  let workflow_run: WireOptional<Run>?
}
