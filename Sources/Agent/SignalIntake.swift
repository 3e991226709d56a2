internal import Evidence
internal import Foundation
internal import HTTPTypes
internal import Logging
internal import NIOPosix
internal import Redaction
internal import Signals
internal import Storage

/// The way in for signals: authenticated, redacted, decoded, durable, and only then acknowledged.
struct SignalIntake: Sendable {
  let database: StateDatabase
  let settings: CurrentSettings
  let worker: CaptureWorker
  let freezes: JournalFreezes
  let metrics: AgentMetrics

  /// Bytes of a body that is redacted and decoded where it is: some tenths of a millisecond.
  private static let shortBody = 8 << 10

  /// A request for a source, as it came.
  struct Delivery: Sendable {
    var source: RegisteredSource
    /// All of it, for the signature and the decoder.
    var request: SignedRequest
    /// Headers that may be kept.
    var storableHeaders: [String: String]
  }

  /// What was made of a delivery.
  struct Outcome: Sendable {
    /// One a signal, in the order of the batch.
    var acceptances: [Acceptance] = []
    /// What was there, could not be read, and is not needed.
    var remarks: [String] = []
  }

  /// Takes in the body of a webhook.
  ///
  /// The body is redacted first and decoded then, so that whatever becomes of it (a title, a label, a row of
  /// the database) cannot hold a secret.
  ///
  /// - Throws: `SignatureError` for a body that is not authentic, where the source has secrets; `SignalError` for one
  ///   that is not the source's; `StorageError` when it cannot be kept.
  func accept(_ delivery: Delivery) async throws -> Outcome {
    let now = Timestamp.now()
    let settings = settings.value
    let redactor = MeteredRedactor(settings.redactor, metrics)
    // A body may be a mebibyte: too long for an event loop or the cooperative pool. Most are far smaller, and then the
    // way to another thread and back is the longer part.
    let decode = { @Sendable () throws -> (DecodedSignals, Redacted) in
      let deliveryID = try authenticate(delivery, settings, at: now)
      let redacted = redactor.redact(delivery.request.body)
      let message = SignalMessage(
        body: redacted.withUnsafeBytes { Array($0) },
        headers: delivery.request.headers.mapValues { redactor.redact($0) },
        receivedAt: now)
      var decoded = try delivery.source.source.decode(message)
      for index in decoded.signals.indices where decoded.signals[index].deliveryID == nil {
        decoded.signals[index].deliveryID = deliveryID.map { index == 0 ? $0 : "\($0)/\(index)" }
      }
      return (decoded, redacted)
    }
    let length = delivery.request.headers.reduce(delivery.request.body.count) { $0 + $1.value.utf8.count }
    let isShort = length <= Self.shortBody
    let (decoded, redacted) =
      isShort ? try decode() : try await NIOThreadPool.singleton.runIfActive(decode)
    var outcome = Outcome(remarks: decoded.remarks)
    for signal in decoded.signals {
      outcome.acceptances.append(
        try await accept(signal, body: redacted, headers: delivery.storableHeaders, phase: .opened))
    }
    return outcome
  }

  /// - Returns: what identifies the delivery, where the decoder finds nothing better: what the sender signed, and
  ///   only without a signature what it merely says.
  private func authenticate(
    _ delivery: Delivery, _ settings: AgentSettings, at now: Timestamp
  ) throws(SignatureError) -> String? {
    let source = delivery.source
    guard !source.secrets.isEmpty else {
      return delivery.request.headers["webhook-id"].map {
        settings.redactor.redact(String($0.prefix(256))).text
      }
    }
    let window = settings.configuration.signals.replayWindow.components.seconds
    let authenticity = try source.scheme.verify(
      delivery.request, secrets: source.secrets, now: now, window: window)
    if let id = authenticity.deliveryID { return settings.redactor.redact(id).text }
    guard source.digestIdentifies, let digest = authenticity.digest else { return nil }
    return "signed:" + hexadecimal(settings.replayKey.derived(for: hexadecimal(digest)))
  }

