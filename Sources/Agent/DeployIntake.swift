internal import Deploys
internal import Evidence
internal import Foundation
internal import NIOPosix
internal import Redaction
internal import Storage

/// The way in for deploys, from the API and from the drop folder: redacted, decoded, durable.
struct DeployIntake: Sendable {
  /// One authentic delivery, as it came.
  struct Delivery: Sendable {
    var source: DeploySource
    /// What the records call their source, where that is not the name of `source`.
    var sender: String?
    var body: [UInt8]
    /// By lower-case names: those of `DeployDecoder.headerNames`.
    var headers: [String: String]
    /// An id that the sender knows nothing of.
    var deliveryID: String?
  }

  let database: StateDatabase
  let settings: CurrentSettings
  let metrics: AgentMetrics

  /// Takes in one delivery. When it returns, its records are on the disk.
  ///
  /// - Returns: one a record; none where the message tells of no deploy.
  /// - Throws: `DeployError` for a body that is not the source's, `StorageError` when it cannot be kept.
  func record(_ delivery: Delivery) async throws -> [(deployID: String, duplicate: Bool)] {
    let redactor = MeteredRedactor(settings.value.redactor, metrics)
    // A body may be a mebibyte: too long for an event loop or the cooperative pool.
    let rows = try await NIOThreadPool.singleton.runIfActive { try ledgerRows(of: delivery, redactor) }
    var recorded: [(deployID: String, duplicate: Bool)] = []
    for row in rows {
      let (id, duplicate) = try await database.recordDeploy(row)
      recorded.append((id, duplicate))
    }
    metrics.count(
      "exhibit_deploys_total", ["source": delivery.source.rawValue],
      by: Double(recorded.count { !$0.duplicate }))
    return recorded
  }

  /// Redacts first and decodes then, as with signals: no field of a record can hold a secret.
  private func ledgerRows(of delivery: Delivery, _ redactor: MeteredRedactor) throws -> [LedgerRow] {
    let redacted = redactor.redact(delivery.body)
    let records = try DeployDecoder.records(
      of: DeployDelivery(
        delivery.source, body: Array(redacted.text.utf8),
        headers: delivery.headers.mapValues { redactor.redact($0) }, receivedAt: .now(),
        sender: delivery.sender))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try records.map { record in
      let json = Array(try encoder.encode(record))
      return LedgerRow(
        id: record.id, at: record.finishedAt, source: record.source,
        deliveryID: delivery.deliveryID ?? record.deliveryID, deployID: record.deployID,
        outcome: record.outcome.rawValue, isUnderWay: record.outcome == .inProgress,
        document: redactor.redact(json))
    }
  }
}
