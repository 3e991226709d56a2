internal import Evidence
internal import GRDB

/// The queue of captures within one transaction.
struct CaptureQueue {
  let database: Database
  let limit: Int
  let bootedAt: Timestamp

  /// Adds a capture with the next sequence number of its incident.
  ///
  /// - Returns: its id.
  func add(incident: String, phase: CapturePhase, at now: Timestamp) throws -> String {
    try checkQueue(database, limit: limit)
    let last: Int =
      try database.value("SELECT MAX(sequence) FROM capture WHERE incident_id = ?", [incident]) ?? 0
    let row = CaptureRow(
      id: ULID.make(at: now), incidentID: incident, phase: phase, sequence: last + 1, state: .queued,
      requestedAt: now, notBefore: .atOnce, attempts: 0, bootedAt: bootedAt)
    try row.insert(database)
    return row.id
  }

  /// Adds a capture because of an update, where there is not one already that covers it: one that waits, or one within
  /// the interval, after which the next capture goes on without a hole. An update is refused by no full queue.
  ///
  /// - Returns: its id; `nil` where none is needed.
  func addUpdate(incident: String, at now: Timestamp, _ policy: IntakePolicy) throws -> String? {
    let rows = try CaptureRow.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM capture WHERE incident_id = ? ORDER BY rowid"),
      arguments: [incident])
    guard rows.count(where: { $0.phase == .updated }) < policy.updateLimit,
      !rows.contains(where: { $0.state == .queued }),
      // One of the future was asked for before the clock was set back.
      !rows.contains(where: { (0..<policy.updateInterval).contains(now.seconds(since: $0.requestedAt)) }),
      try waitingCaptures(database) < limit
    else { return nil }
    return try add(incident: incident, phase: .updated, at: now)
  }
}
