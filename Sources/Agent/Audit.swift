internal import Evidence
internal import HTTPTypes
internal import Logging
internal import Redaction
internal import Storage

/// Says what somebody did with evidence or tried to do: as a row of the audit, and as a line of the log that bears the
/// row's number and hash. Whoever has the lines elsewhere can tell whether the rows were changed.
struct Audit: Sendable {
  let log: AuditLog
  let settings: CurrentSettings
  let metrics: AgentMetrics
  let logger: Logger

  /// Takes down what needs no waiting for; it is on the disk a moment later.
  ///
  /// - Parameters:
  ///   - action: a dotted verb: `signal.accepted`, `bundle.pulled`, `request.refused`. What ends in `.read` or
  ///     `.pulled` makes its principal a reader of the bundle that is the subject.
  ///   - principal: who; see `AuditEntry`.
  ///   - remote: address of the peer.
  ///   - subject: what it was done to: an incident's or a bundle's id.
  ///   - detail: what else there is to say.
  func record(
    _ action: String, by principal: String, from remote: String, subject: String, detail: String = ""
  ) {
    let entry = entry(action, principal, remote, subject, detail)
    log.append(entry) { note(entry, $0) }
  }

  /// As `record`, and waits until it is on the disk, or is known not to get there, which the log says.
  func settle(
    _ action: String, by principal: String, from remote: String, subject: String, detail: String = ""
  ) async {
    let entry = entry(action, principal, remote, subject, detail)
    do {
      note(entry, .success(try await log.append(entry)))
    } catch {
      note(entry, .failure(error))
    }
  }

  /// As `settle`, for what must not be done without: nobody reads evidence unseen.
  ///
  /// - Throws: a 503 where it cannot be written down.
  func require(
    _ action: String, by principal: String, from remote: String, subject: String, detail: String = ""
  ) async throws(Problem) {
    let entry = entry(action, principal, remote, subject, detail)
    do {
      note(entry, .success(try await log.append(entry)))
    } catch {
      note(entry, .failure(error))
      throw Problem(
        .serviceUnavailable,
        "the audit cannot be written, and without it nothing is given out; the log says why",
        retryAfter: 10)
    }
  }

  /// The file before was damaged, and this one begins without its rows.
  func restarted(_ detail: String) async {
    logger.error(
      "The audit was damaged and is moved aside: it begins anew", metadata: ["audit.detail": "\(detail)"])
    await settle("audit.restarted", by: "agent", from: "local", subject: "", detail: detail)
  }

  private func entry(
    _ action: String, _ principal: String, _ remote: String, _ subject: String, _ detail: String
  ) -> AuditEntry {
    let redactor = settings.value.redactor
    return AuditEntry(
      at: .now(), action: action, principal: principal, remote: remote, subject: redactor.redact(subject),
      detail: redactor.redact(detail))
  }

  private func note(_ entry: AuditEntry, _ result: Result<AuditRow, any Error>) {
    var metadata: Logger.Metadata = [
      MessageID.key: "\(MessageID.audit)", "audit.action": "\(entry.action)",
      "audit.principal": "\(entry.principal)", "audit.remote": "\(entry.remote)",
      "audit.subject": "\(entry.subject)",
    ]
    if !entry.detail.isEmpty { metadata["audit.detail"] = "\(entry.detail)" }
    switch result {
    case .success(let row):
      metadata["audit.sequence"] = "\(row.sequence)"
      metadata["audit.hash"] = "\(row.hash)"
      logger.notice("Audit", metadata: metadata)
    case .failure(let error):
      metrics.count("exhibit_audit_failures_total")
      metadata[MessageID.key] = "\(MessageID.auditFailed)"
      metadata["error"] = "\(error)"
      logger.error("Could not write to the audit", metadata: metadata)
    }
  }
}
