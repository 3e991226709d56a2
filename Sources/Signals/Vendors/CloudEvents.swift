internal import Evidence

extension SignalSource {
  /// CloudEvents 1.0.2 over HTTP in all three of its modes
  /// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md), which carry the
  /// incident events of CDEvents 0.5 (https://cdevents.dev/docs/continuous-operations/): the opener that is no vendor's. A
  /// CDEvent without an envelope is taken, too.
  static let cloudEvents = SignalSource(
    name: "cloudevents", product: "CloudEvents with CDEvents incidents", scheme: .bearer, bodiesDiffer: true
  ) { message, remarks throws(SignalError) in
    try readJSON(message.body, remarks: remarks) { root throws(SignalError) in
      if let id = try attribute("ce-id", of: message) {
        guard let type = try attribute("ce-type", of: message) else {
          throw .field(pointer: "ce-type", problem: "is a header that is missing")
        }
        return [
          try incident(
            type: type, eventID: id,
            source: try attribute("ce-source", of: message),
            subject: try attribute("ce-subject", of: message),
            time: try attribute("ce-time", of: message).flatMap { Timestamp(vendor: .string($0)) },
            event: root)
        ]
      }
      guard isBatch(root, message) else { return [try structured(root)] }
      let items = root.items
      guard items.count <= batchLimit else {
        throw root.fault("has more than \(batchLimit) events; send fewer at once")
      }
      var drafts: [SignalDraft] = []
      for item in items { drafts.append(try structured(item)) }
      return drafts
    }
  }
}

/// Events of one request.
private let batchLimit = 100

/// Batched mode is named by its media type, of which that of the structured mode is a prefix.
private func isBatch(_ root: JSONPlace, _ message: SignalMessage) -> Bool {
  let type = message.headers["content-type"]?.lowercased() ?? ""
  return type.hasPrefix("application/cloudevents-batch") || root.isArray
}

private func structured(_ event: JSONPlace) throws(SignalError) -> SignalDraft {
  guard !event["context"].exists else { return try bare(event) }
  guard try event["specversion"].required() == "1.0" else {
    throw event["specversion"].fault("must be \"1.0\"")
  }
  return try incident(
    type: try event["type"].required(), eventID: try event["id"].required(),
    source: try event["source"].required(),
    subject: event["subject"].text, time: event["time"].time, event: event["data"])
}

private func bare(_ event: JSONPlace) throws(SignalError) -> SignalDraft {
  let context = event["context"]
  return try incident(
    type: try context["type"].required(), eventID: try context["id"].required(),
    source: context["source"].text,
    subject: nil, time: nil, event: event)
}

/// - Parameters:
///   - type: of the event, with its version: `dev.cdevents.incident.detected.0.3.0`.
///   - eventID: unique within `source`.
///   - source: of the event.
///   - subject: of the envelope, which CDEvents sets to the id of its own subject.
///   - time: of the envelope.
///   - event: the CDEvent.
/// - Returns: what it says of an incident, or `ignored`.
/// - Throws: `SignalError` for an incident's event without a subject.
private func incident(
  type: String, eventID: String, source: String?, subject: String?, time: Timestamp?, event: JSONPlace
) throws(SignalError) -> SignalDraft {
  let prefix = "dev.cdevents.incident."
  let predicate = type.hasPrefix(prefix) ? type.dropFirst(prefix.count).split(separator: ".").first : nil
  guard let phase = predicate.flatMap({ phases[String($0)] }) else { return .ignored(type) }
  let id = event["subject"]["id"]
  var draft = SignalDraft(key: "", phase: phase)
  if let key = id.text ?? subject { draft.key = key } else { draft.key = try id.required() }
  draft.incidentID = draft.key
  // CDEvents samples, and senders that copy them, have one id for several events.
  draft.deliveryID = "\(source ?? "")#\(eventID)/\(type)"
  let content = event["subject"]["content"]
  draft.title = content["description"].text
  draft.service = content["service"]["id"].text
  draft.times.occurred = event["context"]["timestamp"].time ?? time
  if phase == .opened { draft.times.detected = draft.times.occurred }
  draft.labels = event["customData"].labels
  draft.labels["environment"] = content["environment"]["id"].text
  draft.labels["artifact"] = content["artifactId"].text
  draft.links = [IncidentLink("Ticket", content["ticketURI"].text)]
  return draft
}

private let phases: [String: SignalPhase] = ["detected": .opened, "reported": .opened, "resolved": .resolved]

/// An attribute of the binary mode: unquoted, percent-decoded once, in UTF-8 (section 3.1.3.2).
private func attribute(_ name: String, of message: SignalMessage) throws(SignalError) -> String? {
  guard let value = message.headers[name] else { return nil }
  var bytes = Array(value.utf8)
  if bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
    bytes = unquoted(bytes)
  }
  guard let text = String(validating: percentDecoded(bytes), as: UTF8.self) else {
    throw .field(pointer: name, problem: "is a header that is not UTF-8; percent-encode it")
  }
  return text
}

private func unquoted(_ bytes: [UInt8]) -> [UInt8] {
  var inner: [UInt8] = []
  var isEscaped = false
  for byte in bytes.dropFirst().dropLast() {
    if byte == UInt8(ascii: "\\"), !isEscaped {
      isEscaped = true
    } else {
      inner.append(byte)
      isEscaped = false
    }
  }
  return inner
}

/// What is no escape stands for itself.
private func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
  var decoded: [UInt8] = []
  var index = 0
  while index < bytes.count {
    if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
      let byte = hexadecimalDecoded(Array(bytes[index + 1...index + 2]))
    {
      decoded += byte
      index += 3
    } else {
      decoded.append(bytes[index])
      index += 1
    }
  }
  return decoded
}
