internal import Evidence
internal import FoundationEssentials

/// A CDEvents 0.5 service event (https://github.com/cdevents/spec), without the CloudEvents envelope: an
/// envelope's `id`, `source`, `type` and `time` are copies of `context`, its `subject` of `subject.id`.
struct CDEvent: Encodable {
  let context: Context
  let subject: Subject
  let customData: CustomData
  let customDataContentType = "application/json"

  struct Context: Encodable {
    let specversion = "0.5.1"
    let id: String
    let source: String
    let type: String
    let timestamp: String
  }

  struct Subject: Encodable {
    let id: String
    let source: String
    let content: Content
  }

  struct Content: Encodable {
    let environment: Environment
    /// The schema of `removed` has none.
    let artifactId: String?
  }

  struct Environment: Encodable {
    let id: String
  }

  /// The facts of the record that CDEvents has no place for.
  struct CustomData: Encodable {
    let version: String
    let previousVersion: String?
    let commit: String?
    let url: String?
    let actor: String?
    let outcome: DeployOutcome
    let startedAt: Timestamp?
    let source: String
    let deliveryID: String?
    let receivedAt: Timestamp
    let host: String
    let deployID: String
    let message: String?
    let baseline: Bool?
    let inferred: [String]?

    enum CodingKeys: String, CodingKey {
      case version, commit, url, actor, outcome, source, host, message, baseline, inferred
      case deployID = "deploy_id"
      case previousVersion = "previous_version"
      case startedAt = "started_at"
      case deliveryID = "delivery_id"
      case receivedAt = "received_at"
    }
  }

  init(_ entry: LedgerEntry, host: String) {
    let record = entry.record
    let source = "/exhibit/" + percentEncoded(host)
    context = Context(
      id: record.id, source: source, type: "dev.cdevents.service.\(record.kind.rawValue).0.3.0",
      timestamp: record.finishedAt.rfc3339)
    let artifact = "pkg:generic/\(percentEncoded(record.service))@\(percentEncoded(record.version))"
    subject = Subject(
      id: record.service, source: source,
      content: Content(
        environment: Environment(id: record.environment ?? "unspecified"),
        artifactId: record.kind == .removed ? nil : record.artifact ?? artifact))
    customData = CustomData(
      version: record.version, previousVersion: record.previousVersion, commit: record.commit,
      url: record.url, actor: record.actor, outcome: record.outcome, startedAt: record.startedAt,
      source: record.source, deliveryID: record.deliveryID, receivedAt: record.receivedAt,
      host: host, deployID: record.deployID.map { "\(record.source):\($0)" } ?? record.id,
      message: record.message, baseline: entry.isBaseline ? true : nil,
      inferred: entry.inferred.isEmpty ? nil : entry.inferred)
  }
}

extension LedgerEntry {
  /// The record as a CDEvents 0.5 service event: one line of JSON, names sorted, without a line feed.
  ///
  /// CDEvents requires an environment: where the record has none it is `unspecified`. The artifact is a
  /// package URL of type `generic` where the sender has none. `customData.outcome` tells a failed deploy, for which
  /// CDEvents has no type of its own; `customData.deploy_id` is the same on every host that heard of the deploy.
  ///
  /// - Parameter host: the host's name, part of the event's source.
  /// - Returns: the bytes of the line, the same for the same record.
  /// - Throws: `EncodingError`, which no record of texts and times brings about.
  package func cdEvent(host: String) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(CDEvent(self, host: host)))
  }
}

/// All but the unreserved characters of RFC 3986 as `%XX`.
private func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF")
  return text.utf8.reduce(into: "") { result, byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      result.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      result += ["%", String(digits[Int(byte >> 4)]), String(digits[Int(byte & 15)])].joined()
    }
  }
}
