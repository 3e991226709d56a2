internal import Bundle
internal import Evidence
internal import HTTPTypes
internal import Hummingbird
internal import Storage

extension API {
  func addIncidentRoutes(to group: RouterGroup<APIContext>) {
    group.get("incidents") { request, context in
      let query = try ListQuery(
        request, known: ["state", "source", "severity", "since", "until", "held", "cursor", "limit"])
      var filter = IncidentFilter()
      filter.source = try query.text("source")
      filter.severity = try query.text("severity")
      filter.since = try query.time("since")
      filter.until = try query.time("until")
      filter.isHeld = try query.flag("held")
      let page = try await database.incidents(
        state: query.choice("state"), after: query.text("cursor"), limit: query.limit(), matching: filter)
      let visible = page.elements.filter(context.scope.allows)
      return try jsonResponse(IncidentList(incidents: try await answers(visible), next: page.next))
    }
    group.get("incidents/:id") { _, context in
      try jsonResponse(try await answers([try await incident(context)])[0])
    }
    group.get("incidents/:id/timeline") { request, context in
      let incident = try await incident(context)
      let captures = try await database.captures(of: incident.id)
      guard let newest = captures.compactMap({ BundleAnswer($0) }).last else {
        if let expired = captures.compactMap(\.bundleExpiredAt).max() { throw Problem.expired(at: expired) }
        throw Problem(.notFound, "the incident has no finished bundle yet")
      }
      return try await content(
        of: PayloadPath("timeline.jsonl"), in: newest, as: "timeline.read", request: request,
        context: context)
    }
  }

  private func answers(_ incidents: [Incident]) async throws -> [IncidentAnswer] {
    let captures = try await database.captures(of: incidents.map(\.id))
    let holds = try await database.holds(on: incidents.map(\.id))
    return incidents.map { incident in
      let rows = captures[incident.id] ?? []
      return IncidentAnswer(
        incident: incident, captures: rows.map { CaptureAnswer($0, progress: progress) },
        hold: holds[incident.id])
    }
  }
}
