internal import Evidence

extension DeployDecoder {
  /// Events of one batch.
  static let batchLimit = 100

  /// CDEvents 0.5 service events (https://github.com/cdevents/spec/blob/v0.5.1/continuous-deployment.md): bare, as
  /// `data` of a CloudEvent, as the body of one in binary mode, or several in an array. All other types, and
  /// `service.published`, which changes no version, are of no deploy. What our own events have in `customData` is
  /// read back, so that agents can pass them on.
  static func cdEvents(_ delivery: DeployDelivery) throws(DeployError) -> [DeployRecord] {
    let first = delivery.body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard first == UInt8(ascii: "[") else {
      let message = try decodeWire(CloudEvent.self, from: delivery.body)
      return try [record(of: message, at: "", delivery)].compactMap(\.self)
    }
    let batch = try decodeWire([CloudEvent].self, from: delivery.body)
    guard batch.count <= batchLimit else {
      throw .field(pointer: "", problem: "has more than \(batchLimit) events; send fewer at once")
    }
    var records: [DeployRecord] = []
    for (index, message) in batch.enumerated() {
      if let record = try record(of: message, at: "/\(index)", delivery) { records.append(record) }
    }
    return records
  }

  private static func record(
    of message: CloudEvent, at place: String, _ delivery: DeployDelivery
  ) throws(DeployError) -> DeployRecord? {
    let isEnveloped = message.context == nil && message.data != nil
    let event = isEnveloped ? message.data : CDEventMessage(message)
    let place = isEnveloped ? place + "/data" : place
    guard let event, let context = event.context else {
      throw .field(pointer: place + "/context", problem: "is missing")
    }
    let type = try wireRequired(context.type, place + "/context/type")
    guard let kind = kind(ofType: type) else { return nil }
    let id = try wireRequired(context.id, place + "/context/id")
    let source = try wireRequired(context.source, place + "/context/source")
    let service = try wireRequired(event.subject?.id, place + "/subject/id")
    let facts = event.customData?.value ?? [:]
    let content = event.subject?.content
    let artifact = content?.artifactId?.text
    let finishedAt = try wireTime(context.timestamp, place + "/context/timestamp")
    return DeployRecord(
      id: ULID.make(at: delivery.receivedAt), service: service,
      version: facts["version"]?.text ?? artifact.flatMap(version(ofArtifact:)) ?? "unknown",
      previousVersion: facts["previous_version"]?.text, environment: content?.environment?.id?.text,
      commit: facts["commit"]?.text, url: facts["url"]?.text, actor: facts["actor"]?.text,
      outcome: facts["outcome"]?.text.flatMap(DeployOutcome.init) ?? .success, kind: kind,
      startedAt: facts["started_at"]?.time, finishedAt: finishedAt ?? delivery.receivedAt,
      source: DeploySource.cdevents.rawValue, deliveryID: "\(source)#\(id)", receivedAt: delivery.receivedAt,
      deployID: facts["deploy_id"]?.text ?? context.chainId?.text, artifact: artifact,
      message: facts["message"]?.text)
  }

  /// `dev.cdevents.service.deployed.0.3.0`
  private static func kind(ofType type: String) -> DeployKind? {
    let prefix = "dev.cdevents.service."
    guard type.hasPrefix(prefix) else { return nil }
    return type.dropFirst(prefix.count).split(separator: ".").first.flatMap {
      DeployKind(rawValue: String($0))
    }
  }

  /// The version in a package URL (https://github.com/package-url/purl-spec), percent-decoded; of anything else what
  /// follows the last `@` or `:`.
  static func version(ofArtifact artifact: String) -> String? {
    let isPackage = artifact.hasPrefix("pkg:")
    let path = isPackage ? artifact.prefix { $0 != "?" && $0 != "#" } : artifact[...]
    guard let cut = path.lastIndex(of: "@") ?? (isPackage ? nil : path.lastIndex(of: ":")) else { return nil }
    let version = String(path[path.index(after: cut)...])
    return (isPackage ? percentDecoded(version) : version).trimmed
  }
}

/// What is no escape stands for itself; bytes that are no UTF-8 become U+FFFD.
private func percentDecoded(_ text: String) -> String {
  var bytes: [UInt8] = []
  var rest = Substring(text).utf8
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16),
      rest.count >= 2
    {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// A CloudEvent in structured mode, or the event itself.
private struct CloudEvent: Decodable {
  let data: CDEventMessage?
  let context: CDEventMessage.Context?
  let subject: WireOptional<CDEventMessage.Subject>?
  let customData: WireOptional<[String: WireText]>?
}

private struct CDEventMessage: Decodable {
  struct Context: Decodable { let id, type, source, timestamp, chainId: WireText? }

  struct Subject: Decodable {
    let id: WireText?
    let content: Content?
  }

  struct Content: Decodable {
    let environment: Named?
    let artifactId: WireText?
  }

  struct Named: Decodable { let id: WireText? }

  let context: Context?
  let subject: Subject?
  let customData: WireOptional<[String: WireText]>?

  init(_ event: CloudEvent) {
    context = event.context
    subject = event.subject?.value
    customData = event.customData
  }
}
