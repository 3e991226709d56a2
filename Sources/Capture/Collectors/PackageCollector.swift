internal import Deploys
internal import Evidence
internal import Foundation

/// What apt, dpkg and dnf did in the window, from their logs.
package struct PackageCollector: Collector {
  private static let artifact = ExpectedArtifact(
    path: "deploys/packages.jsonl", kind: .package, mediaType: MediaType.jsonLines)

  package let name = "packages"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [Self.artifact] }
  private let aptHistory: String
  private let dpkgLog: String
  private let dnfHistories: [String]

  /// - Parameters:
  ///   - aptHistory: path of apt's `history.log`.
  ///   - dpkgLog: path of `dpkg.log`.
  ///   - dnfHistories: paths of the databases of dnf 4 and dnf 5.
  ///   - limits: time and bytes.
  package init(aptHistory: String, dpkgLog: String, dnfHistories: [String] = [], limits: CollectorLimits) {
    self.aptHistory = aptHistory
    self.dpkgLog = dpkgLog
    self.dnfHistories = dnfHistories
    self.limits = limits
  }

  package func collect(into output: CollectorOutput) throws {
    let zone = TimeZone.current
    let apt = read(aptHistory, output) { AptHistory.parse($0, near: output.window, zone: zone) }
    try output.checkTime()
    let dpkg = read(dpkgLog, output) { DpkgLog.parse($0, near: output.window, zone: zone) }
    try output.checkTime()
    let dnf = dnfHistories.compactMap { read($0, output) }
    if apt == nil, dpkg == nil, dnf.isEmpty {
      let paths = ([aptHistory, dpkgLog] + dnfHistories).joined(separator: ", ")
      output.report(
        Gap(
          artifact: Self.artifact.path, cause: .sourceError,
          detail:
            "none of \(paths) is there; if this host has no package manager, set packages.enabled: false"))
    }
    let transactions = PackageHistory.merge(
      apt: apt?.transactions ?? [], dpkg: dpkg?.transactions ?? [], others: dnf.flatMap(\.transactions),
      window: output.window)
    let sink = try output.open(Self.artifact)
    for transaction in transactions {
      try sink.write(record: EvidenceJSON.line(transaction), at: transaction.at)
    }
    PackageHistory.timelineEvents(transactions, path: Self.artifact.path).forEach(output.add)
  }

  /// Reads and parses one log and its rotated siblings.
  ///
  /// - Returns: `nil` when there is no such log: many a container has dpkg but no log of apt.
  private func read(
    _ path: String, _ output: CollectorOutput, parse: ([UInt8]) -> PackageLog
  ) -> PackageLog? {
    let content = RotatedLog(path: path).read(since: output.window.from)
    for problem in content.problems {
      output.report(
        Gap(
          artifact: Self.artifact.path, from: problem.until.map { _ in output.window.from },
          to: problem.until,
          cause: problem.cause, detail: problem.detail))
    }
    guard content.exists else { return nil }
    let log = parse(content.bytes)
    if let first = log.problems.first {
      output.report(
        Gap(
          artifact: Self.artifact.path, cause: .sourceError,
          detail:
            "\(path) and its rotated siblings: \(log.problemCount) lines were not understood, the first: "
            + "\(first)"))
    }
    return log
  }

  private func read(_ path: String, _ output: CollectorOutput) -> DnfHistory.Content? {
    do {
      let content = try DnfHistory.read(path, in: output.window)
      if content?.isCut == true {
        output.report(
          Gap(
            artifact: Self.artifact.path, cause: .budget,
            detail:
              "\(path) has more than \(DnfHistory.itemLimit) packages in the window; the newest are left out")
        )
      }
      return content
    } catch {
      output.report(
        Gap(
          artifact: Self.artifact.path, cause: error.isPermission ? .permission : .sourceError,
          detail: "\(error)"))
      return nil
    }
  }
}
