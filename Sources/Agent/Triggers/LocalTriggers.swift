internal import Capture
internal import Evidence
internal import Foundation
internal import Logging
internal import Redaction
internal import ServiceLifecycle
internal import Storage

/// Opens incidents for what this host itself shows, and ends them when it has been quiet for a while.
struct LocalTriggers: Service {
  /// Between two looks.
  private static let interval = Duration.seconds(2)
  /// Seconds that are looked back on after the agent was away, at most.
  private static let hindsight = 300.0
  /// Its place in the state database.
  private static let name = "triggers"

  let database: StateDatabase
  let settings: CurrentSettings
  let intake: SignalIntake
  let metrics: AgentMetrics
  let audit: Audit
  let logger: Logger
  /// Of the kernel's pressure files.
  var pressureFolder = "/proc/pressure"

  func run() async throws {
    var state = State()
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      if settings.value.configuration.triggers.isNeeded { await look(&state, at: .now()) }
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: Self.interval) } catch { return }
      }
    }
  }

  /// What it remembers from look to look.
  struct State {
    fileprivate var limiter = TriggerLimiter()
    /// Everything before it was seen; `nil` before the first look.
    fileprivate var until: Timestamp?
    /// The trouble that was told last, so that it is told once.
    fileprivate var trouble: String?

    init() {}
  }

  /// Looks once.
  func look(_ state: inout State, at now: Timestamp) async {
    var trouble: String?
    do {
      let seen = try await events(after: state.until, at: now)
      trouble = seen.trouble
      for event in seen.events { try await take(event, &state, at: now) }
      try await endQuiet(state, at: now)
      // Signals first: what is seen twice after a crash is told by its identity.
      if let until = seen.until, until != state.until {
        if !seen.events.isEmpty || state.until == nil { try await remember(until, at: now) }
        state.until = until
      }
    } catch {
      // The next look goes on at the same place.
      trouble = "\(error)"
    }
    if let trouble, state.trouble != trouble {
      logger.warning("Could not look for triggers; trying again", metadata: ["error": "\(trouble)"])
    }
    state.trouble = trouble
  }

  /// What one look saw.
  private struct Seen {
    var events: [TriggerEvent] = []
    /// Up to where the journal was read; `nil` where it was not.
    var until: Timestamp?
    /// Why some of it could not be looked at; the rest was.
    var trouble: String?
  }

  private func events(after known: Timestamp?, at now: Timestamp) async throws -> Seen {
    let settings = settings.value
    let (database, folder) = (database, pressureFolder)
    return try await DedicatedThread.run("exh-triggers") {
      let triggers = settings.configuration.triggers
      var seen = Seen()
      for threshold in triggers.pressure {
        do {
          if let event = try threshold.look(in: folder, at: now) { seen.events.append(event) }
        } catch {
          seen.trouble = "\(error)"
        }
      }
      let directory = settings.configuration.journal.directory
      let journal = JournalTriggers(settings: triggers, directory: directory.isEmpty ? nil : directory)
      guard journal.isNeeded else { return seen }
      let end = now.adding(seconds: -JournalTriggers.settling)
      let stored =
        try known == nil ? database.position(of: Self.name).flatMap { Timestamp(rfc3339: $0.cursor) } : nil
      let earliest = now.adding(seconds: -Self.hindsight)
      // After the clock was set back all of that stretch is looked at again.
      let start = (known ?? stored).map { $0 > now ? earliest : max($0, earliest) } ?? end
      seen.until = start
      guard start < end else { return seen }
      let found = try journal.look(in: TimeWindow(from: start, to: end), settings.redactor)
      seen.events += found
      seen.until = found.count < JournalTriggers.limit ? end : max(found.last?.at ?? end, start)
      return seen
    }
  }

  private func take(_ event: TriggerEvent, _ state: inout State, at now: Timestamp) async throws {
    let triggers = settings.value.configuration.triggers
    let decision = state.limiter.take(
      event, at: now, interval: triggers.interval / .seconds(1), perHour: triggers.perHour)
    var outcome = "known"
    switch decision {
    case .known: break
    case .pass:
      outcome = "signal"
      let acceptance = try await accept(event.signal(receivedAt: now))
      guard let capture = acceptance.captureID else { break }
      logger.notice(
        "A trigger opened an incident",
        metadata: [
          "trigger": "\(event.kind.rawValue)", "incident.id": "\(acceptance.incidentID ?? "")",
          "bundle.id": "\(capture)", "trigger.subject": "\(event.subject ?? "")",
        ])
    case .refused(let isFirst):
      outcome = "refused"
      guard isFirst else { break }
      logger.warning(
        "A trigger opened no incident: there were triggers.per_hour of them within the hour",
        metadata: ["trigger": "\(event.kind.rawValue)", "trigger.subject": "\(event.subject ?? "")"])
    }
    metrics.count("exhibit_trigger_events_total", ["trigger": event.kind.rawValue, "outcome": outcome])
  }

  private func endQuiet(_ state: State, at now: Timestamp) async throws {
    let quiet = settings.value.configuration.triggers.quiet / .seconds(1)
    for incident in try await database.openIncidents(
      of: TriggerEvent.source, quietSince: now.adding(seconds: -quiet))
    {
      if let seen = state.limiter.lastSeen(incident.key), now.seconds(since: seen) < quiet { continue }
      let end = Signal(
        source: incident.source, incidentKey: incident.key, phase: .resolved, title: incident.title,
        receivedAt: now, labels: incident.labels)
      _ = try await accept(end)
    }
  }

  private func accept(_ signal: Signal) async throws -> Acceptance {
    let acceptance = try await intake.acceptLocal(signal)
    audit.record(
      "signal.accepted", by: "triggers", from: "local", subject: acceptance.incidentID ?? signal.source,
      detail: signal.incidentKey)
    return acceptance
  }

  private func remember(_ until: Timestamp, at now: Timestamp) async throws {
    let cursor = settings.value.redactor.redact(until.rfc3339)
    let database = database
    try await DedicatedThread.run("exh-triggers") {
      try database.commit(observer: Self.name, cursor: cursor, changes: [], at: now)
    }
  }
}
