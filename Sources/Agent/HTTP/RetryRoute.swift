internal import Evidence
internal import Hummingbird
internal import Storage

extension API {
  /// `POST /v1/captures/{id}/retry`: makes a capture again that failed for good.
  func addRetryRoute(to group: RouterGroup<APIContext>) {
    group.post("captures/:id/retry") { _, context in
      let row = try await intake.retry(try context.parameters.require("id"))
      audit.record("capture.retried", by: context.principal, from: context.remote, subject: row.id)
      let acceptance = Acceptance(
        incidentID: row.incidentID, phase: .updated, captureID: row.id, duplicate: false)
      return try jsonResponse(AcceptanceAnswer(acceptance), status: .accepted)
    }
  }
}
