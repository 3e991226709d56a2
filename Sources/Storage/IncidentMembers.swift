internal import Evidence
internal import GRDB

/// Which keys of which sources are one incident: one, where signals are not grouped. An incident is over when all of
/// its keys are.
struct IncidentMembers {
  /// Keys of one incident; one more opens another.
  static let limit = 1000

  let database: Database

  /// The latest incident of the signal's key. By the order of insertion: the clock may have been set back.
  func incident(of signal: Signal) throws -> Incident? {
    try Incident.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT incident.* FROM incident_member JOIN incident ON incident.id = incident_member.incident_id
          WHERE incident_member.source = ? AND incident_member.key = ? ORDER BY incident_member.id DESC LIMIT 1
          """), arguments: [signal.source, signal.incidentKey])
  }

  /// The latest open incident of a group that had a signal not long ago.
  func openIncident(ofGroup group: String?, around signal: Signal, within seconds: Double) throws -> Incident?
  {
    guard let group else { return nil }
    let known = try Incident.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT * FROM incident WHERE group_key = ? AND state IN ('open', 'acknowledged', 'mitigated')
          ORDER BY rowid DESC LIMIT 1
          """), arguments: [group])
    guard let known, signal.receivedAt.seconds(since: known.updatedAt) <= seconds,
      try count(in: known.id) < Self.limit
    else { return nil }
    return known
  }

  func setGroup(_ group: String?, of incident: String) throws {
    try database.run("UPDATE incident SET group_key = ? WHERE id = ?", [group, incident])
  }

  /// Notes that the signal is of the incident, and whether its key is over.
  ///
  /// - Returns: whether all keys are.
  func note(_ signal: Signal, in incident: Incident) throws -> Bool {
    let key: StatementArguments = [incident.id, signal.source, signal.incidentKey]
    let known = try database.row(
      "SELECT ended_at FROM incident_member WHERE incident_id = ? AND source = ? AND key = ?", key)
    let knownEnd: String? = known?["ended_at"]
    let end = endOfKey(after: signal, known: knownEnd, in: incident)
    if known == nil || end != knownEnd {
      try database.run(
        """
        INSERT INTO incident_member (incident_id, source, key, ended_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (incident_id, source, key) DO UPDATE SET ended_at = excluded.ended_at
        """, key + [end])
    }
    let isOpen: Bool? = try database.value(
      "SELECT EXISTS (SELECT 1 FROM incident_member WHERE incident_id = ? AND ended_at IS NULL)",
      [incident.id])
    return isOpen == false
  }

  /// When the signal's key ended, as far as is known with this signal.
  private func endOfKey(after signal: Signal, known: String?, in incident: Incident) -> String? {
    switch signal.phase {
    case .resolved, .closed:
      // An end before the incident was opened again says nothing of its end.
      if incident.precedesReopening(signal) { return known }
      return (signal.times.occurred ?? signal.times.resolved ?? signal.receivedAt).rfc3339
    case .opened:
      guard let known, let occurred = signal.times.occurred, occurred.rfc3339 <= known else { return nil }
      return known
    case .acknowledged, .updated, .mitigated, .ignored: return known
    }
  }

  private func count(in incident: String) throws -> Int {
    try database.value("SELECT COUNT(*) FROM incident_member WHERE incident_id = ?", [incident]) ?? 0
  }
}
