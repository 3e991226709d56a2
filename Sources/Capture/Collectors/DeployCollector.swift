internal import Deploys
package import Evidence
internal import Foundation

/// The deploy records of the window, and those that were running when it began, as CDEvents.
package struct DeployCollector: Collector {
  private static let artifact = ExpectedArtifact(
    path: "deploys/deploys.jsonl", kind: .deploy, mediaType: MediaType.jsonLines)

  package let name = "deploys"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [Self.artifact] }
  private let documents: @Sendable (Timestamp) throws -> [String]

  /// - Parameters:
  ///   - limits: time and bytes.
  ///   - documents: the JSON of the ledger's records before an instant.
  package init(limits: CollectorLimits, documents: @escaping @Sendable (Timestamp) throws -> [String]) {
    self.limits = limits
    self.documents = documents
  }

  package func collect(into output: CollectorOutput) throws {
    let sink = try output.open(Self.artifact)
    let host = HostFacts.current().hostname
    let decoder = JSONDecoder()
    let records = try documents(output.window.to).map {
      try decoder.decode(DeployRecord.self, from: Data($0.utf8))
    }
    for entry in DeployLedger.entries(of: records, in: output.window) {
      let time = entry.record.finishedAt
      // A baseline is of another time: it must not widen what the artifact says that it covers.
      try sink.write(
        record: entry.cdEvent(host: host) + [UInt8(ascii: "\n")], at: entry.isBaseline ? nil : time)
      guard !entry.isBaseline else { continue }
      output.add(entry.timelineEvent(reference: "\(Self.artifact.path):\(sink.count)"))
    }
  }
}
