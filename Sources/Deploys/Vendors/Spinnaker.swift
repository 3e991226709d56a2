internal import Evidence

extension DeployDecoder {
  /// What Spinnaker's echo sends: CDEvents, from its CDEvents notifications, or the events of its REST webhook
  /// (https://spinnaker.io/docs/setup/other_config/features/notifications/), of which those of whole pipelines count.
  ///
  /// A pipeline has no version of its own: it is the parameter `version`, or the tag, the commit or the build that
  /// triggered it, else the id of the execution.
  static func spinnaker(_ delivery: DeployDelivery) throws(DeployError) -> [DeployRecord] {
    let message = try decodeWire(EchoMessage.self, from: delivery.body)
    guard let details = message.details else { return try cdEvents(delivery) }
    let type = try wireRequired(details.type, "/details/type")
    guard type.hasPrefix("orca:pipeline:") else { return [] }
    guard let execution = message.content?.execution else {
      throw .field(pointer: "/content/execution", problem: "is missing")
    }
    let id = try wireRequired(execution.id, "/content/execution/id")
    let application = execution.application?.text ?? details.application?.text
    guard let application else {
      throw .field(
        pointer: "/content/execution/application",
        problem: "is missing; it must be a string that is not empty")
    }
    let startedAt = try wireTime(execution.startTime, "/content/execution/startTime")
    let outcome = outcome(type, status: execution.status?.text)
    let trigger = execution.trigger?.value
    let endedAt = try wireTime(execution.endTime, "/content/execution/endTime")
    return [
      DeployRecord(
        id: ULID.make(at: delivery.receivedAt), service: application, version: version(of: trigger) ?? id,
        environment: trigger?.parameters?.value?["environment"]?.text, commit: trigger?.hash?.text,
        actor: execution.authentication?.value?.user?.text ?? trigger?.user?.text, outcome: outcome,
        startedAt: startedAt,
        finishedAt: endedAt ?? (outcome == .inProgress ? startedAt : nil) ?? delivery.receivedAt,
        source: DeploySource.spinnaker.rawValue, receivedAt: delivery.receivedAt, deployID: id,
        message: execution.name?.text)
    ]
  }

  private static func outcome(_ type: String, status: String?) -> DeployOutcome {
    switch (type, status) {
    case ("orca:pipeline:starting", _): .inProgress
    case ("orca:pipeline:failed", _), (_, "TERMINAL"), (_, "CANCELED"), (_, "STOPPED"),
      (_, "FAILED_CONTINUE"):
      .failure
    case ("orca:pipeline:complete", _): .success
    default: .unknown
    }
  }

  private static func version(of trigger: EchoMessage.Trigger?) -> String? {
    trigger?.parameters?.value?["version"]?.text ?? trigger?.tag?.text ?? trigger?.hash?.text
      ?? trigger?.buildNumber?.text
  }
}

private struct EchoMessage: Decodable {
  struct Details: Decodable { let type, application: WireText? }
  struct Content: Decodable { let execution: Execution? }

  struct Execution: Decodable {
    let id, name, application, status, startTime, endTime: WireText?
    let trigger: WireOptional<Trigger>?
    let authentication: WireOptional<User>?
  }

  struct Trigger: Decodable {
    let user, tag, hash, buildNumber: WireText?
    let parameters: WireOptional<[String: WireText]>?
  }

  struct User: Decodable { let user: WireText? }

  let details: Details?
  let content: Content?
}
