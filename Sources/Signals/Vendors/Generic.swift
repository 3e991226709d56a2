internal import Evidence

/// Where a JSON body of any shape keeps the facts of an incident.
package struct GenericPointers: Hashable, Sendable {
  /// A string or an integer; required in the body.
  package var incident: JSONPointer
  package var title: JSONPointer
  package var status: JSONPointer
  package var severity: JSONPointer
  package var service: JSONPointer
  /// RFC 3339, or seconds or milliseconds since the epoch.
  package var started: JSONPointer
  /// An object, whose scalars become labels.
  package var labels: JSONPointer

  package init(
    incident: JSONPointer = JSONPointer(tokens: ["incident_id"]),
    title: JSONPointer = JSONPointer(tokens: ["title"]),
    status: JSONPointer = JSONPointer(tokens: ["status"]),
    severity: JSONPointer = JSONPointer(tokens: ["severity"]),
    service: JSONPointer = JSONPointer(tokens: ["service"]),
    started: JSONPointer = JSONPointer(tokens: ["started_at"]),
    labels: JSONPointer = JSONPointer(tokens: ["labels"])
  ) {
    self.incident = incident
    self.title = title
    self.status = status
    self.severity = severity
    self.service = service
    self.started = started
    self.labels = labels
  }
}

extension SignalSource {
  /// Any JSON message, read through configured JSON Pointers. Since they were written for this sender, what they point
  /// at has to be what it should be. Its bodies may say the same twice: an incident with the same id, next week.
  package static func generic(_ pointers: GenericPointers) -> SignalSource {
    SignalSource(name: "generic", product: "Any JSON, by JSON Pointers", scheme: .bearer, bodiesDiffer: false)
    {
      root, _ throws(SignalError) in
      let incident = pointers.incident.place(in: root)
      guard let id = try optionalText(incident) else {
        throw incident.fault("is missing; it must hold the incident's id")
      }
      guard id.utf8.count <= SignalLimits.incidentIDBytes else {
        throw incident.fault(
          "is longer than \(SignalLimits.incidentIDBytes) bytes; it must hold the incident's id")
      }
      var draft = SignalDraft(key: id, phase: try statusPhase(pointers.status.place(in: root)))
      draft.incidentID = id
      draft.title = try optionalText(pointers.title.place(in: root))
      draft.severity = try optionalText(pointers.severity.place(in: root))
      draft.service = try optionalText(pointers.service.place(in: root))
      draft.times.started = try startTime(pointers.started.place(in: root))
      draft.labels = pointers.labels.place(in: root).labels
      return draft
    }
  }
}

/// The string or integer; `nil` where there is none, `null`, or only white space.
private func optionalText(_ place: JSONPlace) throws(SignalError) -> String? {
  switch place.scalar {
  case .null, .string, .integer: return place.text
  case .bool, .number, .other: throw place.fault("must be a string or an integer")
  }
}

private func statusPhase(_ place: JSONPlace) throws(SignalError) -> SignalPhase {
  guard let status = try optionalText(place) else { return .opened }
  guard let phase = SignalPhase(word: status) else {
    throw place.fault("is none of: \(SignalPhase.words.keys.sorted().joined(separator: ", "))")
  }
  return phase
}

private func startTime(_ place: JSONPlace) throws(SignalError) -> Timestamp? {
  let scalar = place.scalar
  if scalar == .null { return nil }
  guard let time = Timestamp(vendor: scalar) else { throw place.fault(Timestamp.vendorForms) }
  return time
}

extension SignalPhase {
  /// The words that senders without a vocabulary of their own use.
  static let words: [String: SignalPhase] = [
    "alert": .opened, "alerting": .opened, "created": .opened, "declared": .opened, "firing": .opened,
    "open": .opened,
    "opened": .opened, "reopened": .opened, "triggered": .opened,
    "ack": .acknowledged, "acked": .acknowledged, "acknowledged": .acknowledged,
    "updated": .updated,
    "mitigated": .mitigated,
    "ok": .resolved, "recovered": .resolved, "resolved": .resolved,
    "closed": .closed,
  ]

  /// `nil` for a word that is none of `words`, whatever its case.
  init?(word: String) {
    guard let phase = Self.words[word.lowercased()] else { return nil }
    self = phase
  }
}
