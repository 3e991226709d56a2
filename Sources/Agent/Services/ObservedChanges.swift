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
  /// Losses that are kept for the next bundles.
  private static let gapLimit = 100

  private let database: StateDatabase
  private let metrics: AgentMetrics
  private let logger: Logger
  /// One look at a time: two would read from the same cursor. The losses of earlier looks.
  private let gaps = Mutex<[Gap]>([])
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
    gaps.withLock { gaps in
      var current: [Gap] = []
      for observer in observers {
        do {
          gaps += try look(observer, at: now, redactor)
          current += try beginning(of: observer)
          _ = failing.withLock { $0.remove(observer.name) }
        } catch {
          current.append(
            Gap(
              artifact: "deploys/observed.jsonl", cause: .sourceError,
              detail: "the changes that \(observer.name) tells could not be looked up: \(error)"))
          report(error, of: observer)
        }
      }
      gaps.removeFirst(max(0, gaps.count - Self.gapLimit))
      return gaps + current
    }
  }

  private func look(_ observer: any ChangeObserver, at now: Timestamp, _ redactor: Redactor) throws -> [Gap] {
    let position = try database.position(of: observer.name)
    guard let seen = try observer.observe(after: position?.cursor, at: now, redactor: redactor) else {
      return []
    }
    guard seen.cursor != position?.cursor || !seen.changes.isEmpty else { return seen.gaps }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let changes = try seen.changes.map { change in
      let json = String(decoding: try encoder.encode(change), as: UTF8.self)
      return (at: change.at, document: redactor.redact(json))
    }
    try database.commit(
      observer: observer.name, cursor: redactor.redact(seen.cursor), changes: changes, at: now)
    metrics.count("exhibit_observed_changes_total", ["source": observer.name], by: Double(changes.count))
    return seen.gaps
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
