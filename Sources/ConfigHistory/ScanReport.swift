package import Evidence
package import Redaction

/// What one scan saw and could not see.
package struct ScanReport: Sendable, Hashable {
  static let artifact = "config/changes.jsonl"

  /// Entries of any type that were looked at.
  package var files = 0
  package var filesRead = 0
  package var bytesRead = 0
  /// Versions that were stored, deletions included, baselines not.
  package var changed = 0
  /// Versions that were stored because the path was seen for the first time.
  package var baselines = 0
  /// Whether some of it lies on a file system of which others write the files without an event here.
  package var isRemote = false
  /// What was redacted in the files that were read.
  package var redactions = RedactionCounts()
  /// False where the scan was stopped or ran into a limit: what it did not see keeps its last state.
  package var isFinished = true
  /// Whether it was stopped from outside, as opposed to running into a limit of the scope.
  package var isStopped = false
  /// In the artifact `config/changes.jsonl`; at most twenty of one cause by name, the rest by number.
  package var gaps: [Gap] = []

  /// Of a scan that was stopped while it waited for another one.
  static var notBegun: ScanReport {
    var report = ScanReport()
    (report.isFinished, report.isStopped) = (false, true)
    report.gaps = [
      Gap(artifact: artifact, cause: .timeout, detail: "another scan took all of the scan's time")
    ]
    return report
  }
}

/// Collects gaps without growing with the size of the trouble.
struct GapCollector: Sendable, Hashable {
  private static let namedPerCause = 20

  /// The path in the bundle of what has the gaps.
  private let artifact: String
  private var named: [Gap] = []
  private var counts: [GapCause: Int] = [:]

  init(artifact: String = ScanReport.artifact) {
    self.artifact = artifact
  }

  /// The path leads the sentence.
  mutating func add(_ cause: GapCause, _ path: [UInt8], _ problem: String) {
    add(cause, "\(PathText(path).text): \(problem)")
  }

  mutating func add(_ failure: SystemFailure, _ path: [UInt8]) {
    add(failure.isPermission ? .permission : .sourceError, path, failure.text)
  }

  mutating func add(_ cause: GapCause, _ detail: String) {
    counts[cause, default: 0] += 1
    guard counts[cause, default: 0] <= Self.namedPerCause else { return }
    named.append(Gap(artifact: artifact, cause: cause, detail: detail))
  }

  var gaps: [Gap] {
    let unnamed = GapCause.allCases.compactMap { cause -> Gap? in
      guard let count = counts[cause], count > Self.namedPerCause else { return nil }
      let detail = "\(count - Self.namedPerCause) more paths with the same problem"
      return Gap(artifact: artifact, cause: cause, detail: detail)
    }
    return named + unnamed
  }
}
