internal import Synchronization

/// What each address has used up lately: a bounded table of buckets that fill again with time.
final class AddressLimits: Sendable {
  /// What became of one use.
  enum Outcome: Equatable, Sendable {
    case allowed
    /// Beyond the limit, for the nth time without a pause.
    case exceeded(Int)
  }

  private struct Bucket {
    var level: Double
    var last: ContinuousClock.Instant
    var exceeded = 0
  }

  /// Addresses that are remembered.
  private let capacity: Int
  private let buckets = Mutex<[String: Bucket]>([:])

  init(capacity: Int = 4096) {
    self.capacity = capacity
  }

  /// Addresses that are remembered at the moment.
  var count: Int { buckets.withLock { $0.count } }

  /// Uses one up.
  ///
  /// - Parameters:
  ///   - address: as `addressGroup` has it.
  ///   - burst: uses at once, after a pause.
  ///   - perSecond: how fast they come back.
  ///   - now: the time.
  /// - Returns: whether there was one left.
  func use(
    _ address: String, burst: Int, perSecond: Double, at now: ContinuousClock.Instant = .now
  ) -> Outcome {
    buckets.withLock { buckets in
      if buckets[address] == nil, buckets.count >= capacity { Self.forgetHalf(&buckets) }
      var bucket = buckets[address] ?? Bucket(level: Double(burst), last: now)
      bucket.level = min(Double(burst), bucket.level + (now - bucket.last) / .seconds(1) * perSecond)
      bucket.last = now
      defer { buckets[address] = bucket }
      guard bucket.level >= 1 else {
        bucket.exceeded += 1
        return .exceeded(bucket.exceeded)
      }
      bucket.level -= 1
      bucket.exceeded = 0
      return .allowed
    }
  }

  /// The half that was used longest ago goes: rarely, since it is as much work as the table is long.
  private static func forgetHalf(_ buckets: inout [String: Bucket]) {
    let times = buckets.values.map(\.last).sorted()
    let median = times[times.count / 2]
    buckets = buckets.filter { $0.value.last > median }
  }
}
