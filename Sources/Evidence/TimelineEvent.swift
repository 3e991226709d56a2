/// What happened, in the vocabulary of the timeline (`docs/bundle-format.md`).
package enum TimelineKind: String, Codable, Sendable, CaseIterable {
  case incidentOpened = "incident.opened"
  case incidentAcknowledged = "incident.acknowledged"
  case incidentMitigated = "incident.mitigated"
  case incidentResolved = "incident.resolved"
  case faultStarted = "fault.started"
  case deploy
  case config
  case package
  /// Another kernel, operating system image or generation.
  case system
  case unitStarted = "unit.started"
  case unitStopped = "unit.stopped"
  case unitReloaded = "unit.reloaded"
  case unitFailed = "unit.failed"
  case unitRestarted = "unit.restarted"
  case outOfMemory = "oom"
  case coredump
  case boot
  case clock
  case gap
  case capture
}

/// One line of `timeline.jsonl`.
package struct TimelineEvent: Hashable, Sendable {
  package var at: Timestamp
  package var kind: TimelineKind
  /// One sentence, redacted like everything else on its way into the bundle.
  package var message: String
  /// syslog's words (`err`, `warning`, `info`), or the vendor's.
  package var severity: String?
  /// Where it was seen: `journal`, `config-history`, `deploys`, `apt`, `alertmanager`.
  package var source: String
  /// The path in the bundle, and the line where that is known: `logs/journal.jsonl:17`.
  package var reference: String?
  package var actor: String?
  /// The service that it is about, as its source names it: `checkout`, `nginx.service`.
  package var service: String?
  /// Its place among the changes before the fault, 1 first; `nil` for all that is not among them.
  package var rank: Int?

  package init(
    at: Timestamp, kind: TimelineKind, message: String, severity: String? = nil, source: String,
    reference: String? = nil, actor: String? = nil, service: String? = nil, rank: Int? = nil
  ) {
    self.at = at
    self.kind = kind
    self.message = message
    self.severity = severity
    self.source = source
    self.reference = reference
    self.actor = actor
    self.service = service
    self.rank = rank
  }
}
