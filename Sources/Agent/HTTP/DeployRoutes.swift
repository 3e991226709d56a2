internal import Deploys
internal import Evidence
internal import Foundation
internal import Hummingbird
internal import NIOPosix
internal import Redaction
internal import Storage

extension API {
  func addDeployRoutes(to group: RouterGroup<APIContext>) {
    group.post("deploys/generic") { request, context in
      let body = try await body(of: request)
      let (record, document) = try await decodeDeploy(
        body, source: context.principal == "socket" ? "cli" : "generic",
        deliveryID: request.headers[.deliveryID])
      let recorded = try await database.recordDeploy(
        id: record.id, at: record.finishedAt, deliveryID: record.deliveryID, document: document)
      metrics.count("exhibit_deploys_total")
      audit.record("deploy.recorded", by: context.principal, from: context.remote, subject: recorded.id)
      return try jsonResponse(
        DeployAnswer(deployID: recorded.id, duplicate: recorded.duplicate), status: .accepted)
    }
  }

  /// Redacts first and decodes then, as with signals.
  private func decodeDeploy(
    _ body: [UInt8], source: String, deliveryID: String?
  ) async throws -> (DeployRecord, Redacted) {
    let redactor = MeteredRedactor(settings, metrics)
    return try await NIOThreadPool.singleton.runIfActive {
      let redacted = redactor.redact(body)
      let record = try DeployDecoder.generic(
        Array(redacted.text.utf8), source: source, deliveryID: deliveryID.map { redactor.redact($0) },
        receivedAt: .now())
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return (record, redactor.redact(Array(try encoder.encode(record))))
    }
  }
}
