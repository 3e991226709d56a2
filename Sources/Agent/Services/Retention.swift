internal import Bundle
internal import Capture
internal import Evidence
internal import Logging
internal import ServiceLifecycle
internal import Signals
internal import Storage

/// Keeps the bundles within their bounds, hourly and before each capture, and the reserve whole.
struct Retention: Service {
  /// Looks at the reserve between two looks at the bundles.
  private static let interval = Duration.seconds(60)
  private static let rounds = 60

  let database: StateDatabase
  let bundles: BundleFolder
  let settings: CurrentSettings
  let reserve: DiskReserve
  let logger: Logger
  var audit: Audit?

  func run() async throws {
    var round = 0
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      do {
        if round % Self.rounds == 0 { try await enforce() }
        try await refill()
      } catch is CancellationError {
        return
      } catch {
        logger.error("Could not enforce retention; trying again", metadata: ["error": "\(error)"])
      }
      round += 1
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: Self.interval) } catch { return }
      }
    }
  }

  /// Makes room for one more bundle.
  ///
  /// - Returns: how far the capture may fill the disk: evidence must not fill the disk of the host that it is about.
  /// - Throws: `StorageError.diskFull` when less than `bundles.disk_floor` is free even so, and the reserve is used up.
  func makeRoom() async throws -> DiskFloor {
    try await enforce()
    try await refill()
    let floor = settings.value.configuration.bundles.diskFloor
    let bytes = try await DedicatedThread.run("exh-room") { [reserve] in try reserve.room(floor: floor) }
    return DiskFloor(path: bundles.path, bytes: bytes)
  }

  private func refill() async throws {
    let configured = settings.value.configuration.bundles
    try await DedicatedThread.run("exh-reserve") { [reserve] in
      try reserve.refill(configured.reserve, keeping: configured.diskFloor)
    }
  }

  private func enforce() async throws {
    let configured = settings.value.configuration.bundles
    let now = Timestamp.now()
    let age: @Sendable (String?) -> Double = { configured.retention(of: $0) / .seconds(1) }
    let policy = RetentionPolicy(
      maximumBytes: configured.maxBytes, maximumCount: configured.maxCount, maximumAge: age)
    let expired = policy.expired(
      try await database.expendableBundles(at: now, age: age), total: try await database.bundleTotals(),
      at: now)
    for capture in expired {
      guard let name = capture.bundleName else { continue }
      guard
        try await database.removeBundle(
          capture.id, at: now, file: { [bundles] in try bundles.remove(name) })
      else { continue }
      audit?.record(
        "bundle.expired", by: "agent", from: "local", subject: capture.id,
        detail: "incident \(capture.incidentID)")
      logger.notice(
        "Removed an expired bundle", metadata: ["bundle.id": "\(capture.id)", "bundle.name": "\(name)"])
    }
    try await database.prune(before: now.adding(seconds: -(configured.longestRetention / .seconds(1))))
  }
}
