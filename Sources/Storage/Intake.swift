internal import Evidence
internal import Foundation
internal import GRDB

/// A signal's own words, redacted, as they are kept.
struct SignalText {
  var body: String?
  var headers: [String: String]
}

/// The steps of one intake transaction.
struct Intake {
  let database: Database
  let signal: Signal
  let queue: CaptureQueue
  let policy: IntakePolicy

  func accept(_ text: SignalText) throws -> Acceptance {
    if let earlier = try earlierDelivery() { return earlier }
    if let incident = try members.incident(of: signal), belongs(to: incident) {
      return try update(incident, text)
    }
    guard policy.opens else { return acceptance(of: nil) }
    guard signal.phase.opensIncident else {
      try EarlySignals(database: database).keep(signal, text)
      return acceptance(of: nil)
    }
    if let incident = try members.openIncident(
      ofGroup: policy.group, around: signal, within: policy.groupWithin)
    {
      return try update(incident, text)
    }
    return try open(text)
  }

  private var members: IncidentMembers { IncidentMembers(database: database) }

  private func acceptance(of incident: String?, capture: String? = nil, duplicate: Bool = false) -> Acceptance
  {
    Acceptance(incidentID: incident, phase: signal.phase, captureID: capture, duplicate: duplicate)
  }

  private func earlierDelivery() throws -> Acceptance? {
    guard let delivery = signal.deliveryID else { return nil }
    let row = try database.row(
      """
      SELECT incident_id FROM signal WHERE source = ?1 AND delivery_id = ?2
      UNION ALL SELECT NULL FROM early_signal WHERE source = ?1 AND delivery_id = ?2
      """, [signal.source, delivery])
    return row.map { acceptance(of: $0["incident_id"], duplicate: true) }
  }

  /// Whether the signal is about the latest incident of its key, and not about another one after it.
  private func belongs(to incident: Incident) -> Bool {
    guard !incident.state.isOpen, let end = incident.resolvedAt else { return true }
    if signal.phase == .opened {
      return incident.isLate(signal) || mayReopen(incident, endedAt: end)
    }
    // An acknowledgement or an edit after the end is of the incident that ended, unless its fault began later.
    guard let begun = signal.times.started ?? signal.times.detected else { return true }
    return begun <= end
  }

  private func mayReopen(_ incident: Incident, endedAt end: Timestamp) -> Bool {
    policy.reopenWithin > 0 && signal.receivedAt.seconds(since: end) <= policy.reopenWithin
      && incident.moments.count { $0.point == .reopened } < policy.reopenLimit
  }

  private func update(_ known: Incident, _ text: SignalText) throws -> Acceptance {
    var incident = known
    let isLast = try members.note(signal, in: incident)
    let number = try nextNumber(in: incident.id)
    let change = incident.apply(signal, number: number, isLast: isLast)
    try save(incident, after: known)
    try store(signal, text, incident: incident.id, number: number)
    let capture = try capture(after: change, of: incident.id)
    return acceptance(of: incident.id, capture: capture, duplicate: capture == nil && change == .updated)
  }

  /// Most repeats change nothing but the time of the latest, and are taken in by the thousand.
  private func save(_ incident: Incident, after known: Incident) throws {
    var touched = known
    touched.updatedAt = incident.updatedAt
    guard incident == touched else { return try incident.update(database) }
    guard incident != known else { return }
    try database.run(
      "UPDATE incident SET updated_at = ? WHERE id = ?", [incident.updatedAt.rfc3339, incident.id])
  }

  private func open(_ text: SignalText) throws -> Acceptance {
    var incident = Incident(openedBy: signal, id: try freeID(), number: 1)
    try incident.insert(database)
    let opened = incident
    _ = try members.note(signal, in: incident)
    if policy.group != nil { try members.setGroup(policy.group, of: incident.id) }
    try store(signal, text, incident: incident.id, number: 1)
    for (early, text) in try EarlySignals(database: database).take(foundBy: signal) {
      let number = try nextNumber(in: incident.id)
      incident.apply(early, number: number)
      _ = try members.note(early, in: incident)
      try store(early, text, incident: incident.id, number: number)
    }
    try save(incident, after: opened)
    guard policy.phase == .manual || policy.captureOn.contains(.opened) else {
      return acceptance(of: incident.id)
    }
    let capture = try queue.add(incident: incident.id, phase: policy.phase, at: signal.receivedAt)
    return acceptance(of: incident.id, capture: capture)
  }

  /// A repeated alert of an open incident asks for nothing; a person who asks again gets a capture.
  private func capture(after change: Incident.Change, of id: String) throws -> String? {
    if policy.phase == .manual { return try queue.add(incident: id, phase: .manual, at: signal.receivedAt) }
    guard policy.captureOn.contains(change) else { return nil }
    if change == .resolved { return try queue.add(incident: id, phase: .resolved, at: signal.receivedAt) }
    guard policy.opens else { return nil }
    return try queue.addUpdate(incident: id, at: signal.receivedAt, policy)
  }

  /// The vendor's own number where it is safe in a file name, else one made of source and time; a number in
  /// use by an earlier incident gets a suffix.
  private func freeID() throws -> String {
    let base =
      signal.incidentID.flatMap { IncidentID.isValid($0) ? $0 : nil }
      ?? IncidentID.make(source: signal.source, at: signal.receivedAt)
    return try IncidentID.free(base, in: database)
  }

  /// The number of the next signal of an incident; `nil` where no more are kept.
  private func nextNumber(in incident: String) throws -> Int? {
    let rows: Int =
      try database.value("SELECT COUNT(*) FROM signal WHERE incident_id = ?", [incident]) ?? 0
    return rows < StateDatabase.signalRowsPerIncident ? rows + 1 : nil
  }

  private func store(_ signal: Signal, _ text: SignalText, incident: String, number: Int?) throws {
    guard let number else { return }
    let keepsBody = number <= StateDatabase.signalBodiesPerIncident
    try database.run(
      """
      INSERT INTO signal (incident_id, source, delivery_id, phase, received_at, headers, body)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        incident, signal.source, signal.deliveryID, signal.phase.rawValue, signal.receivedAt.rfc3339,
        try sortedJSON(text.headers), keepsBody ? text.body.map { Data($0.utf8) } : nil,
      ])
  }
}

/// JSON with sorted keys: the same value is always the same text.
func sortedJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
