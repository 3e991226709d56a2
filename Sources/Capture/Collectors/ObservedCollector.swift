internal import Deploys
package import Evidence
internal import Foundation

/// What the agent saw change by itself in the window.
package struct ObservedCollector: Collector {
  package let name = "observed"
  package let limits: CollectorLimits
  package var artifacts: [ExpectedArtifact] { [observedArtifact] }
  private let look: @Sendable () -> [Gap]
  private let documents: @Sendable (TimeWindow) throws -> [String]

  /// - Parameters:
  ///   - limits: time and bytes.
  ///   - look: lets all observers look once more, and returns what they could not see.
  ///   - documents: the JSON of what was observed in a window, oldest first.
  package init(
    limits: CollectorLimits, look: @escaping @Sendable () -> [Gap],
    documents: @escaping @Sendable (TimeWindow) throws -> [String]
  ) {
    self.limits = limits
    self.look = look
    self.documents = documents
  }

  package func collect(into output: CollectorOutput) throws {
    let sink = try output.open(observedArtifact)
    look().compactMap { clipped($0, to: output.window) }.forEach(output.report)
    let decoder = JSONDecoder()
    for document in try documents(output.window) {
      let change = try decoder.decode(ObservedChange.self, from: Data(document.utf8))
      try sink.write(record: EvidenceJSON.line(change), at: change.at)
      output.add(change.timelineEvent(reference: "\(observedArtifact.path):\(sink.count)"))
    }
  }

  /// - Returns: the part of a gap that lies in the window; a gap without times as it is.
  private func clipped(_ gap: Gap, to window: TimeWindow) -> Gap? {
    var gap = gap
    gap.from = gap.from.map { max($0, window.from) }
    gap.to = gap.to.map { min($0, window.to) }
    if let from = gap.from, let to = gap.to, from >= to { return nil }
    return gap
  }
}
