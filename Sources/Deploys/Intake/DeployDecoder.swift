package import Evidence

/// Decodes the bodies of `POST /v1/deploys/{source}`.
package enum DeployDecoder {
  /// Longest text of one field, in bytes of UTF-8.
  package static let maximumFieldBytes = 1024

  /// The agent's own form: `service` and `version` are required; `previous_version`, `environment`,
  /// `commit`, `url`, `actor`, `outcome`, `kind`, `artifact`, `message`, `started_at` and `finished_at` are not.
  /// Unknown fields are ignored. `id` is the sender's own name of the deploy: the same again is a retry, or tells
  /// how it ended. `finished_at` defaults to the time of receipt, `outcome` to `success`, and `kind` to `upgraded`
  /// where a previous version is given, else `deployed`.
  ///
  /// - Parameters:
  ///   - body: the request's body, redacted.
  ///   - source: who sends it: `generic`, or `cli` for the command line.
  ///   - deliveryID: the sender's id of this delivery, where the transport has one.
  ///   - receivedAt: when the agent received it.
  /// - Returns: a record with a new id.
  /// - Throws: `DeployError` that names the field.
  package static func generic(
    _ body: [UInt8], source: String = "generic", deliveryID: String? = nil, receivedAt: Timestamp
  ) throws(DeployError) -> DeployRecord {
    let message = try decodeWire(Message.self, from: body)
    let previousVersion = try optional(message.previous_version, "previous_version")
    let ownID = try optional(message.id, "id")
    let artifact = try optional(message.artifact, "artifact")
    let remark = try optional(message.message, "message")
    return DeployRecord(
      id: ULID.make(at: receivedAt), service: try required(message.service, "service"),
      version: try required(message.version, "version"),
      previousVersion: previousVersion,
      environment: try optional(message.environment, "environment"),
      commit: try optional(message.commit, "commit"), url: try optional(message.url, "url"),
      actor: try optional(message.actor, "actor"),
      outcome: try word(message.outcome, "outcome") ?? .success,
      kind: try word(message.kind, "kind") ?? (previousVersion == nil ? .deployed : .upgraded),
      startedAt: try time(message.started_at, "started_at"),
      finishedAt: try time(message.finished_at, "finished_at") ?? receivedAt, source: source,
      deliveryID: deliveryID, receivedAt: receivedAt, deployID: ownID, artifact: artifact, message: remark)
  }

  private struct Message: Decodable {
    // Spelled as on the wire.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let id, service, version, previous_version, environment, commit, url, actor: String?
    let outcome, kind, artifact, message: String?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let started_at, finished_at: String?
  }

  private static func required(_ text: String?, _ key: String) throws(DeployError) -> String {
    guard let text = try optional(text, key) else {
      throw .field(pointer: "/\(key)", problem: "is missing; it must be a string that is not empty")
    }
    return text
  }

  /// `nil` for a field that is absent, `null` or empty, as scripts send for a variable that is not set.
  private static func optional(_ text: String?, _ key: String) throws(DeployError) -> String? {
    guard let text, text.contains(where: { !$0.isWhitespace }) else { return nil }
    guard text.utf8.count <= maximumFieldBytes else {
      throw .field(pointer: "/\(key)", problem: "is longer than \(maximumFieldBytes) bytes")
    }
    return text
  }

  private static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ text: String?, _ key: String
  ) throws(DeployError) -> Word? {
    guard let text = try optional(text, key) else { return nil }
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw .field(pointer: "/\(key)", problem: "is none of: \(known)")
    }
    return word
  }

  private static func time(_ text: String?, _ key: String) throws(DeployError) -> Timestamp? {
    guard let text = try optional(text, key) else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw .field(pointer: "/\(key)", problem: "must be an RFC 3339 time, as 2026-11-24T03:49:34Z")
    }
    return time
  }
}
