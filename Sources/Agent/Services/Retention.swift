internal import Bundle
internal import Capture
internal import Evidence
internal import Logging
internal import ServiceLifecycle
internal import Storage

/// Keeps the bundles within their bounds, hourly and before each capture.
struct Retention: Service {
  let database: StateDatabase
  let bundles: BundleFolder
  let settings: CurrentSettings
  let logger: Logger
  var audit: Audit?

  func run() async throws {
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      do {
        try await enforce()
      } catch {
        logger.error("Could not enforce retention; trying again in an hour", metadata: ["error": "\(error)"])
      }
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: .seconds(3600)) } catch { return }
      }
    }
  }

  /// Makes room for one more bundle.
  ///
  /// - Throws: `StorageError.diskFull` when less than `bundles.disk_floor` is free even so: evidence must not
  ///   fill the disk of the host that it is about.
  func makeRoom() async throws {
    try await enforce()
    let floor = settings.value.configuration.bundles.diskFloor
    let bundles = bundles
    let free = try await DedicatedThread.run("exh-statvfs") { try bundles.freeBytes() }
    guard free >= floor else { throw StorageError.diskFull }
  }

  private func enforce() async throws {
    let configured = settings.value.configuration.bundles
    let seconds = configured.retention / .seconds(1)
    let now = Timestamp.now()
    let policy = RetentionPolicy(maximumAge: seconds, maximumBytes: configured.maxBytes)
    let expired = policy.expired(
      try await database.expendableCaptures(untouchedSince: now.adding(seconds: -seconds)),
      total: try await database.bundleBytes(), at: now)
    for capture in expired {
      guard let name = capture.bundleName else { continue }
      let bundles = bundles
      try await DedicatedThread.run("exh-remove") { try bundles.remove(name) }
      try await database.forgetBundle(capture.id)
      audit?.record(
        "bundle.expired", by: "agent", from: "local", subject: capture.id,
        detail: "incident \(capture.incidentID)")
      logger.notice(
        "Removed an expired bundle", metadata: ["bundle.id": "\(capture.id)", "bundle.name": "\(name)"])
    }
    try await database.prune(before: now.adding(seconds: -seconds))
  }
}
