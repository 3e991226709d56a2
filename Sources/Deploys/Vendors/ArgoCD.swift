internal import Evidence

extension DeployDecoder {
  /// Argo CD's notifications have the body that their template gives them
  /// (https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/); this is the one of
  /// `docs/operations.md`. `phase` is that of the sync operation: Running, Succeeded, Failed, Error, Terminating.
  static func argoCD(_ delivery: DeployDelivery) throws(DeployError) -> [DeployRecord] {
    let message = try decodeWire(ArgoCDMessage.self, from: delivery.body)
    let application = try wireRequired(message.application, "/application")
    let revision = try wireRequired(message.revision, "/revision")
    let outcome = try outcome(of: message)
    let startedAt = try wireTime(message.started_at, "/started_at")
    let finishedAt = try wireTime(message.finished_at, "/finished_at")
    let place = message.namespace?.text.map { "\($0)/" } ?? ""
    return [
      DeployRecord(
        id: ULID.make(at: delivery.receivedAt), service: application, version: revision,
        environment: message.environment?.text ?? message.namespace?.text,
        commit: isCommit(revision) ? revision : nil, url: message.url?.text,
        actor: message.initiated_by?.text,
        outcome: outcome, startedAt: startedAt,
        finishedAt: finishedAt ?? (outcome == .inProgress ? startedAt : nil) ?? delivery.receivedAt,
        source: DeploySource.argocd.rawValue, receivedAt: delivery.receivedAt,
        deployID: "\(place)\(application)@\(revision)" + (startedAt.map { "/\($0.rfc3339Seconds)" } ?? ""),
        message: message.message?.text)
    ]
  }

  private static func outcome(of message: ArgoCDMessage) throws(DeployError) -> DeployOutcome {
    switch try wireRequired(message.phase, "/phase") {
    case "Succeeded": return .success
    case "Failed", "Error": return .failure
    case "Running", "Terminating": return .inProgress
    default:
      throw .field(pointer: "/phase", problem: "is none of: Running, Terminating, Succeeded, Failed, Error")
    }
  }
}

// Spelled as on the wire.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct ArgoCDMessage: Decodable {
  let application, namespace, environment, phase, revision, message, started_at, finished_at: WireText?
  let initiated_by, url: WireText?
}
