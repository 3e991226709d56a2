package import Evidence

/// Who may send deploys: the last part of `POST /v1/deploys/{source}`.
package enum DeploySource: String, Sendable, CaseIterable {
  case cdevents, github, gitlab, argocd, flux, spinnaker, generic
}

/// One delivery, authentic and redacted.
package struct DeployDelivery: Sendable {
  package var source: DeploySource
  package var body: [UInt8]
  /// Redacted values by lower-case names: those of `DeployDecoder.headerNames`.
  package var headers: [String: String]
  package var receivedAt: Timestamp
  /// What the records call their source, where that is not the name of `source`.
  package var sender: String?

  package init(
    _ source: DeploySource, body: [UInt8], headers: [String: String] = [:], receivedAt: Timestamp,
    sender: String? = nil
  ) {
    self.source = source
    self.body = body
    self.headers = headers
    self.receivedAt = receivedAt
    self.sender = sender
  }
}

extension DeployDecoder {
  /// The headers that tell something of a delivery, in lower case.
  package static let headerNames = ["x-github-event", "x-github-delivery", "idempotency-key", "webhook-id"]

  /// Decodes a delivery.
  ///
  /// - Parameter delivery: in the form of its source.
  /// - Returns: the records, with new ids; none where the message is the sender's, and tells of no deploy.
  /// - Throws: `DeployError` that names the field.
  package static func records(of delivery: DeployDelivery) throws(DeployError) -> [DeployRecord] {
    let records: [DeployRecord] =
      switch delivery.source {
      case .cdevents: try cdEvents(delivery)
      case .github: try github(delivery)
      case .gitlab: try gitlab(delivery)
      case .argocd: try argoCD(delivery)
      case .flux: try flux(delivery)
      case .spinnaker: try spinnaker(delivery)
      case .generic:
        [
          try generic(
            delivery.body, source: delivery.sender ?? delivery.source.rawValue,
            deliveryID: delivery.headers["webhook-id"], receivedAt: delivery.receivedAt)
        ]
      }
    return records.map { record in
      var record = record
      record.source = delivery.sender ?? delivery.source.rawValue
      record.deliveryID = record.deliveryID ?? delivery.headers["webhook-id"]
      record.clip()
      return record
    }
  }
}

extension DeployRecord {
  /// Cuts the texts of a vendor, who cannot be told to send shorter ones.
  fileprivate mutating func clip() {
    let limit = DeployDecoder.maximumFieldBytes
    for text in [\DeployRecord.service, \.version] {
      self[keyPath: text] = clipped(self[keyPath: text], limit)
    }
    let optional: [WritableKeyPath<DeployRecord, String?>] = [
      \.previousVersion, \.environment, \.commit, \.url, \.actor, \.deliveryID, \.deployID, \.artifact,
      \.message,
    ]
    for text in optional { self[keyPath: text] = self[keyPath: text].map { clipped($0, limit) } }
  }
}

/// At most `limit` bytes of UTF-8, cut between characters.
private func clipped(_ text: String, _ limit: Int) -> String {
  guard text.utf8.count > limit else { return text }
  var kept = text.prefix(limit)
  while kept.utf8.count > limit - 3 { kept.removeLast() }
  return kept + "…"
}
