/// Holds reading back where events come without end: some thirty reads a second. A burst, as a package manager makes it, is
/// read as it comes, for a process that wrote can only be looked at while it lives.
struct ReadPace {
  /// Reads of a burst, and how many more there may be each second.
  static let burst = 200.0
  static let perSecond = 20.0
  static let pause = Duration.milliseconds(100)

  private var left = burst
  private var last: ContinuousClock.Instant

  init(at now: ContinuousClock.Instant = .now) {
    last = now
  }

  /// A read is made.
  mutating func count(_ now: ContinuousClock.Instant) {
    left = max(0, min(Self.burst, left + Self.perSecond * ((now - last) / .seconds(1))) - 1)
    last = now
  }

  /// How long to let events gather before the next read.
  var wait: Duration { left < 1 ? Self.pause : .zero }
}
