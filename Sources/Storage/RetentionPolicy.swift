package import Evidence

/// Which bundles go: those past their age, and the oldest beyond the total.
package struct RetentionPolicy: Sendable {
  /// Seconds.
  package var maximumAge: Double
  package var maximumBytes: Int

  package init(maximumAge: Double, maximumBytes: Int) {
    self.maximumAge = maximumAge
    self.maximumBytes = maximumBytes
  }

  /// - Parameters:
  ///   - candidates: bundles that may go, oldest first.
  ///   - total: bytes of all bundles, those that may not go included.
  ///   - now: what ages are counted to.
  /// - Returns: those that do.
  package func expired(_ candidates: [CaptureRow], total: Int, at now: Timestamp) -> [CaptureRow] {
    let cut = now.adding(seconds: -maximumAge)
    var remaining = total
    var expired: [CaptureRow] = []
    for capture in candidates where remaining > maximumBytes || (capture.finishedAt ?? now) < cut {
      remaining -= capture.bundleBytes ?? 0
      expired.append(capture)
    }
    return expired
  }
}
