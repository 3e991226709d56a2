package import Evidence
internal import GRDB

/// One page of a listing, newest first.
package struct Page<Element: Sendable>: Sendable {
  package var elements: [Element]
  /// To be given back for the next page; `nil` at the end.
  package var next: String?
}

extension StateDatabase {
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

  /// Incidents, newest first.
  ///
  /// - Parameters:
  ///   - state: only those in this state; `nil` for all.
  ///   - cursor: `Page.next` of the page before; one that is none of ours gives the first page.
  ///   - limit: at most so many.
  /// - Returns: one page.
  /// - Throws: `StorageError`.
  package func incidents(
    state: IncidentState?, after cursor: String?, limit: Int
  ) async throws -> Page<Incident> {
    let (before, beforeID) = splitCursor(cursor)
    return try await mapErrors {
      try await pool.read { database in
        let rows = try Incident.fetchAll(
          database,
          sql: """
            SELECT * FROM incident
            WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR (opened_at, id) < (?2, ?3))
            ORDER BY opened_at DESC, id DESC LIMIT ?4
            """, arguments: [state?.rawValue, before, beforeID, limit + 1])
        return page(of: rows, limit: limit) { "\($0.openedAt.rfc3339)~\($0.id)" }
      }
    }
  }

  /// Finished captures, that is bundles, newest first; see `incidents(state:after:limit:)`.
  package func bundles(after cursor: String?, limit: Int) async throws -> Page<CaptureRow> {
    try await mapErrors {
      try await pool.read { database in
        let rows = try CaptureRow.fetchAll(
          database,
          sql: """
            SELECT * FROM capture WHERE state = 'done' AND bundle_name IS NOT NULL AND (?1 IS NULL OR id < ?1)
            ORDER BY id DESC LIMIT ?2
            """, arguments: [cursor, limit + 1])
        return page(of: rows, limit: limit, cursor: \.id)
      }
    }
  }
}

private func splitCursor(_ cursor: String?) -> (time: String?, id: String?) {
  guard let parts = cursor?.split(separator: "~", maxSplits: 1), parts.count == 2 else { return (nil, nil) }
  return (String(parts[0]), String(parts[1]))
}

private func page<Element>(
  of rows: [Element], limit: Int, cursor: (Element) -> String
) -> Page<Element> {
  guard rows.count > limit else { return Page(elements: rows, next: nil) }
  let kept = Array(rows.prefix(limit))
  return Page(elements: kept, next: kept.last.map(cursor))
}
