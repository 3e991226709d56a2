internal import Evidence
internal import HTTPTypes
internal import Hummingbird
internal import Storage

/// The body of `PUT /v1/incidents/{id}/hold`.
struct HoldBody: RequestBody {
  static let example = "{\"reason\": \"postmortem in March\", \"kind\": \"incident\"}, or kind legal"
  var reason: String
  var kind: HoldKind?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case reason, kind
  }
  typealias Member = CodingKeys
}

extension API {
  func addHoldRoutes(to group: RouterGroup<APIContext>) {
    group.put("incidents/:id/hold") { request, context in
      let id = try context.parameters.require("id")
      let body = try decoded(HoldBody.self, from: try await body(of: request))
      guard (1...StateDatabase.holdReasonLimit).contains(body.reason.unicodeScalars.count) else {
        throw Problem(
          .badRequest, "a hold needs a reason of 1 to \(StateDatabase.holdReasonLimit) characters",
          field: "/reason")
      }
      let redactor = MeteredRedactor(settings.value.redactor, metrics)
      let hold = try await database.placeHold(
        on: id, kind: body.kind ?? .incident, reason: redactor.redact(Array(body.reason.utf8)),
        by: context.principal, at: .now())
      guard let hold else { throw noIncident }
      await audit.settle(
        "hold.placed", by: context.principal, from: context.remote, subject: id, detail: hold.kind.rawValue)
      return try jsonResponse(hold)
    }
    group.delete("incidents/:id/hold") { _, context in
      let id = try await incident(context).id
      if try await database.releaseHold(on: id) {
        await audit.settle("hold.released", by: context.principal, from: context.remote, subject: id)
      }
      return Response(status: .noContent)
    }
  }

  func incident(_ context: APIContext) async throws -> Incident {
    let id = try context.parameters.require("id")
    guard let incident = try await database.incident(id) else { throw noIncident }
    return incident
  }
}

private let noIncident = Problem(
  .notFound, "there is no incident of that id; GET /v1/incidents lists them")
