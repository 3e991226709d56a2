package import Evidence

/// A bundle that retention may delete, and how grave its incident was.
package struct ExpendableBundle: Sendable {
  package var capture: CaptureRow
  package var severity: String?

  package init(capture: CaptureRow, severity: String?) {
    self.capture = capture
    self.severity = severity
  }
}

/// Bundles that are there, those included that may not be deleted.
package struct BundleTotals: Hashable, Sendable {
  package var bytes: Int
  package var count: Int

  package init(bytes: Int, count: Int) {
    self.bytes = bytes
    self.count = count
  }
}

/// Which bundles go: those past their age, and beyond the total those that would be next.
package struct RetentionPolicy: Sendable {
  /// Seconds that bundles of incidents of this severity are kept.
  package var maximumAge: @Sendable (_ severity: String?) -> Double
  package var maximumBytes: Int
  package var maximumCount: Int

  package init(
    maximumBytes: Int, maximumCount: Int, maximumAge: @escaping @Sendable (_ severity: String?) -> Double
  ) {
    self.maximumAge = maximumAge
    self.maximumBytes = maximumBytes
    self.maximumCount = maximumCount
  }

  /// - Parameters:
  ///   - candidates: bundles that may go.
  ///   - total: of all bundles.
  ///   - now: what ages are counted to.
  /// - Returns: those that do.
  package func expired(
    _ candidates: [ExpendableBundle], total: BundleTotals, at now: Timestamp
  ) -> [CaptureRow] {
    let byExpiry = candidates.map { candidate in
      let finished = candidate.capture.finishedAt ?? now
      return (capture: candidate.capture, end: finished.adding(seconds: maximumAge(candidate.severity)))
    }.sorted { ($0.end, $0.capture.id) < ($1.end, $1.capture.id) }
    var left = total
    var expired: [CaptureRow] = []
    for (capture, end) in byExpiry
    where left.bytes > maximumBytes || left.count > maximumCount || end < now {
      left.bytes -= capture.bundleBytes ?? 0
      left.count -= 1
      expired.append(capture)
    }
    return expired
  }
}
