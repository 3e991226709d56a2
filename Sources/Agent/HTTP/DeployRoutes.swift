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
    let redactor = settings.value.redactor
    return try await NIOThreadPool.singleton.runIfActive {
      let redacted = body.withUnsafeBytes { redactor.redact($0) }
      let record = try DeployDecoder.generic(
        Array(redacted.text.utf8), source: source, deliveryID: deliveryID.map { redactor.redact($0).text },
        receivedAt: .now())
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let json = String(decoding: try encoder.encode(record), as: UTF8.self)
      return (record, redactor.redact(json))
    }
  }
}
