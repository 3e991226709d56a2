package import Evidence
internal import GRDB

/// What became of the captures that were running when the agent died.
package struct InterruptedCaptures: Hashable, Sendable {
  /// To be made anew.
  package var queued: [String] = []
  /// Kept as failed.
  package var failed: [String] = []
}

extension StateDatabase {
  /// The next capture that is due, marked as running, in the order in which they were asked for.
  ///
  /// A retry that lies further ahead than any delay does was planned before the clock was set back: it is due.
  ///
  /// - Parameters:
  ///   - now: this host's time.
  ///   - policy: the delays.
  /// - Returns: `nil` when none is.
  /// - Throws: `StorageError`.
  package func claimCapture(at now: Timestamp, policy: RetryPolicy = RetryPolicy()) async throws
    -> CaptureRow?
  {
    try await mapErrors {
      try await pool.write { database in
        let due = try CaptureRow.fetchOne(
          database,
          sql: """
            SELECT * FROM capture WHERE state = 'queued' AND (not_before <= ? OR not_before > ?)
            ORDER BY rowid LIMIT 1
            """, arguments: [now.rfc3339, now.adding(seconds: policy.longestDelay).rfc3339])
        guard var row = due else { return nil }
        row.state = .running
        row.startedAt = now
        row.attempts += 1
        try row.update(database)
        return row
      }
    }
  }

  /// Puts captures that were running when the agent died back into the queue, but those that it died of time and
  /// again.
  ///
  /// - Parameters:
  ///   - now: this host's time.
  ///   - policy: how often, and when.
  /// - Returns: the ids.
  /// - Throws: `StorageError`.
  package func requeueInterrupted(
    at now: Timestamp, policy: RetryPolicy = RetryPolicy()
  ) async throws -> InterruptedCaptures {
    try await mapErrors {
      try await pool.write { database in
        var result = InterruptedCaptures()
        for var row in try CaptureRow.fetchAll(database, sql: "SELECT * FROM capture WHERE state = 'running'")
        {
          row.interruptions += 1
          if row.interruptions < policy.interruptions {
            row.state = .queued
            let delay = policy.delay(afterInterruptions: row.interruptions)
            row.notBefore = delay == 0 ? .atOnce : now.adding(seconds: delay)
            result.queued.append(row.id)
          } else {
            row.state = .failed
            row.finishedAt = now
            row.error = "the agent ended during each of \(row.interruptions) tries; its log says why"
            result.failed.append(row.id)
          }
          try row.update(database)
        }
        return result
      }
    }
  }

  /// Puts a capture that failed for good back into the queue, with all its attempts before it.
  ///
  /// - Parameters:
  ///   - id: the capture's.
  ///   - queueLimit: captures that may wait.
  /// - Returns: the capture, or `nil` when there is none of that id.
  /// - Throws: `StorageError.notFailed` and `.queueFull`.
  package func retryCapture(_ id: String, queueLimit: Int) async throws -> CaptureRow? {
    try await mapErrors {
      try await pool.write { database in
        guard var row = try CaptureRow.fetchOne(database, key: id) else { return nil }
        guard row.state == .failed else { throw StorageError.notFailed(row.state) }
        try checkQueue(database, limit: queueLimit)
        row.state = .queued
        row.notBefore = .atOnce
        row.finishedAt = nil
        row.failures = 0
        row.interruptions = 0
        try row.update(database)
        return row
      }
    }
  }

  /// The captures that wait or run, oldest first.
  package func unfinishedCaptures() async throws -> [CaptureRow] {
    try await mapErrors {
      try await pool.read { database in
        try CaptureRow.fetchAll(
          database, sql: "SELECT * FROM capture WHERE state IN ('queued', 'running') ORDER BY rowid")
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
      row.windowFrom = result.window?.from
      row.windowTo = result.window?.to
    }
  }

  /// Records why an attempt ended without a bundle.
  ///
  /// - Parameters:
  ///   - id: the capture's.
  ///   - error: in words for an operator, redacted.
  ///   - now: this host's time.
  ///   - retryAt: when it is to be tried again; `nil` keeps it as failed.
  ///   - counts: whether it is one of the failures that a capture may have.
  /// - Throws: `StorageError`.
  package func fail(
    _ id: String, error: String, at now: Timestamp, retryAt: Timestamp?, counts: Bool = true
  ) async throws {
    try await updateCapture(id) { row in
      row.state = retryAt == nil ? .failed : .queued
      row.finishedAt = retryAt == nil ? now : nil
      row.notBefore = retryAt ?? row.notBefore
      row.error = error
      if counts { row.failures += 1 }
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
    try await mapErrors { try await pool.read { try waitingCaptures($0) } }
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
}

extension Timestamp {
  /// Before every clock: due whatever it says.
  static let atOnce = Timestamp(nanoseconds: 0)
}

/// Captures that wait or run.
func waitingCaptures(_ database: Database) throws -> Int {
  try database.value("SELECT COUNT(*) FROM capture WHERE state IN ('queued', 'running')") ?? 0
}

/// - Throws: `StorageError.queueFull`.
func checkQueue(_ database: Database, limit: Int) throws {
  guard try waitingCaptures(database) < limit else { throw StorageError.queueFull(limit: limit) }
}
