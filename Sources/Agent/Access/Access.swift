internal import Evidence
internal import Signals

/// Who sends a request, and what they may do.
struct Access: Sendable {
  /// As the audit names them: `token:NAME`, `unix:UID/LOGIN`, `certificate:NAME`.
  var principal: String
  var roles: Set<TokenRole>
  /// `nil` for all incidents.
  var scope: AccessScope?

  /// Whether it may do what `role` may.
  func has(_ role: TokenRole) -> Bool { roles.contains(role) || roles.contains(.admin) }
}

/// The incidents that somebody may see. It narrows reading and nothing else.
struct AccessScope: Sendable, Equatable {
  /// Conditions and patterns of one scope.
  static let limit = 16

  /// Ids, or patterns with `*`: one of them has to fit; none means all.
  let incidents: [String]
  /// All of them have to hold.
  let conditions: [SignalMatcher]

  /// - Throws: what is wrong, with the remedy.
  init?(incidents: [String], conditions: [String]) throws(Complaint) {
    guard !incidents.isEmpty || !conditions.isEmpty else { return nil }
    guard incidents.count + conditions.count <= Self.limit else {
      throw Complaint("a scope has at most \(Self.limit) incidents and conditions; write patterns")
    }
    for pattern in incidents where pattern.isEmpty || pattern.utf8.count > 128 {
      throw Complaint("\(quoted(pattern)) is no incident; write its id, or a pattern of ids as in \"PAY-*\"")
    }
    self.incidents = incidents
    do throws(SignalMatcherError) {
      self.conditions = try conditions.map { text throws(SignalMatcherError) in try SignalMatcher(text) }
    } catch {
      throw Complaint("\(error)")
    }
  }

  /// Whether the incident is one of them.
  func allows(_ incident: Incident) -> Bool {
    let facts = SelectionFacts(incident)
    return (incidents.isEmpty || incidents.contains { Wildcard.matches($0, incident.id) })
      && conditions.allSatisfy { $0.matches(facts) }
  }
}

extension AccessScope? {
  /// Whether the incident may be seen: without a scope all may.
  func allows(_ incident: Incident) -> Bool { self?.allows(incident) ?? true }
}
