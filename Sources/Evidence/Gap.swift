/// Why evidence is missing. A gap that is not named is a bug.
package enum GapCause: String, Codable, Sendable, CaseIterable {
  /// The window begins before the oldest entry that journald still has.
  case journalRotated = "journal-rotated"
  /// journald dropped messages by its own rate limit.
  case journalSuppressed = "journal-suppressed"
  /// A journal file could not be read whole.
  case journalCorrupt = "journal-corrupt"
  /// The host's clock was set back: times overlap, and do not tell what lies in the window.
  case clockJump = "clock-jump"
  /// The agent lacks the right to read the source: told apart from a source that has nothing.
  case permission
  /// The collector had no time left.
  case timeout
  /// The collector had no bytes (or records, or files) left.
  case budget
  case diskFull = "disk-full"
  case notConfigured = "not-configured"
  /// The source is not there, or answered with an error.
  case sourceError = "source-error"
  /// The source was there but not the history: it began after the window did.
  case historyStart = "history-start"
  /// Not text, too large, or not a regular file: recorded by hash and metadata, not by content.
  case notStored = "not-stored"
  case redactionFailed = "redaction-failed"
}

/// One hole in the evidence: what is missing, of when, and why.
package struct Gap: Hashable, Codable, Sendable {
  /// The path in the bundle of the artifact that the hole is in.
  package var artifact: String
  package var from: Timestamp?
  package var to: Timestamp?
  package var cause: GapCause
  /// One sentence for the postmortem's author: what happened, and what would have prevented it.
  package var detail: String

  package init(
    artifact: String, from: Timestamp? = nil, to: Timestamp? = nil, cause: GapCause, detail: String
  ) {
    self.artifact = artifact
    self.from = from
    self.to = to
    self.cause = cause
    self.detail = detail
  }
}
