internal import Evidence

extension DeployDecoder {
  /// GitLab's deployment events
  /// (https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events). All other events, and
  /// approvals, are of no deploy. A deployment that was cancelled may have been half done: it counts as failed.
  ///
  /// The version is `ref` where that is a release (`v2.4.1`), else the commit, of which the whole id stands in
  /// `commit_url` only.
  static func gitlab(_ delivery: DeployDelivery) throws(DeployError) -> [DeployRecord] {
    let message = try decodeWire(GitLabMessage.self, from: delivery.body)
    guard try wireRequired(message.object_kind, "/object_kind") == "deployment" else { return [] }
    let status = try wireRequired(message.status, "/status")
    guard let outcome = outcomes[status] else { return [] }
    let service = try wireRequired(message.project?.name, "/project/name")
    let commit = commit(of: message)
    let release = message.ref?.text.flatMap { isRelease($0) ? $0 : nil }
    guard let version = release ?? commit else {
      throw .field(pointer: "/short_sha", problem: "is missing; it must be a string that is not empty")
    }
    let project = message.project?.path_with_namespace?.text ?? service
    return [
      DeployRecord(
        id: ULID.make(at: delivery.receivedAt), service: service, version: version,
        environment: message.environment?.text, commit: commit, url: message.deployable_url?.text,
        actor: message.user?.username?.text ?? message.user?.name?.text, outcome: outcome,
        finishedAt: try wireTime(message.status_changed_at, "/status_changed_at") ?? delivery.receivedAt,
        source: DeploySource.gitlab.rawValue, deliveryID: delivery.headers["idempotency-key"],
        receivedAt: delivery.receivedAt,
        deployID: (message.deployment_id?.text ?? message.deployable_id?.text).map { "\(project)/\($0)" },
        message: status == "canceled" ? "canceled" : message.commit_title?.text)
    ]
  }

  private static let outcomes: [String: DeployOutcome] = [
    "created": .inProgress, "running": .inProgress, "success": .success, "failed": .failure,
    "canceled": .failure,
  ]

  private static func commit(of message: GitLabMessage) -> String? {
    let whole = message.commit_url?.text?.split(separator: "/").last
    return whole.flatMap { isCommit($0) ? String($0) : nil } ?? message.short_sha?.text
  }
}

// Spelled as on the wire.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct GitLabMessage: Decodable {
  struct Project: Decodable { let name, path_with_namespace: WireText? }
  struct User: Decodable { let name, username: WireText? }

  let object_kind, status, status_changed_at, deployment_id, deployable_id, deployable_url,
    environment: WireText?
  let short_sha, ref, commit_url, commit_title: WireText?
  let project: Project?
  let user: User?
}
