internal import Deploys
package import Evidence
internal import Foundation

/// The deploy records of the window, as CDEvents.
package struct DeployCollector: Collector {
  private static let artifact = ExpectedArtifact(
    path: "deploys/deploys.jsonl", kind: .deploy, mediaType: MediaType.jsonLines)

  package let name = "deploys"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [Self.artifact] }
  private let documents: @Sendable (TimeWindow) throws -> [String]

  /// - Parameters:
  ///   - limits: time and bytes.
  ///   - documents: the JSON of the ledger's records in a window, oldest first.
  package init(limits: CollectorLimits, documents: @escaping @Sendable (TimeWindow) throws -> [String]) {
    self.limits = limits
    self.documents = documents
  }

  package func collect(into output: CollectorOutput) throws {
    let sink = try output.open(Self.artifact)
    let host = HostFacts.current().hostname
    for document in try documents(output.window) {
      let record = try JSONDecoder().decode(DeployRecord.self, from: Data(document.utf8))
      try sink.write(record: record.cdEvent(host: host) + [UInt8(ascii: "\n")], at: record.finishedAt)
      output.add(record.timelineEvent(reference: "\(Self.artifact.path):\(sink.count)"))
    }
  }
}
