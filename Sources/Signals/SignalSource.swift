internal import Crypto
package import Evidence

/// A request of a vendor: authenticated, redacted, not yet understood.
package struct SignalMessage: Sendable {
  package var body: [UInt8]
  /// Names in lower case.
  package var headers: [String: String]
  package var receivedAt: Timestamp

  /// - Parameters:
  ///   - body: redacted.
  ///   - headers: redacted; names in lower case.
  ///   - receivedAt: when the agent received it.
  package init(body: [UInt8], headers: [String: String] = [:], receivedAt: Timestamp) {
    self.body = body
    self.headers = headers
    self.receivedAt = receivedAt
  }
}

/// What a message says.
package struct DecodedSignals: Hashable, Sendable {
  /// One, or as many as a batch has.
  package var signals: [Signal]
  /// What was there, could not be read, and is not needed: "pointer problem".
  package var remarks: [String]
}

/// One vendor's incident messages: how they are authenticated, and what they say.
///
/// To add a vendor, write one file in `Vendors/` that extends this with a constant, add its row to
/// `SourceTable`, and a fixture to `Tests/Fixtures/signals`.
package struct SignalSource: Sendable {
  typealias Read = @Sendable (SignalMessage, SignalRemarks) throws(SignalError) -> [SignalDraft]

  /// The last component of `POST /v1/signals/{source}`, and `Signal.source`.
  package var name: String
  /// The vendor and the kind of its messages, for people.
  package let product: String
  /// How the vendor proves that it knows a secret of the source.
  package let scheme: SignatureScheme
  /// Whether two events never have equal bodies: then the same signed body again is a replay.
  package let bodiesDiffer: Bool
  /// What a message says; remarks get what could not be read.
  let read: Read

  /// A source whose messages are one JSON document each, and one signal each.
  init(
    name: String, product: String, scheme: SignatureScheme, bodiesDiffer: Bool,
    read: @escaping @Sendable (JSONPlace, SignalMessage) throws(SignalError) -> SignalDraft
  ) {
    self.init(name: name, product: product, scheme: scheme, bodiesDiffer: bodiesDiffer) {
      message, remarks throws(SignalError) in
      [
        try readJSON(message.body, remarks: remarks) { root throws(SignalError) in try read(root, message) }
      ]
    }
  }

  /// A source whose messages may be something else.
  init(
    name: String, product: String, scheme: SignatureScheme, bodiesDiffer: Bool, messages: @escaping Read
  ) {
    self.name = name
    self.product = product
    self.scheme = scheme
    self.bodiesDiffer = bodiesDiffer
    read = messages
  }

  /// The same under another name: two teams' Alertmanagers, each with its own secret.
  package func named(_ name: String) -> SignalSource {
    var copy = self
    copy.name = name
    return copy
  }

  /// Reads one message.
  ///
  /// - Parameter message: authenticated and redacted.
  /// - Returns: what it says; a message of no consequence is one signal of the phase `ignored`.
  /// - Throws: `SignalError` that names the field, for a body that is not the source's.
  package func decode(_ message: SignalMessage) throws(SignalError) -> DecodedSignals {
    let remarks = SignalRemarks()
    var signals: [Signal] = []
    for draft in try read(message, remarks) {
      signals.append(draft.signal(source: name, receivedAt: message.receivedAt))
    }
    return DecodedSignals(signals: signals, remarks: remarks.texts)
  }
}

/// What a vendor's file makes of a message. Bounds, and what all sources have in common, are added behind it.
struct SignalDraft {
  var key: String
  var phase: SignalPhase
  var title: String?
  var incidentID: String?
  /// An id of the event inside of what the vendor signs.
  var deliveryID: String?
  var severity: String?
  var service: String?
  var times = SignalTimes()
  var labels: [String: String] = [:]
  var links: [IncidentLink?] = []

  init(key: String, phase: SignalPhase) {
    self.key = key
    self.phase = phase
  }

  /// An authentic message that says nothing about an incident; `what` it is, for `explain`.
  static func ignored(_ what: String) -> SignalDraft {
    var draft = SignalDraft(key: "", phase: .ignored)
    draft.title = what
    return draft
  }

  fileprivate func signal(source: String, receivedAt: Timestamp) -> Signal {
    let service = (service?.trimmed ?? labels["service"]?.trimmed)?.cut(toBytes: SignalLimits.labelBytes)
    // The agent's own labels are not a sender's to set.
    var labels = bounded(labels.filter { !$0.key.hasPrefix("exhibit.") })
    if let service, phase != .ignored { labels["service"] = service }
    return Signal(
      source: source, incidentKey: boundedKey(key),
      incidentID: incidentID?.cut(toBytes: SignalLimits.incidentIDBytes),
      deliveryID: deliveryID.map(boundedKey), phase: phase,
      title: (title?.trimmed ?? key).cut(toBytes: SignalLimits.titleBytes),
      severity: (severity?.trimmed ?? labels["severity"]?.trimmed)?.cut(toBytes: SignalLimits.severityBytes),
      service: service, receivedAt: receivedAt, times: completed(), labels: labels,
      links: bounded(links.compactMap(\.self)))
  }

  /// When a phase was reached that the message tells of: at the time of the message, where it has no better one.
  private func completed() -> SignalTimes {
    var times = times
    switch phase {
    case .acknowledged: times.acknowledged = times.acknowledged ?? times.occurred
    case .mitigated: times.mitigated = times.mitigated ?? times.occurred
    case .resolved, .closed: times.resolved = times.resolved ?? times.occurred
    case .opened, .updated, .ignored: break
    }
    return times
  }
}

extension IncidentLink {
  /// `nil` where there is no URL.
  init?(_ label: String, _ url: String?) {
    guard let url else { return nil }
    self.init(label: label, url: url)
  }
}

/// A key as it is, or where it is longer than a key may be, its beginning and a digest of the whole.
private func boundedKey(_ key: String) -> String {
  guard key.utf8.count > SignalLimits.incidentKeyBytes else { return key }
  let digest = SHA256.hash(data: Array(key.utf8)).prefix(16).map {
    String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
  }
  return key.cut(toBytes: SignalLimits.incidentKeyBytes - 33) + "#" + digest.joined()
}
