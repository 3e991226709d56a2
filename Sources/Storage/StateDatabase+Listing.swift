package import Evidence
internal import GRDB

/// One page of a listing, newest first.
package struct Page<Element: Sendable>: Sendable {
  package var elements: [Element]
  /// To be given back for the next page; `nil` at the end.
  package var next: String?
}

/// What a listing of incidents is narrowed to, beside their state; `nil` narrows nothing.
package struct IncidentFilter: Hashable, Sendable {
  package var source: String?
  package var severity: String?
  /// Opened then or later.
  package var since: Timestamp?
  /// Opened before.
  package var until: Timestamp?
  /// With a hold, or without.
  package var isHeld: Bool?

  package init() {}
}

/// What a listing of captures is narrowed to; `nil` narrows nothing.
package struct CaptureFilter: Hashable, Sendable {
  package var incident: String?
  package var state: CaptureState?
  package var phase: CapturePhase?
  /// Asked for then or later.
  package var since: Timestamp?
  /// Asked for before.
  package var until: Timestamp?
  /// Only those whose bundle is there.
  package var withBundle = false

  /// All bundles.
  package static var bundles: CaptureFilter {
    var filter = CaptureFilter()
    filter.withBundle = true
    return filter
  }

  package init() {}
}

extension StateDatabase {
  /// Incidents, newest first.
  ///
  /// - Parameters:
  ///   - state: only those in this state; `nil` for all.
  ///   - cursor: `Page.next` of the page before; `nil` for the first.
  ///   - limit: at most so many.
  ///   - filter: what else they have to be.
  /// - Returns: one page.
  /// - Throws: `StorageError`; `.invalidCursor` for one that is none of ours.
  package func incidents(
    state: IncidentState?, after cursor: String?, limit: Int, matching filter: IncidentFilter = .init()
  ) async throws -> Page<Incident> {
    let place = try cursor.map(IncidentPlace.init)
    return try await mapErrors {
      try await pool.read { database in
        let rows = try Incident.fetchAll(
          database,
          sql: """
            SELECT * FROM incident
            WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR source = ?2)
              AND (?3 IS NULL OR lower(severity) = lower(?3))
              AND (?4 IS NULL OR opened_at >= ?4) AND (?5 IS NULL OR opened_at < ?5)
              AND (?6 IS NULL OR EXISTS (SELECT 1 FROM hold WHERE incident_id = incident.id) = ?6)
              AND (?7 IS NULL OR (opened_at, id) < (?7, ?8))
            ORDER BY opened_at DESC, id DESC LIMIT ?9
            """,
          arguments: [
            state?.rawValue, filter.source, filter.severity, filter.since?.rfc3339, filter.until?.rfc3339,
            filter.isHeld, place?.openedAt.rfc3339, place?.id, limit + 1,
          ])
        return page(of: rows, limit: limit) { IncidentPlace(openedAt: $0.openedAt, id: $0.id).cursor }
      }
    }
  }

  /// Captures, the latest asked for first.
  ///
  /// - Parameters:
  ///   - filter: what they have to be.
  ///   - cursor: `Page.next` of the page before; `nil` for the first.
  ///   - limit: at most so many.
  /// - Returns: one page.
  /// - Throws: `StorageError`; `.invalidCursor` for one that is none of ours.
  package func captures(
    matching filter: CaptureFilter, after cursor: String?, limit: Int
  ) async throws -> Page<CaptureRow> {
    guard cursor.map(ULID.isValid) ?? true else { throw StorageError.invalidCursor }
    return try await mapErrors {
      try await pool.read { database in
        let rows = try CaptureRow.fetchAll(
          database,
          sql: """
            SELECT * FROM capture
            WHERE (?1 IS NULL OR incident_id = ?1) AND (?2 IS NULL OR state = ?2)
              AND (?3 IS NULL OR phase = ?3)
              AND (?4 IS NULL OR requested_at >= ?4) AND (?5 IS NULL OR requested_at < ?5)
              AND (NOT ?6 OR (state = 'done' AND bundle_name IS NOT NULL))
              AND (?7 IS NULL OR id < ?7)
            ORDER BY id DESC LIMIT ?8
            """,
          arguments: [
            filter.incident, filter.state?.rawValue, filter.phase?.rawValue, filter.since?.rfc3339,
            filter.until?.rfc3339, filter.withBundle, cursor, limit + 1,
          ])
        return page(of: rows, limit: limit, cursor: \.id)
      }
    }
  }

  /// The captures of several incidents, each in order.
  package func captures(of incidents: [String]) async throws -> [String: [CaptureRow]] {
    let rows = try await mapErrors {
      try await pool.read { database in
        try CaptureRow.filter(incidents.contains(Column("incident_id"))).order(Column("sequence"))
          .fetchAll(database)
      }
    }
    return Dictionary(grouping: rows, by: \.incidentID)
  }
}

/// Where a page of incidents ended: `2026-11-24T04:00:00.000000000Z~INC-1`.
private struct IncidentPlace {
  var openedAt: Timestamp
  var id: String

  init(openedAt: Timestamp, id: String) {
    self.openedAt = openedAt
    self.id = id
  }

  init(_ cursor: String) throws(StorageError) {
    let parts = cursor.split(separator: "~", maxSplits: 1)
    guard parts.count == 2, let time = Timestamp(rfc3339: String(parts[0])),
      IncidentID.isValid(String(parts[1]))
    else { throw .invalidCursor }
    openedAt = time
    id = String(parts[1])
  }

  var cursor: String { "\(openedAt.rfc3339)~\(id)" }
}

private func page<Element>(
  of rows: [Element], limit: Int, cursor: (Element) -> String
) -> Page<Element> {
  guard rows.count > limit else { return Page(elements: rows, next: nil) }
  let kept = Array(rows.prefix(limit))
  return Page(elements: kept, next: kept.last.map(cursor))
}
