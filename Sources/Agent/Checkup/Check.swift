/// What an operator should know before the incident: one source of evidence, or one means of the agent.
struct Check: Encodable, Hashable, Sendable {
  enum State: String, Codable, CaseIterable, Sendable {
    case good
    /// Less than there could be.
    case note
    /// Evidence would be missing.
    case problem
  }

  /// A word or two: `journal`.
  var name: String
  var state: State
  /// What was seen.
  var detail: String
  /// What to do about it.
  var remedy: String?

  static func good(_ name: String, _ detail: String) -> Check {
    Check(name: name, state: .good, detail: detail)
  }

  static func note(_ name: String, _ detail: String, _ remedy: String? = nil) -> Check {
    Check(name: name, state: .note, detail: detail, remedy: remedy)
  }

  static func problem(_ name: String, _ detail: String, _ remedy: String? = nil) -> Check {
    Check(name: name, state: .problem, detail: detail, remedy: remedy)
  }
}

/// What `GET /v1/checks` answers.
struct CheckList: Encodable {
  var checks: [Check]
}
