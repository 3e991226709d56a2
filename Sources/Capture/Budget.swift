internal import Evidence

/// The time and the bytes that a collector has left, and the room on the disk. Used by the collector's thread only.
final class Budget {
  private let limits: CollectorLimits
  private let stop: StopFlag
  private let space: SpaceGuard?
  private let deadline: ContinuousClock.Instant
  private(set) var bytes = 0

  init(_ limits: CollectorLimits, stop: StopFlag, space: SpaceGuard? = nil) {
    self.limits = limits
    self.stop = stop
    self.space = space
    deadline = .now.advanced(by: .seconds(limits.seconds))
  }

  /// Takes bytes from the budget, all or none.
  func take(_ count: Int) throws(CollectionStop) {
    try checkTime()
    guard count <= limits.bytes - bytes else { throw .budget(bytes: limits.bytes) }
    try space?.check(count)
    bytes += count
  }

  func checkTime() throws(CollectionStop) {
    if stop.isRaised { throw .cancelled }
    if ContinuousClock.now >= deadline { throw .timeout(seconds: limits.seconds) }
  }

  /// Seconds until the deadline, 0 when it has passed.
  var remainingSeconds: Double {
    max(0, (deadline - .now) / .seconds(1))
  }
}
