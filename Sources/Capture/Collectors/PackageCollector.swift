internal import Deploys
internal import Evidence
internal import Foundation

/// What apt and dpkg did in the window, from their logs.
package struct PackageCollector: Collector {
  private static let artifact = ExpectedArtifact(
    path: "deploys/packages.jsonl", kind: .package, mediaType: MediaType.jsonLines)
  /// Bytes read from the end of a log: years of an ordinary host.
  private static let tailBytes = 16 << 20

  package let name = "packages"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [Self.artifact] }
  private let aptHistory: String
  private let dpkgLog: String

  /// - Parameters:
  ///   - aptHistory: path of apt's `history.log`.
  ///   - dpkgLog: path of `dpkg.log`.
  ///   - limits: time and bytes.
  package init(aptHistory: String, dpkgLog: String, limits: CollectorLimits) {
    self.aptHistory = aptHistory
    self.dpkgLog = dpkgLog
    self.limits = limits
  }

  package func collect(into output: CollectorOutput) throws {
    let zone = TimeZone.current
    let apt = read(aptHistory, output) { AptHistory.parse($0, near: output.window, zone: zone) }
    try output.checkTime()
    let dpkg = read(dpkgLog, output) { DpkgLog.parse($0, near: output.window, zone: zone) }
    if apt == nil, dpkg == nil {
      output.report(
        Gap(
          artifact: Self.artifact.path, cause: .sourceError,
          detail:
            "neither \(aptHistory) nor \(dpkgLog) is there; if this host has no dpkg, set packages.enabled: "
            + "false"))
    }
    let transactions = PackageHistory.merge(
      apt: apt?.transactions ?? [], dpkg: dpkg?.transactions ?? [], window: output.window)
    let sink = try output.open(Self.artifact)
    for transaction in transactions {
      try sink.write(record: EvidenceJSON.line(transaction), at: transaction.at)
    }
    PackageHistory.timelineEvents(transactions, path: Self.artifact.path).forEach(output.add)
  }

  /// Reads and parses one log and its latest rotated sibling.
  ///
  /// - Returns: `nil` when there is no such log: many a container has dpkg but no log of apt.
  private func read(
    _ path: String, _ output: CollectorOutput, parse: ([UInt8]) -> PackageLog
  ) -> PackageLog? {
    var bytes: [UInt8] = []
    do {
      let rotated = try LogTail.read(path + ".1", limit: Self.tailBytes)
      guard let current = try LogTail.read(path, limit: Self.tailBytes) else { return nil }
      bytes = (rotated?.bytes ?? []) + current.bytes
      reportHistoryStart(of: path, output)
    } catch {
      output.report(
        Gap(
          artifact: Self.artifact.path, cause: error.isPermission ? .permission : .sourceError,
          detail: "\(error)"))
      return nil
    }
    let log = parse(bytes)
    if let first = log.problems.first {
      output.report(
        Gap(
          artifact: Self.artifact.path, cause: .sourceError,
          detail: "\(path): \(log.problemCount) lines were not understood, the first: \(first)"))
    }
    return log
  }

  /// A compressed sibling that was written within the window holds transactions of it.
  private func reportHistoryStart(of path: String, _ output: CollectorOutput) {
    guard let rotated = LogTail.modificationTime(path + ".1.gz"), rotated > output.window.from else { return }
    output.report(
      Gap(
        artifact: Self.artifact.path, from: output.window.from, to: rotated, cause: .historyStart,
        detail: "\(path) was rotated and compressed within the window; what \(path).1.gz holds is not read"))
  }
}
