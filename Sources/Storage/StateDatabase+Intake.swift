package import Evidence
internal import Foundation
internal import GRDB
package import Redaction

/// What became of an accepted signal.
package struct Acceptance: Hashable, Sendable {
  /// `nil` when the signal ends an incident that this agent never saw.
  package var incidentID: String?
  package var phase: SignalPhase
  /// The capture that the signal asked for; `nil` when it asked for none.
  package var captureID: String?
  /// The same delivery, or a further alert of an incident that is open already.
  package var duplicate: Bool

  package init(incidentID: String?, phase: SignalPhase, captureID: String?, duplicate: Bool) {
    self.incidentID = incidentID
    self.phase = phase
    self.captureID = captureID
    self.duplicate = duplicate
  }
}

extension StateDatabase {
  /// Bodies kept for one incident; further signals are counted and update the incident, but their bodies are
  /// not kept, so that an alert storm cannot fill the disk.
  package static let signalBodiesPerIncident = 100
  /// Rows kept for one incident, with or without a body.
  package static let signalRowsPerIncident = 1000

  /// Takes in one signal: when this returns, the signal, its incident and the capture that it asks for are
  /// on disk.
  ///
  /// - Parameters:
  ///   - signal: in normal form.
  ///   - body: as it came.
  ///   - headers: as they came.
  ///   - queueLimit: captures that may wait.
  ///   - policy: what becomes of it.
  /// - Returns: what became of it.
  /// - Throws: `StorageError.queueFull` and `.diskFull` before anything was written.
  package func accept(
    _ signal: Signal, body: Redacted, headers: [String: String], queueLimit: Int,
    policy: IntakePolicy = IntakePolicy()
  ) async throws -> Acceptance {
    try await mapErrors {
      try await commits.write { [bootedAt] database in
        let queue = CaptureQueue(database: database, limit: queueLimit, bootedAt: bootedAt())
        return try Intake(database: database, signal: signal, queue: queue, policy: policy)
          .accept(SignalText(body: body.text, headers: headers))
      }
    }
  }

  /// Enqueues a further capture of a known incident.
  ///
  /// - Returns: the capture's id, or `nil` when there is no such incident.
  package func enqueueCapture(
    incident id: String, phase: CapturePhase, at now: Timestamp, queueLimit: Int
  ) async throws -> String? {
    try await mapErrors {
      try await pool.write { database in
        guard try Incident.exists(database, key: id) else { return nil }
        let queue = CaptureQueue(database: database, limit: queueLimit, bootedAt: bootedAt())
        return try queue.add(incident: id, phase: phase, at: now)
      }
    }
  }

  /// The signals of an incident in order of arrival.
  package func signals(of incident: String) async throws -> [ReceivedSignal] {
    try await mapErrors {
      try await pool.read { database in
        try Row.fetchAll(
          database, sql: "SELECT * FROM signal WHERE incident_id = ? ORDER BY id", arguments: [incident]
        ).map(receivedSignal)
      }
    }
  }
}

private func receivedSignal(_ row: Row) throws -> ReceivedSignal {
  let headers: String = row["headers"]
  return ReceivedSignal(
    source: row["source"], phase: SignalPhase(rawValue: row["phase"]) ?? .updated,
    receivedAt: Timestamp(rfc3339: row["received_at"]) ?? Timestamp(nanoseconds: 0),
    headers: try JSONDecoder().decode([String: String].self, from: Data(headers.utf8)),
    body: (row["body"] as Data?).map { String(decoding: $0, as: UTF8.self) })
}
