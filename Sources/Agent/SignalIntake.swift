internal import Evidence
internal import HTTPTypes
internal import NIOPosix
internal import Redaction
internal import Signals
internal import Storage

/// The way in for signals: redacted, decoded, durable, and only then acknowledged.
struct SignalIntake: Sendable {
  let database: StateDatabase
  let settings: CurrentSettings
  let worker: CaptureWorker
  let freezes: JournalFreezes
  let metrics: AgentMetrics

  /// Takes in the body of a webhook.
  ///
  /// The body is redacted first and decoded then, so that whatever becomes of it (a title, a label, a row of
  /// the database) cannot hold a secret.
  ///
  /// - Throws: `SignalError` for a body that is not the source's, `StorageError` when it cannot be kept.
  func accept(
    _ source: any SignalSource, body: [UInt8], headers: [String: String], deliveryID: String?
  ) async throws -> Acceptance {
    let now = Timestamp.now()
    let redactor = MeteredRedactor(settings, metrics)
    // A body may be a mebibyte: too long for an event loop or the cooperative pool.
    let (signal, redacted) = try await NIOThreadPool.singleton.runIfActive {
      let redacted = redactor.redact(body)
      var signal = try source.decode(Array(redacted.text.utf8), receivedAt: now)
      signal.deliveryID = signal.deliveryID ?? deliveryID.map { redactor.redact($0) }
      return (signal, redacted)
    }
    return try await accept(signal, body: redacted, headers: headers, phase: .opened)
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
    let redactor = MeteredRedactor(settings, metrics)
    let signal = Signal(
      source: "cli", incidentKey: id, incidentID: id, phase: .opened,
      title: title.map { redactor.redact($0) } ?? id,
      severity: severity.map { redactor.redact($0) }, receivedAt: .now())
    return try await accept(
      signal, body: redactor.redact(body), headers: [:], phase: .manual)
  }

  private func accept(
    _ signal: Signal, body: Redacted, headers: [String: String], phase: CapturePhase
  ) async throws -> Acceptance {
    guard signal.phase != .ignored else {
      return Acceptance(incidentID: nil, phase: .ignored, captureID: nil, duplicate: false)
    }
    let redactor = MeteredRedactor(settings, metrics)
    let acceptance = try await database.accept(
      signal, body: body, headers: headers.mapValues { redactor.redact($0) },
      queueLimit: settings.value.configuration.capture.queueLimit, capturing: phase)
    metrics.count("exhibit_signals_total", ["source": signal.source, "phase": signal.phase.rawValue])
    if let capture = acceptance.captureID {
      await freezes.request(capture, at: signal.receivedAt)
      worker.wake()
    }
    return acceptance
  }
}
