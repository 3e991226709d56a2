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
  /// Who told the agent: `cli`, `generic`.
  package var source: String
  /// The sender's id of this delivery; a second delivery with the same id is a retry.
  package var deliveryID: String?
  package var receivedAt: Timestamp

  package init(
    id: String, service: String, version: String, previousVersion: String? = nil,
    environment: String? = nil, commit: String? = nil, url: String? = nil, actor: String? = nil,
    outcome: DeployOutcome = .success, kind: DeployKind = .deployed, startedAt: Timestamp? = nil,
    finishedAt: Timestamp, source: String, deliveryID: String? = nil, receivedAt: Timestamp
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
  }

  enum CodingKeys: String, CodingKey {
    case id, service, version, environment, commit, url, actor, outcome, kind, source
    case previousVersion = "previous_version"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case deliveryID = "delivery_id"
    case receivedAt = "received_at"
  }
}

extension DeployRecord {
  /// What the timeline says of it.
  ///
  /// - Parameter reference: path and line in the bundle.
  /// - Returns: an event at `finishedAt`.
  package func timelineEvent(reference: String? = nil) -> TimelineEvent {
    let verb =
      switch kind {
      case .deployed: "deployed"
      case .upgraded: "upgraded"
      case .rolledback: "rolled back"
      case .removed: "removed"
      }
    let versions = previousVersion.map { "\($0)→\(version)" } ?? version
    let place = environment.map { " in \($0)" } ?? ""
    let outcomeText =
      switch outcome {
      case .success: ""
      case .failure: ": FAILED"
      case .inProgress: " (in progress)"
      case .unknown: " (outcome unknown)"
      }
    return TimelineEvent(
      at: finishedAt, kind: .deploy, message: "\(service) \(verb) \(versions)\(place)\(outcomeText)",
      severity: outcome == .failure ? "err" : "info", source: "deploys", reference: reference, actor: actor)
  }
}
