internal import Capture
internal import Deploys
internal import Evidence
internal import Foundation
internal import Logging
internal import Redaction
internal import ServiceLifecycle
internal import Storage
internal import Synchronization

/// Lets the observers of the host look, periodically and for each capture, and keeps what they saw.
final class ObservedChanges: Sendable {
  /// Losses that are kept for the next bundles one by one.
  static let lossLimit = 100

  private let database: StateDatabase
  private let metrics: AgentMetrics
  private let logger: Logger
  /// One look at a time: two would read from the same cursor.
  private let looking = Mutex(())
  /// Observers that failed at their last look, so that each trouble is logged once.
  private let failing = Mutex<Set<String>>([])

  init(database: StateDatabase, metrics: AgentMetrics, logger: Logger) {
    self.database = database
    self.metrics = metrics
    self.logger = logger
  }

  /// Lets all observers look. Blocking.
  ///
  /// - Parameters:
  ///   - observers: in the order in which they look.
  ///   - redactor: for every text of what they see.
  ///   - now: this host's time.
  /// - Returns: what they could not see, now and in earlier looks.
  func look(_ observers: [any ChangeObserver], redactor: Redactor, at now: Timestamp) -> [Gap] {
    looking.withLock { _ in
      var gaps: [Gap] = []
      for observer in observers {
        do {
          try look(observer, at: now, redactor)
          gaps += try beginning(of: observer)
          _ = failing.withLock { $0.remove(observer.name) }
        } catch {
          gaps.append(
            Self.failure("the changes that \(observer.name) tells could not be looked up: \(error)"))
          report(error, of: observer)
        }
      }
      do {
        return try database.observerLosses() + gaps
      } catch {
        return gaps + [Self.failure("what earlier looks could not see cannot be read: \(error)")]
      }
    }
  }

  private static func failure(_ detail: String) -> Gap {
    Gap(artifact: "deploys/observed.jsonl", cause: .sourceError, detail: detail)
  }

  private func look(_ observer: any ChangeObserver, at now: Timestamp, _ redactor: Redactor) throws {
    let position = try database.position(of: observer.name)
    guard let seen = try observer.observe(after: position?.cursor, at: now, redactor: redactor),
      seen.cursor != position?.cursor || !seen.changes.isEmpty || !seen.gaps.isEmpty
    else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func document(_ value: some Encodable) throws -> Redacted {
      redactor.redact(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
    let changes = try seen.changes.map { (at: $0.at, document: try document($0)) }
    let losses =
      seen.gaps.isEmpty ? nil : try Self.bounded(database.observerLosses() + seen.gaps).map(document)
    try database.commit(
      observer: observer.name, cursor: redactor.redact(seen.cursor), changes: changes, losses: losses, at: now
    )
    metrics.count("exhibit_observed_changes_total", ["source": observer.name], by: Double(changes.count))
  }

  /// Of too many the oldest become one, which spans their times.
  private static func bounded(_ losses: [Gap]) -> [Gap] {
    guard losses.count > lossLimit, var merged = losses.first else { return losses }
    let oldest = losses.prefix(losses.count - lossLimit + 1)
    let note = "one of several losses of this time: "
    merged.from = oldest.compactMap(\.from).min()
    merged.to = oldest.compactMap(\.to).max()
    if !merged.detail.hasPrefix(note) { merged.detail = note + merged.detail }
    return [merged] + losses.dropFirst(oldest.count)
  }

  /// Before an observer's first look nothing is known.
  private func beginning(of observer: any ChangeObserver) throws -> [Gap] {
    guard let since = try database.position(of: observer.name)?.since else { return [] }
    let start = since.adding(seconds: -observer.hindsight)
    return [
      Gap(
        artifact: "deploys/observed.jsonl", from: Timestamp(nanoseconds: .min), to: start,
        cause: .historyStart,
        detail:
          "the agent looks at \(observer.name) since \(since.rfc3339Seconds); changes before it are not known"
      )
    ]
  }

  private func report(_ error: any Error, of observer: any ChangeObserver) {
    guard failing.withLock({ $0.insert(observer.name).inserted }) else { return }
    logger.warning(
      "Could not look for changes; trying again",
      metadata: ["observer": "\(observer.name)", "error": "\(error)"])
  }
}

/// Looks every `observed.interval`.
struct ObserverService: Service {
  let changes: ObservedChanges
  let settings: CurrentSettings

  func run() async throws {
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      let settings = settings.value
      let observed = settings.configuration.observed
      if observed.enabled {
        let changes = changes
        // What it could not see is told by the look of the next capture.
        _ = try await DedicatedThread.run("exh-observe") {
          changes.look(ObserverSet.make(settings.configuration), redactor: settings.redactor, at: .now())
        }
      }
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: observed.interval) } catch { return }
      }
    }
  }
}

/// The observers that a configuration asks for: one line each.
enum ObserverSet {
  static func make(_ configuration: AgentConfiguration) -> [any ChangeObserver] {
    let journal = configuration.journal
    let observed = configuration.observed
    let all: [(enabled: Bool, observer: any ChangeObserver)] = [
      (true, HostObserver()),
      (observed.podman, PodmanObserver(directory: journal.directory.isEmpty ? nil : journal.directory)),
      (!observed.dockerSocket.isEmpty, DockerObserver(socket: observed.dockerSocket)),
    ]
    return all.filter(\.enabled).map(\.observer)
  }
}
