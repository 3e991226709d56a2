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
  ///   - phase: why there is a capture, where the signal opens an incident.
  ///   - opens: whether it may; one that may not still tells of an incident that is open.
  /// - Returns: what became of it.
  /// - Throws: `StorageError.queueFull` and `.diskFull` before anything was written.
  package func accept(
    _ signal: Signal, body: Redacted, headers: [String: String], queueLimit: Int,
    capturing phase: CapturePhase = .opened, opens: Bool = true
  ) async throws -> Acceptance {
    try await mapErrors {
      try await commits.write { database in
        try Intake(database: database, signal: signal, queueLimit: queueLimit, phase: phase, opens: opens)
          .accept(body: body.text, headers: headers)
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
        return try enqueue(database, incident: id, phase: phase, at: now, queueLimit: queueLimit)
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

/// Adds a queued capture with the next sequence number of its incident.
private func enqueue(
  _ database: Database, incident: String, phase: CapturePhase, at now: Timestamp, queueLimit: Int
) throws -> String {
  let waiting =
    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM capture WHERE state IN ('queued', 'running')") ?? 0
  guard waiting < queueLimit else { throw StorageError.queueFull(limit: queueLimit) }
  let last =
    try Int.fetchOne(
      database, sql: "SELECT MAX(sequence) FROM capture WHERE incident_id = ?", arguments: [incident]) ?? 0
  let row = CaptureRow(
    id: ULID.make(at: now), incidentID: incident, phase: phase, sequence: last + 1, state: .queued,
    requestedAt: now, notBefore: now, attempts: 0)
  try row.insert(database)
  return row.id
}

private func receivedSignal(_ row: Row) throws -> ReceivedSignal {
  let headers: String = row["headers"]
  return ReceivedSignal(
    source: row["source"], phase: SignalPhase(rawValue: row["phase"]) ?? .updated,
    receivedAt: Timestamp(rfc3339: row["received_at"]) ?? Timestamp(nanoseconds: 0),
    headers: try JSONDecoder().decode([String: String].self, from: Data(headers.utf8)),
    body: (row["body"] as Data?).map { String(decoding: $0, as: UTF8.self) })
}

/// The steps of one intake transaction.
private struct Intake {
  let database: Database
  let signal: Signal
  let queueLimit: Int
  let phase: CapturePhase
  let opens: Bool

  func accept(body: String, headers: [String: String]) throws -> Acceptance {
    if let earlier = try earlierDelivery() { return earlier }
    if var incident = try openIncident() {
      apply(to: &incident)
      try incident.update(database)
      try store(body: body, headers: headers, incident: incident.id)
      let capture = try captureOfKnownIncident(incident.id)
      return Acceptance(
        incidentID: incident.id, phase: signal.phase, captureID: capture, duplicate: capture == nil)
    }
    guard opens, signal.phase.opensIncident else {
      return Acceptance(incidentID: nil, phase: signal.phase, captureID: nil, duplicate: false)
    }
    let incident = try newIncident()
    try incident.insert(database)
    try store(body: body, headers: headers, incident: incident.id)
    let capture = try enqueue(
      database, incident: incident.id, phase: phase, at: signal.receivedAt, queueLimit: queueLimit)
    return Acceptance(incidentID: incident.id, phase: signal.phase, captureID: capture, duplicate: false)
  }

  /// A repeated alert of an open incident asks for nothing; a person who asks again gets a capture.
  private func captureOfKnownIncident(_ id: String) throws -> String? {
    guard phase == .manual else { return nil }
    return try enqueue(
      database, incident: id, phase: phase, at: signal.receivedAt, queueLimit: queueLimit)
  }

  private func earlierDelivery() throws -> Acceptance? {
    guard let delivery = signal.deliveryID else { return nil }
    let incident = try String.fetchOne(
      database, sql: "SELECT incident_id FROM signal WHERE source = ? AND delivery_id = ?",
      arguments: [signal.source, delivery])
    return incident.map {
      Acceptance(incidentID: $0, phase: signal.phase, captureID: nil, duplicate: true)
    }
  }

  private func openIncident() throws -> Incident? {
    let latest = try Incident.fetchOne(
      database, sql: "SELECT * FROM incident WHERE source = ? AND key = ? ORDER BY opened_at DESC LIMIT 1",
      arguments: [signal.source, signal.incidentKey])
    return latest.flatMap { $0.state.isOpen ? $0 : nil }
  }

  private func newIncident() throws -> Incident {
    var incident = Incident(
      id: try freeID(), key: signal.incidentKey, source: signal.source, title: signal.title,
      severity: signal.severity, openedAt: signal.receivedAt, startedAt: signal.times.started,
      updatedAt: signal.receivedAt, labels: signal.labels, links: signal.links)
    if signal.phase == .acknowledged { apply(to: &incident) }
    return incident
  }

  /// The vendor's own number where it is safe in a file name, else one made of source and time; a number in
  /// use by an earlier incident gets a suffix.
  private func freeID() throws -> String {
    let base =
      signal.incidentID.flatMap { IncidentID.isValid($0) ? $0 : nil }
      ?? IncidentID.make(source: signal.source, at: signal.receivedAt)
    var candidate = base
    var suffix = 2
    while try Incident.exists(database, key: candidate) {
      candidate = "\(base.prefix(IncidentID.maximumBytes - 6)).\(suffix)"
      suffix += 1
    }
    return candidate
  }

  private func apply(to incident: inout Incident) {
    let times = signal.times
    let at = times.occurred ?? signal.receivedAt
    incident.updatedAt = signal.receivedAt
    incident.severity = signal.severity ?? incident.severity
    incident.startedAt = [incident.startedAt, times.started].compactMap(\.self).min()
    incident.labels.merge(signal.labels) { _, new in new }
    switch signal.phase {
    case .opened, .updated, .ignored: break
    case .acknowledged:
      incident.state = .acknowledged
      incident.acknowledgedAt = incident.acknowledgedAt ?? times.acknowledged ?? at
    case .mitigated:
      incident.state = .mitigated
      incident.mitigatedAt = incident.mitigatedAt ?? times.mitigated ?? at
    case .resolved, .closed:
      incident.state = signal.phase == .closed ? .closed : .resolved
      incident.resolvedAt = incident.resolvedAt ?? times.resolved ?? at
    }
  }

  private func store(body: String, headers: [String: String], incident: String) throws {
    let rows =
      try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM signal WHERE incident_id = ?", arguments: [incident]) ?? 0
    guard rows < StateDatabase.signalRowsPerIncident else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let headerText = String(decoding: try encoder.encode(headers), as: UTF8.self)
    let keepsBody = rows < StateDatabase.signalBodiesPerIncident
    try database.execute(
      sql: """
        INSERT INTO signal (incident_id, source, delivery_id, phase, received_at, headers, body)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        incident, signal.source, signal.deliveryID, signal.phase.rawValue, signal.receivedAt.rfc3339,
        headerText, keepsBody ? Data(body.utf8) : nil,
      ])
  }
}
