package import Evidence
internal import GRDB

extension StateDatabase {
  /// The next capture that is due, marked as running; `nil` when none is.
  package func claimCapture(at now: Timestamp) async throws -> CaptureRow? {
    try await mapErrors {
      try await pool.write { database in
        let due = try CaptureRow.fetchOne(
          database,
          sql: """
            SELECT * FROM capture WHERE state = 'queued' AND not_before <= ?
            ORDER BY requested_at, id LIMIT 1
            """, arguments: [now.rfc3339])
        guard var row = due else { return nil }
        row.state = .running
        row.startedAt = now
        row.attempts += 1
        try row.update(database)
        return row
      }
    }
  }

  /// Puts captures that were running when the agent died back into the queue, but those that it died of time
  /// and again.
  ///
  /// - Returns: how many there were.
  package func requeueInterrupted(attemptLimit: Int) async throws -> Int {
    try await mapErrors {
      try await pool.write { database in
        try database.execute(
          sql: """
            UPDATE capture SET state = 'failed', error = 'the agent died during each of its attempts'
            WHERE state = 'running' AND attempts >= ?
            """, arguments: [attemptLimit])
        try database.execute(sql: "UPDATE capture SET state = 'queued' WHERE state = 'running'")
        return database.changesCount
      }
    }
  }

  /// The captures that wait or run, oldest first.
  package func unfinishedCaptures() async throws -> [CaptureRow] {
    try await mapErrors {
      try await pool.read { database in
        try CaptureRow.fetchAll(
          database,
          sql: "SELECT * FROM capture WHERE state IN ('queued', 'running') ORDER BY requested_at, id")
      }
    }
  }

  package func finish(_ id: String, with result: CaptureResult, at now: Timestamp) async throws {
    try await updateCapture(id) { row in
      row.state = .done
      row.finishedAt = now
      row.error = nil
      row.bundleName = result.bundleName
      row.bundleBytes = result.bytes
      row.bundleSHA256 = result.sha256
      row.completeness = result.completeness
      row.gaps = result.gaps
      row.redactions = result.redactions
    }
  }

  /// Records why an attempt failed. With `retryAt` the capture is queued again, else it has failed for good.
  package func fail(_ id: String, error: String, at now: Timestamp, retryAt: Timestamp?) async throws {
    try await updateCapture(id) { row in
      row.state = retryAt == nil ? .failed : .queued
      row.finishedAt = retryAt == nil ? now : nil
      row.notBefore = retryAt ?? row.notBefore
      row.error = error
    }
  }

  /// Puts a capture back that was stopped before it had finished, as if it had not been tried. Blocking.
  package func release(_ id: String) throws {
    do {
      try pool.write { database in
        try database.execute(
          sql: "UPDATE capture SET state = 'queued', attempts = MAX(0, attempts - 1) WHERE id = ?",
          arguments: [id])
      }
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
  }

  /// Gives a capture the next free sequence number of its incident.
  ///
  /// - Returns: the number.
  package func renumber(_ id: String) async throws -> Int {
    try await mapErrors {
      try await pool.write { database in
        guard var row = try CaptureRow.fetchOne(database, key: id) else {
          throw StorageError.database("there is no capture \(id)")
        }
        let last = try Int.fetchOne(
          database, sql: "SELECT MAX(sequence) FROM capture WHERE incident_id = ?",
          arguments: [row.incidentID])
        row.sequence = (last ?? row.sequence) + 1
        try row.update(database)
        return row.sequence
      }
    }
  }

  private func updateCapture(_ id: String, _ change: @escaping @Sendable (inout CaptureRow) -> Void)
    async throws
  {
    try await mapErrors {
      try await pool.write { database in
        guard var row = try CaptureRow.fetchOne(database, key: id) else { return }
        change(&row)
        try row.update(database)
      }
    }
  }

  /// Captures that wait or run.
  package func queueLength() async throws -> Int {
    try await mapErrors {
      try await pool.read {
        try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM capture WHERE state IN ('queued', 'running')") ?? 0
      }
    }
  }

  /// When the earliest queued capture is due; `nil` when none is queued.
  package func nextDue() async throws -> Timestamp? {
    try await mapErrors {
      try await pool.read {
        try String.fetchOne($0, sql: "SELECT MIN(not_before) FROM capture WHERE state = 'queued'")
          .flatMap(Timestamp.init(rfc3339:))
      }
    }
  }

  package func incident(_ id: String) async throws -> Incident? {
    try await mapErrors { try await pool.read { try Incident.fetchOne($0, key: id) } }
  }

  /// Captures of an incident in order.
  package func captures(of incident: String) async throws -> [CaptureRow] {
    try await mapErrors {
      try await pool.read {
        try CaptureRow.fetchAll(
          $0, sql: "SELECT * FROM capture WHERE incident_id = ? ORDER BY sequence", arguments: [incident])
      }
    }
  }

  package func capture(_ id: String) async throws -> CaptureRow? {
    try await mapErrors { try await pool.read { try CaptureRow.fetchOne($0, key: id) } }
  }
}