  /// Takes in a request for a capture by a person.
  func acceptManual(
    incident id: String, title: String?, severity: String?, body: [UInt8]
  ) async throws -> Acceptance {
    guard IncidentID.isValid(id) else { throw StorageError.invalidIncidentID(String(id.prefix(80))) }
    // It becomes the name of bundles. What was found before does not count: else a signal could bar an incident's id.
    guard settings.value.redactor.withoutMemory().redact(id).text == id else {
      throw Problem(
        .badRequest, "the incident id holds what a redaction rule takes for a secret; choose another")
    }
    let limit = settings.value.configuration.capture.queueLimit
    if let capture = try await database.enqueueCapture(
      incident: id, phase: .manual, at: .now(), queueLimit: limit)
    {
      await freezes.request(capture, at: .now())
      worker.wake()
      return Acceptance(incidentID: id, phase: .opened, captureID: capture, duplicate: false)
    }
    let redactor = MeteredRedactor(settings.value.redactor, metrics)
    let signal = Signal(
      source: "cli", incidentKey: id, incidentID: id, phase: .opened,
      title: title.map { redactor.redact($0) } ?? id,
      severity: severity.map { redactor.redact($0) }, receivedAt: .now())
    return try await accept(
      signal, body: redactor.redact(body), headers: [:], phase: .manual)
  }

  /// Takes in what this host itself shows. Its texts are redacted already.
  func acceptLocal(_ signal: Signal) async throws -> Acceptance {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let body = String(decoding: try encoder.encode(signal), as: UTF8.self)
    return try await accept(signal, body: settings.value.redactor.redact(body), headers: [:], phase: .opened)
  }

  /// Has a capture made again that failed for good.
  ///
  /// - Throws: `Problem` where there is none of that id; `StorageError` where it has not failed, or the queue is full.
  func retry(_ capture: String) async throws -> CaptureRow {
    let limit = settings.value.configuration.capture.queueLimit
    guard let row = try await database.retryCapture(capture, queueLimit: limit) else {
      throw Problem(.notFound, "there is no capture of that id; GET /v1/incidents lists them")
    }
    await freezes.request(row.id, at: row.requestedAt)
    worker.wake()
    return row
  }

  private func accept(
    _ signal: Signal, body: Redacted, headers: [String: String], phase: CapturePhase
  ) async throws -> Acceptance {
    guard signal.phase != .ignored else {
      count(signal)
      return Acceptance(incidentID: nil, phase: .ignored, captureID: nil, duplicate: false)
    }
    let settings = settings.value
    let redactor = MeteredRedactor(settings.redactor, metrics)
    var signal = signal
    let rule = phase == .manual ? nil : settings.configuration.rule(for: SelectionFacts(signal))
    signal.mark(rule)
    let configuration = settings.configuration
    let acceptance = try await database.accept(
      signal, body: body, headers: headers.mapValues { redactor.redact($0) },
      queueLimit: configuration.capture.queueLimit,
      policy: configuration.intakePolicy(for: signal, rule: rule, phase: phase))
    count(signal)
    // The journal is pinned first: how long the queue is then makes no difference.
    if let capture = acceptance.captureID {
      await freezes.request(capture, at: signal.receivedAt)
      worker.wake()
    }
    return acceptance
  }

  private func count(_ signal: Signal) {
    metrics.count("exhibit_signals_total", ["source": signal.source, "phase": signal.phase.rawValue])
  }
}

extension Signal {
  /// Notes the rule that it matched, and the kind that this makes of its incident.
  fileprivate mutating func mark(_ rule: AgentConfiguration.SignalRule?) {
    guard let rule else { return }
    labels[AgentConfiguration.ruleLabel] = rule.name
    labels[IncidentKind.label] = rule.kind == .incident ? nil : rule.kind.rawValue
  }
}
