internal import Evidence

/// How often triggers may open incidents: a pure machine, whose clock is given.
struct TriggerLimiter {
  /// What becomes of an occurrence.
  enum Decision: Equatable {
    /// It becomes a signal.
    case pass
    /// It is of an incident that had a signal within the interval.
    case known
    /// There were too many incidents within the hour; `isFirst` of this key since then, to be told once.
    case refused(isFirst: Bool)
  }

  /// Keys that are remembered; the longest quiet go first.
  static let keyLimit = 1000

  private struct Memory {
    var passedAt: Timestamp
    var seenAt: Timestamp
    var isRefused = false
  }

  private var keys: [String: Memory] = [:]
  private var passes: [Timestamp] = []

  /// - Parameters:
  ///   - event: that occurred.
  ///   - now: this host's time.
  ///   - interval: seconds between two signals of one key.
  ///   - perHour: signals of all keys.
  /// - Returns: what becomes of it.
  mutating func take(_ event: TriggerEvent, at now: Timestamp, interval: Double, perHour: Int) -> Decision {
    // Those of the future were taken before the clock was set back.
    passes.removeAll { !(0..<3600).contains(now.seconds(since: $0)) }
    var memory = keys[event.key] ?? Memory(passedAt: Timestamp(nanoseconds: .min), seenAt: now)
    memory.seenAt = now
    defer { keep(memory, event.key) }
    guard !(0..<interval).contains(now.seconds(since: memory.passedAt)) else { return .known }
    guard passes.count < perHour else {
      defer { memory.isRefused = true }
      return .refused(isFirst: !memory.isRefused)
    }
    passes.append(now)
    memory.passedAt = now
    memory.isRefused = false
    return .pass
  }

  /// When an occurrence of a key was seen last.
  func lastSeen(_ key: String) -> Timestamp? { keys[key]?.seenAt }

  private mutating func keep(_ memory: Memory, _ key: String) {
    keys[key] = memory
    guard keys.count > Self.keyLimit, let oldest = keys.min(by: { $0.value.seenAt < $1.value.seenAt }) else {
      return
    }
    keys[oldest.key] = nil
  }
}
