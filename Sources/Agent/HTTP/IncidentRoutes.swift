internal import Bundle
internal import Capture
internal import Evidence
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Storage

extension API {
  func addIncidentRoutes(to group: RouterGroup<APIContext>) {
    group.get("incidents") { request, context in
      let state = try incidentState(of: request)
      let page = try await database.incidents(
        state: state, after: request.uri.queryParameters["cursor"].map(String.init),
        limit: try limit(of: request))
      var answers: [IncidentAnswer] = []
      for incident in page.elements where context.scope.allows(incident) {
        answers.append(try await answer(incident))
      }
      return try jsonResponse(IncidentList(incidents: answers, next: page.next))
    }
    group.get("incidents/:id") { _, context in
      try jsonResponse(try await answer(try await incident(context)))
    }
    group.get("incidents/:id/timeline") { _, context in
      let incident = try await incident(context)
      let newest = try await database.captures(of: incident.id).last { BundleAnswer($0) != nil }
      guard let newest, let name = newest.bundleName else {
        throw Problem(.notFound, "the incident has no finished bundle yet")
      }
      try await audit.require(
        "timeline.read", by: context.principal, from: context.remote, subject: newest.id)
      let path = bundles.file(named: name)
      let lines = try await DedicatedThread.run("exh-timeline") {
        try BundleReader(path: path).read("timeline.jsonl", limit: 64 << 20)
      }
      return Response(
        status: .ok, headers: [.contentType: "application/jsonl"],
        body: .init(byteBuffer: ByteBuffer(bytes: lines)))
    }
  }

  private func incident(_ context: APIContext) async throws -> Incident {
    let id = try context.parameters.require("id")
    guard let incident = try await database.incident(id) else {
      throw Problem(.notFound, "there is no incident of that id; GET /v1/incidents lists them")
    }
    return incident
  }

  private func answer(_ incident: Incident) async throws -> IncidentAnswer {
    let rows = try await database.captures(of: incident.id)
    return IncidentAnswer(
      incident: incident, captures: rows.map { CaptureAnswer($0, progress: progress) })
  }

  private func incidentState(of request: Request) throws(Problem) -> IncidentState? {
    guard let text = request.uri.queryParameters["state"] else { return nil }
    guard let state = IncidentState(rawValue: String(text)) else {
      let known = IncidentState.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(.badRequest, "state has to be one of \(known)")
    }
    return state
  }
}
