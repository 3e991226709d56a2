package import Evidence

/// How a deploy ended.
package enum DeployOutcome: String, Codable, Sendable, CaseIterable {
  case success, failure
  case inProgress = "in_progress"
  case unknown
}

/// What a deploy did to the service: the predicates of a CDEvents service event.
package enum DeployKind: String, Codable, Sendable, CaseIterable {
  case deployed, upgraded, rolledback, removed
}

/// One change of a service's version, as the ledger keeps it.
package struct DeployRecord: Codable, Sendable, Hashable, Identifiable {
  /// A ULID.
  package var id: String
  package var service: String
  package var version: String
  package var previousVersion: String?
  package var environment: String?
  /// The commit that was built, in the words of the version control system.
  package var commit: String?
  /// Of the pipeline's run, or the release's page.
  package var url: String?
  /// Who, or what, deployed.
  package var actor: String?
  package var outcome: DeployOutcome
  package var kind: DeployKind
  package var startedAt: Timestamp?
  /// When the change was made; the time that decides whether the record lies in a window.
  package var finishedAt: Timestamp
  /// Who told the agent: `cli`, `drop-folder`, or the name of a `DeploySource`.
  package var source: String
  /// The sender's id of this delivery; a second delivery with the same id is a retry.
  package var deliveryID: String?
  package var receivedAt: Timestamp
  /// The sender's name of the deploy, the same in all deliveries about it and on all hosts that hear of it; `nil`
  /// where the sender has none.
  package var deployID: String?
  /// What was deployed as a package URL, where the sender has it.
  package var artifact: String?
  /// What the sender says of how it went.
  package var message: String?

  package init(
    id: String, service: String, version: String, previousVersion: String? = nil,
    environment: String? = nil, commit: String? = nil, url: String? = nil, actor: String? = nil,
    outcome: DeployOutcome = .success, kind: DeployKind = .deployed, startedAt: Timestamp? = nil,
    finishedAt: Timestamp, source: String, deliveryID: String? = nil, receivedAt: Timestamp,
    deployID: String? = nil, artifact: String? = nil, message: String? = nil
  ) {
    self.id = id
    self.service = service
    self.version = version
    self.previousVersion = previousVersion
    self.environment = environment
    self.commit = commit
    self.url = url
    self.actor = actor
    self.outcome = outcome
    self.kind = kind
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.source = source
    self.deliveryID = deliveryID
    self.receivedAt = receivedAt
    self.deployID = deployID
    self.artifact = artifact
    self.message = message
  }

  enum CodingKeys: String, CodingKey {
    case id, service, version, environment, commit, url, actor, outcome, kind, source, artifact, message
    case previousVersion = "previous_version"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case deliveryID = "delivery_id"
    case receivedAt = "received_at"
    case deployID = "deploy_id"
  }
}
