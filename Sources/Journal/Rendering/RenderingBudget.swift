/// How much of a journal fits into a number of bytes, seen from its end: what happened last before the incident is what
/// a postmortem needs first.
package struct RenderingBudget: Sendable {
  private let bytes: Int
  /// Bytes that an entry takes besides what it alone has in the journal: what is written before its fields, and the
  /// fields that it shares.
  private let perEntry: Int

  /// - Parameters:
  ///   - bytes: that the rendered entries may have.
  ///   - fields: that they are rendered with.
  package init(bytes: Int, fields: JournalFields) {
    self.bytes = bytes
    perEntry = fields == .all ? 1300 : 600
  }

  /// The chunks at the beginning that do not fit.
  ///
  /// What an entry takes is not known before it is rendered, but what it added to its file is. The estimate is on the
  /// safe side for text; where it is not, the collector's own budget cuts at the end, and says so.
  func chunksToSkip(_ plan: JournalPlan) throws(JournalError) -> Int {
    let upperBound = plan.native.reduce(0) { $0 + $1.limit * 2 + $1.entries * perEntry }
    guard upperBound > bytes, plan.fallback.isEmpty else { return 0 }
    var planner = try ChunkPlanner(plan)
    var lengths: [Int] = []
    while let chunk = try planner.next() { lengths.append(length(of: chunk)) }
    var left = bytes
    var kept = 0
    for length in lengths.reversed() {
      left -= length
      // The last chunk is tried in any case.
      guard left >= 0 || kept == 0 else { break }
      kept += 1
    }
    return lengths.count - kept
  }

  private func length(of chunk: JournalChunk) -> Int {
    var length = chunk.count * perEntry
    var last: (file: Int, offset: Int)?
    for position in 0..<chunk.count {
      guard case .native(let file, let offset) = chunk[position] else { continue }
      // Compressed fields take more than they add to the file; few are.
      if let last, last.file == file, offset > last.offset { length += offset - last.offset }
      last = (file, offset)
    }
    return length
  }
}
