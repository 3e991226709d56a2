package import Evidence
internal import GRDB

/// What a bundle on the disk says of itself.
package struct IndexedBundle: Sendable {
  package var incident: Incident
  package var manifest: EvidenceManifest
  /// 1, 2, … within the incident, from its name.
  package var sequence: Int
  package var name: String
  package var bytes: Int
  package var sha256: String

  package init(
    incident: Incident, manifest: EvidenceManifest, sequence: Int, name: String, bytes: Int, sha256: String
  ) {
    self.incident = incident
    self.manifest = manifest
    self.sequence = sequence
    self.name = name
    self.bytes = bytes
    self.sha256 = sha256
  }
}

extension StateDatabase {
  /// The latest time that the state holds; `nil` for an empty one.
  package func latestTime() async throws -> Timestamp? {
    try await mapErrors {
      try await pool.read { database in
        try String.fetchOne(
          database,
          sql: """
            SELECT MAX(at) FROM (SELECT MAX(updated_at) AS at FROM incident
              UNION ALL SELECT MAX(requested_at) FROM capture)
            """
        ).flatMap(Timestamp.init(rfc3339:))
      }
    }
  }

  /// Incidents of a source that are open and had no signal since `cut`; at most 100, the oldest.
  package func openIncidents(of source: String, quietSince cut: Timestamp) async throws -> [Incident] {
    try await mapErrors {
      try await pool.read { database in
        try Incident.fetchAll(
          database,
          sql: """
            SELECT * FROM incident WHERE source = ? AND state IN ('open', 'acknowledged', 'mitigated')
              AND updated_at < ? ORDER BY opened_at LIMIT 100
            """, arguments: [source, cut.rfc3339])
      }
    }
  }

  /// Takes in bundles that the database does not know: each a finished capture of its incident, as the latest bundle has
  /// it where the database has none.
  ///
  /// - Parameter bundles: in any order.
  /// - Throws: `StorageError`.
  package func index(_ bundles: [IndexedBundle]) async throws {
    let order = bundles.sorted { ($0.incident.openedAt, $0.sequence) < ($1.incident.openedAt, $1.sequence) }
    try await mapErrors {
      try await pool.write { database in
        let known = Set(try String.fetchAll(database, sql: "SELECT id FROM incident"))
        for bundle in order {
          if !known.contains(bundle.incident.id) {
            try bundle.incident.save(database)
            try IncidentMembers(database: database).restore(bundle.incident)
          }
          guard try !CaptureRow.exists(database, key: bundle.manifest.bundle) else { continue }
          var row = CaptureRow(bundle)
          // One of that number may be known that has no bundle.
          let taken = try Int.fetchAll(
            database, sql: "SELECT sequence FROM capture WHERE incident_id = ?", arguments: [row.incidentID])
          if taken.contains(row.sequence) { row.sequence = (taken.max() ?? 0) + 1 }
          try row.insert(database)
        }
      }
    }
  }
}

extension CaptureRow {
  fileprivate init(_ bundle: IndexedBundle) {
    let manifest = bundle.manifest
    self.init(
      id: manifest.bundle, incidentID: bundle.incident.id, phase: manifest.phase, sequence: bundle.sequence,
      state: .done, requestedAt: manifest.timings.signalReceived, notBefore: .atOnce,
      startedAt: manifest.timings.captureStarted, finishedAt: manifest.timings.sealed, attempts: 1,
      bundleName: bundle.name, bundleBytes: bundle.bytes, bundleSHA256: bundle.sha256,
      completeness: manifest.completeness.ratio, gaps: manifest.gaps.count,
      redactions: manifest.redaction.total,
      windowFrom: manifest.window.from, windowTo: manifest.window.to)
  }
}

extension IncidentMembers {
  /// Notes the key of an incident that is known from its bundle.
  fileprivate func restore(_ incident: Incident) throws {
    let end = incident.state.isOpen ? nil : (incident.resolvedAt ?? incident.updatedAt).rfc3339
    try database.execute(
      sql: """
        INSERT INTO incident_member (incident_id, source, key, ended_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (incident_id, source, key) DO UPDATE SET ended_at = excluded.ended_at
        """, arguments: [incident.id, incident.source, incident.key, end])
  }
}
