internal import Logging

/// One structured log line for everything that somebody did with evidence or tried to do.
struct Audit: Sendable {
  private let logger: Logger

  init(logger: Logger) {
    self.logger = logger
  }

  /// - Parameters:
  ///   - action: a dotted verb: `signal.accepted`, `bundle.pulled`, `request.refused`.
  ///   - principal: name of the token, or `socket`.
  ///   - remote: address of the peer.
  ///   - subject: what it was done to: an incident's or a bundle's id.
  func record(_ action: String, by principal: String, from remote: String, subject: String) {
    logger.notice(
      "Audit",
      metadata: [
        "audit.action": "\(action)", "audit.principal": "\(principal)", "audit.remote": "\(remote)",
        "audit.subject": "\(subject)",
      ])
  }
}
