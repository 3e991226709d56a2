internal import Evidence
internal import Hummingbird
internal import Storage

extension API {
  /// `GET /v1/audit`: the rows, newest first; to read them is a row as well.
  func addAuditRoutes(to group: RouterGroup<APIContext>) {
    group.get("audit") { request, context in
      let query = try ListQuery(request, known: ["subject", "action", "cursor", "limit"])
      let subject = try query.text("subject")
      let page = try await audit.log.rows(
        before: try auditCursor(query.text("cursor")), subject: subject, action: query.text("action"),
        limit: query.limit())
      try await audit.require(
        "audit.read", by: context.principal, from: context.remote, subject: "audit", detail: subject ?? "")
      return try jsonResponse(AuditList(entries: page.elements, next: page.next))
    }
  }

  /// `GET /v1/incidents/{id}/readers`: who took in the bundles of an incident, as the audit has it.
  func addReadershipRoute(to group: RouterGroup<APIContext>) {
    group.get("incidents/:id/readers") { _, context in
      let id = try context.parameters.require("id")
      guard try await database.incident(id) != nil else {
        throw Problem(.notFound, "there is no incident of that id; GET /v1/incidents lists them")
      }
      let bundles = try await database.captures(of: id).map(\.id)
      return try jsonResponse(ReaderList(readers: try await audit.log.readers(of: bundles)))
    }
  }

  private func auditCursor(_ text: String?) throws(Problem) -> Int64? {
    guard let text else { return nil }
    guard let sequence = Int64(text), sequence > 0 else {
      throw Problem(.badRequest, "cursor has to be \"next\" of the page before")
    }
    return sequence
  }
}

struct AuditList: Encodable {
  var entries: [AuditRow]
  var next: String?
}

struct ReaderList: Encodable {
  var readers: [BundleReadership]
}
